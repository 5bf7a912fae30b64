import { createHash } from 'node:crypto'

/** A Lua script and the hash by which the server remembers it. */
export interface Script {
  source: string
  sha: string
}

export const script = (source: string): Script => ({ source, sha: createHash('sha1').update(source).digest('hex') })

/** `clock()`: the server's time in milliseconds, and in microseconds. A script's part. */
export const CLOCK = `
local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), tonumber(time[1]) * 1000000 + tonumber(time[2])
end
`

/** Wakes topics: those who subscribed at once, those who poll by the stream. A script's part. */
export const WAKE = `
local function wake(stream, writer, topics)
  if #topics == 0 then return end
  local fields = {}
  for _, topic in ipairs(topics) do
    redis.call('PUBLISH', 'lw:s:' .. topic, writer)
    fields[#fields + 1] = 't'
    fields[#fields + 1] = topic
  end
  redis.call('XADD', stream, 'MAXLEN', '~', 5000, '*', 'w', writer, unpack(fields))
end
`
