import { CLOCK, script, WAKE } from '@/lib/stores/redis/script'

// Answers are strings only. One that could be any text begins with "=", because over REST a bare "OK" comes unencoded.

/**
 * `list(...)`: the documents of an index, as five values each: id, version, schema version, body, sort. `last` and
 * `lastId` name the place to continue behind; empty: from the beginning. Bytes are compared here, because Lua's own "<"
 * follows the server's locale. A script's part.
 */
const LIST = `
local function less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
local function list(index, documents, field, order, limit, last, lastId)
  local ascending = order == 'ascending'
  local from = ascending and 0 or redis.call('ZCARD', index) - 1
  if last ~= '' then
    local low = redis.call('ZCOUNT', index, '-inf', '(' .. last)
    local beyond = low + redis.call('ZCOUNT', index, last, last)
    local high = beyond
    while low < high do
      local middle = math.floor((low + high) / 2)
      if less(redis.call('ZRANGE', index, middle, middle)[1], lastId) then low = middle + 1 else high = middle end
    end
    from = low - 1
    if ascending then
      from = low
      if low < beyond and redis.call('ZRANGE', index, low, low)[1] == lastId then from = low + 1 end
    end
  end
  local found, count, stale = {}, 0, {}
  while count < limit and from >= 0 do
    local ids
    if ascending then
      ids = redis.call('ZRANGE', index, from, from + limit - 1)
      from = from + limit
    else
      local turned = redis.call('ZRANGE', index, math.max(0, from - limit + 1), from)
      ids = {}
      for i = #turned, 1, -1 do ids[#ids + 1] = turned[i] end
      from = from - limit
    end
    for _, id in ipairs(ids) do
      if count == limit then break end
      local document = redis.call('HMGET', documents .. id, 'n', 'v', 'b', field)
      if document[1] and document[4] then
        count = count + 1
        found[#found + 1] = '=' .. id
        for part = 1, 4 do found[#found + 1] = document[part] end
      else stale[#stale + 1] = id end
    end
    if #ids < limit then break end
  end
  for _, id in ipairs(stale) do redis.pcall('ZREM', index, id) end
  return found
end
`

/**
 * KEYS: documents, counters and indexes. ARGV: what each key is, `document`, `counter` or `list`, in one text; then for
 * each list prefix of the documents' keys, the index's field, order, limit, sort and id of the place to continue behind.
 * Answers three values for each key: version, schema version and body of a document, or three nulls; a counter's value,
 * or null, and two nulls; a list's values and two nulls.
 */
export const READ_MANY = script(`${LIST}
local found, place, more = {}, 0, 1
for kind in string.gmatch(ARGV[1], '%a+') do
  place = place + 1
  if kind == 'document' then
    local document = redis.call('HMGET', KEYS[place], 'n', 'v', 'b')
    for part = 1, 3 do found[#found + 1] = document[part] end
  else
    if kind == 'counter' then
      found[#found + 1] = redis.call('GET', KEYS[place])
    else
      local documents, field, order, limit, last, lastId = unpack(ARGV, more + 1, more + 6)
      found[#found + 1] = list(KEYS[place], documents, field, order, tonumber(limit), last, lastId)
      more = more + 6
    end
    found[#found + 1] = false
    found[#found + 1] = false
  end
end
return found
`)

/**
 * KEYS: the log. ARGV: after, limit, bytes. Answers log id, last number, its schema version, the first entry's number,
 * then "lines" and all entries as one text, or "list" and each entry: to take apart a thousand answers costs more.
 */
export const READ_LOG = script(`
local after, limit, bytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not newest then return {} end
local last = string.match(newest[1], '^%d+')
local head = {'=' .. redis.call('XRANGE', KEYS[1], '0-1', '0-1')[1][2][2], last, newest[2][4]}
local found, taken, size, full, lines = {}, 0, 0, false, true
while not full and taken < limit and after < tonumber(last) do
  local wanted = 64
  if taken > 0 then wanted = math.max(1, math.min(1000, math.floor((bytes - size) * taken / math.max(1, size)) + 1)) end
  local from = string.format('%.0f-0', after + 1)
  local batch = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', math.min(wanted, limit - taken))
  if #batch == 0 then break end
  for _, entry in ipairs(batch) do
    local data = entry[2][2]
    size = size + #data
    full = size > bytes and taken > 0
    if full then break end
    if taken == 0 then head[4] = string.match(entry[1], '^%d+') end
    taken = taken + 1
    found[taken] = data
    lines = lines and not string.find(data, '\\n', 1, true)
  end
  after = tonumber(string.match(batch[#batch][1], '^%d+'))
end
if taken == 0 then return head end
head[5] = lines and 'lines' or 'list'
if lines then head[6] = '=' .. table.concat(found, '\\n') end
if not lines then for index, data in ipairs(found) do head[5 + index] = '=' .. data end end
return head
`)

