import { CLOCK, script, WAKE } from '@/lib/stores/redis/script'

/**
 * KEYS: the operation's answer, or for a lone append the log; the signal stream. ARGV: key prefix, how long answers are
 * remembered, a lone append's mark or nothing, writer, number of topics, topics, number of operations, operations (as
 * encode.ts writes them). First every operation is checked against what the ones before it would leave, then all are
 * applied: Redis rolls nothing back.
 */
export const COMMIT = script(`${WAKE}${CLOCK}
local prefix, mark, place = ARGV[1], ARGV[3], 4
local remembered = mark == '' and redis.call('GET', KEYS[1])
if remembered then return {'repeated', '=' .. remembered} end
local function take()
  place = place + 1
  return ARGV[place]
end
local topics = {}
for i = 1, tonumber(take()) do topics[i] = take() end

local versions, lasts, counters, leases = {}, {}, {}, {}
local function versionOf(key)
  if versions[key] == nil then versions[key] = tonumber(redis.call('HGET', key, 'n') or '0') end
  return versions[key]
end
local function lastOf(key)
  if lasts[key] == nil then
    local newest = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
    lasts[key] = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  end
  return lasts[key]
end
local function whole(number) return string.format('%.0f', number) end

local operations, values = {}, {}
for i = 1, tonumber(take()) do
  local kind, value, reason, actual = take(), '0', nil, nil
  local o = {kind = kind, key = prefix .. take()}
  if kind == 'put' then
    o.v, o.body, o.ifVersion, o.ifAbsent, o.expiresIn, o.collection, o.id = take(), take(), take(), take(), take(), take(), take()
    o.fields, o.sorts = {}, {}
    for index = 1, tonumber(take()) do o.fields[index], o.sorts[index] = take(), take() end
    local current = versionOf(o.key)
    if o.ifAbsent == '1' and current > 0 then reason, actual = 'exists', current
    elseif o.ifVersion ~= '' and tonumber(o.ifVersion) ~= current then reason, actual = 'version', current
    else
      versions[o.key] = current + 1
      value = whole(current + 1)
      o.version, o.new = value, current == 0
    end
  elseif kind == 'delete' then
    o.ifVersion, o.collection, o.id = take(), take(), take()
    local current = versionOf(o.key)
    if o.ifVersion ~= '' and tonumber(o.ifVersion) ~= current then reason, actual = 'version', current end
    versions[o.key] = reason and current or 0
  elseif kind == 'check' then
    local current = versionOf(o.key)
    if tonumber(take()) ~= current then reason, actual = 'version', current end
  elseif kind == 'fence' then
    local newest = leases[o.key] and tonumber(leases[o.key].token) or tonumber(redis.call('HGET', o.key, 't') or '0')
    if tonumber(take()) ~= newest then reason, actual = 'fenced', newest end
  elseif kind == 'acquire' then
    o.holder, o.milliseconds = take(), tonumber(take())
    local token, lapses, released = unpack(redis.call('HMGET', o.key, 't', 'u', 'r'))
    local now, fine = clock()
    if leases[o.key] then token, lapses, released = leases[o.key].token, leases[o.key].lapses, '0' end
    if token and released ~= '1' and tonumber(lapses) > now then reason, actual = 'held', tonumber(lapses) - now
    else
      value = whole(math.max(tonumber(token or '0') + 1, fine))
      o.token, o.lapses = value, now + o.milliseconds
      leases[o.key] = o
    end
  elseif kind == 'append' then
    o.v, o.logId = take(), take()
    local expected, last = tonumber(take()), lastOf(o.key)
    o.first, o.entries = last + 1, {}
    for entry = 1, tonumber(take()) do o.entries[entry] = take() end
    if expected ~= last + 1 then reason, actual = 'next', last + 1
    else
      lasts[o.key] = last + #o.entries
      value = whole(lasts[o.key])
    end
  elseif kind == 'expire-log' then
    o.expiresIn = take()
    if tonumber(o.expiresIn) <= 0 then lasts[o.key] = 0 end
  elseif kind == 'drop-log' then
    lasts[o.key] = 0
  elseif kind == 'count' then
    o.expiresIn = take()
    local by, limit = tonumber(take()), take()
    local before = counters[o.key]
    if before == nil then
      local stored = redis.call('GET', o.key)
      o.new, before = not stored, tonumber(stored or '0')
    end
    if limit ~= '' and by > 0 and before + by > tonumber(limit) then reason, actual = 'limit', before
    else
      counters[o.key] = before + by
      value = string.format('%.17g', before + by)
      o.value = value
    end
  end
  -- A lone append that was applied is refused for what it or others did since, and is known by its entries.
  if reason and mark ~= '' and #redis.call('XRANGE', KEYS[1], mark, mark) == 1 then
    return {'repeated', '=0,' .. string.match(mark, '^%d+')}
  end
  if reason then return {'refused', tostring(i - 1), reason, string.format('%.17g', actual)} end
  operations[i], values[i] = o, value
end

-- First, because a user who may not publish is refused here: nothing has been applied yet, and nobody reads before the end.
wake(KEYS[2], ARGV[4], topics)

local function indexKey(o, field) return prefix .. 'i:' .. o.collection .. ':' .. string.sub(field, 3) end
local function unplace(o, keep)
  for _, field in ipairs(redis.call('HKEYS', o.key)) do
    if string.sub(field, 1, 2) == 'i:' and not keep[field] then
      redis.call('ZREM', indexKey(o, field), o.id)
      redis.call('HDEL', o.key, field)
    end
  end
end
-- An expired document leaves its places behind; they are skipped by listings and cleared here, a few at a time.
local function forgetExpired(now)
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'x', '-inf', now, 'LIMIT', 0, 16)) do
    redis.call('ZREM', prefix .. 'x', entry)
    local fields, collection, id = string.match(entry, '^([^;]*);([^:]*):(.*)$')
    local old = {key = prefix .. 'd:' .. collection .. ':' .. id, collection = collection, id = id}
    for field in string.gmatch(fields, '[^,]+') do
      if redis.call('HEXISTS', old.key, field) == 0 then redis.call('ZREM', indexKey(old, field), id) end
    end
  end
end

-- A stream holds up to 4 KiB ready for its next entries, and a copy of it nothing; a log that may expire has ended. Only
-- where that is much of it, and where the server lets us.
local function fit(key)
  if redis.call('XLEN', key) > 100 or redis.pcall('COPY', key, prefix .. 't') ~= 1 then return end
  if redis.pcall('RENAME', prefix .. 't', key).err then redis.call('DEL', prefix .. 't') end
end

for _, o in ipairs(operations) do
  if o.kind == 'put' then
    local values, keep = {}, {}
    for index, field in ipairs(o.fields) do
      keep[field] = true
      values[2 * index - 1], values[2 * index] = field, o.sorts[index]
    end
    if not o.new then unplace(o, keep) end
    redis.call('HSET', o.key, 'n', o.version, 'v', o.v, 'b', o.body, unpack(values))
    for index, field in ipairs(o.fields) do redis.call('ZADD', indexKey(o, field), o.sorts[index], o.id) end
    if o.expiresIn == '' then
      if not o.new then redis.call('PERSIST', o.key) end
    else
      if #o.fields > 0 then
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        forgetExpired(now)
        redis.call('ZADD', prefix .. 'x', now + tonumber(o.expiresIn), table.concat(o.fields, ',') .. ';' .. o.collection .. ':' .. o.id)
      end
      redis.call('PEXPIRE', o.key, o.expiresIn)
    end
  elseif o.kind == 'delete' then
    unplace(o, {})
    redis.call('DEL', o.key)
  elseif o.kind == 'acquire' then
    redis.call('HSET', o.key, 'h', o.holder, 't', o.token, 'u', whole(o.lapses), 'r', '0')
    redis.call('PEXPIREAT', o.key, whole(o.lapses + 604800000))
  elseif o.kind == 'append' then
    if o.first == 1 and #o.entries > 0 then redis.call('XADD', o.key, '0-1', 'i', o.logId) end
    local suffix = mark == '' and '-0' or string.match(mark, '-%d+$')
    for index, entry in ipairs(o.entries) do
      redis.call('XADD', o.key, whole(o.first + index - 1) .. suffix, 'd', entry, 'v', o.v)
    end
  elseif o.kind == 'expire-log' then
    redis.call('PEXPIRE', o.key, o.expiresIn)
    fit(o.key)
  elseif o.kind == 'drop-log' then redis.call('UNLINK', o.key)
  elseif o.kind == 'count' then
    if not o.new then redis.call('SET', o.key, o.value, 'KEEPTTL')
    elseif o.expiresIn ~= '' then redis.call('SET', o.key, o.value, 'PX', o.expiresIn)
    else redis.call('SET', o.key, o.value) end
  end
end
local answer = table.concat(values, ',')
if mark == '' then redis.call('SET', KEYS[1], answer, 'PX', ARGV[2]) end
return {'applied', '=' .. answer}
`)