/** A lease is forgotten a week after it lapsed; tokens follow the clock, so they grow even then. */
const KEEP_LEASE = `redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', lapses + 604800000))`

/** KEYS: the lease. ARGV: holder, milliseconds. */
export const ACQUIRE = script(`${CLOCK}
local now, fine = clock()
local holder, token, lapses, released = unpack(redis.call('HMGET', KEYS[1], 'h', 't', 'u', 'r'))
if token and released ~= '1' and tonumber(lapses) > now then
  return {'held', '=' .. holder, string.format('%.0f', tonumber(lapses) - now)}
end
token = string.format('%.0f', math.max(tonumber(token or '0') + 1, fine))
lapses = now + tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'h', ARGV[1], 't', token, 'u', string.format('%.0f', lapses), 'r', '0')
${KEEP_LEASE}
return {'acquired', token}
`)

/** KEYS: the lease. ARGV: token, milliseconds. */
export const RENEW = script(`${CLOCK}
local token, released = unpack(redis.call('HMGET', KEYS[1], 't', 'r'))
if token ~= ARGV[1] or released == '1' then return '0' end
local lapses = clock() + tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'u', string.format('%.0f', lapses))
${KEEP_LEASE}
return '1'
`)

/** KEYS: the lease. ARGV: token. */
export const RELEASE = script(`${CLOCK}
local token, lapses = unpack(redis.call('HMGET', KEYS[1], 't', 'u'))
if token == ARGV[1] then
  lapses = math.min(tonumber(lapses), (clock()))
  redis.call('HSET', KEYS[1], 'r', '1', 'u', string.format('%.0f', lapses))
end
return '1'
`)

/** KEYS: the lease. Answers holder, token, milliseconds left, or nothing. */
export const READ_LEASE = script(`${CLOCK}
local holder, token, lapses = unpack(redis.call('HMGET', KEYS[1], 'h', 't', 'u'))
if not token then return {} end
return {'=' .. holder, token, string.format('%.0f', tonumber(lapses) - (clock()))}
`)

/** KEYS: the signal stream. ARGV: writer, topics. */
export const SIGNAL = script(`${WAKE}
local topics = {}
for i = 2, #ARGV do topics[#topics + 1] = ARGV[i] end
wake(KEYS[1], ARGV[1], topics)
return '1'
`)

/**
 * KEYS: the signal stream. ARGV: writer, and the entry to continue behind, or nothing. Answers the newest entry, whether
 * entries in between were lost ("1"), and the topics that other writers woke.
 */
export const SIGNALS_SINCE = script(`
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
newest = newest and newest[1] or '0-0'
if not ARGV[2] or newest == ARGV[2] then return {newest, '0'} end
local function parts(id)
  local time, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(sequence)
end
local function before(a, b)
  local aTime, aSequence = parts(a)
  local bTime, bSequence = parts(b)
  return aTime < bTime or (aTime == bTime and aSequence < bSequence)
end
if before(newest, ARGV[2]) then return {newest, '1'} end
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if before(ARGV[2], oldest[1]) and redis.call('XLEN', KEYS[1]) >= 5000 then return {newest, '1'} end
local time, sequence = parts(ARGV[2])
local answer, seen = {newest, '0'}, {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], string.format('%.0f-%.0f', time, sequence + 1), '+')) do
  local fields = entry[2]
  if fields[2] ~= ARGV[1] then
    for i = 4, #fields, 2 do
      if not seen[fields[i]] then
        seen[fields[i]] = true
        answer[#answer + 1] = '=' .. fields[i]
      end
    end
  end
end
return answer
`)
