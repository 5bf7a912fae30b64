import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { conflict } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import type { RedisConnection } from '@/lib/stores/redis/connection'
import { collectionName, counterName, documentName, logName, placeField, prefixOf } from '@/lib/stores/redis/keys'
import { readLogAnswer } from '@/lib/stores/redis/log-answer'
import { script } from '@/lib/stores/redis/script'
import { READ_LOG } from '@/lib/stores/redis/scripts'
import { entryRecords, type TransferRecord, type TransferSource, type TransferTarget } from '@/lib/stores/transfer'

/** ARGV: SCAN's cursor, pattern. Answers the next cursor, then kind, key, milliseconds to live, number of values and values of each. */
const SCAN = script(`
local page = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 100)
local answer = {page[1]}
local function add(kind, key, values)
  answer[#answer + 1] = kind
  answer[#answer + 1] = '=' .. key
  answer[#answer + 1] = tostring(redis.call('PTTL', key))
  answer[#answer + 1] = tostring(#values)
  for _, value in ipairs(values) do answer[#answer + 1] = value end
end
for _, key in ipairs(page[2]) do
  local kind = string.match(key, '}:(%a):')
  if kind == 'd' then
    local values = redis.call('HGETALL', key)
    if #values > 0 then add('d', key, values) end
  elseif kind == 'c' then
    local value = redis.call('GET', key)
    if value then add('c', key, {value}) end
  elseif kind == 'l' then
    local newest = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
    if newest then add('l', key, {redis.call('XRANGE', key, '0-1', '0-1')[1][2][2], newest[1], newest[2][4]}) end
  end
end
return answer
`)

/** ARGV: key prefix, number of things, then each as kind and its values. Writes them as the COMMIT script would have left them. */
const LOAD = script(`
local prefix, place = ARGV[1], 2
local function take()
  place = place + 1
  return ARGV[place]
end
for i = 1, tonumber(ARGV[2]) do
  local kind, key = take(), prefix .. take()
  if kind == 'd' then
    local collection, id, expires = take(), take(), take()
    redis.call('HSET', key, 'n', take(), 'v', take(), 'b', take())
    local fields = {}
    for f = 1, tonumber(take()) do
      local field, sort = take(), take()
      fields[f] = field
      redis.call('HSET', key, field, sort)
      redis.call('ZADD', prefix .. 'i:' .. collection .. ':' .. string.sub(field, 3), sort, id)
    end
    if expires ~= '' then
      if #fields > 0 then redis.call('ZADD', prefix .. 'x', expires, table.concat(fields, ',') .. ';' .. collection .. ':' .. id) end
      redis.call('PEXPIREAT', key, expires)
    end
  elseif kind == 'c' then
    redis.call('SET', key, take())
    local expires = take()
    if expires ~= '' then redis.call('PEXPIREAT', key, expires) end
  elseif kind == 'l' then
    redis.call('XADD', key, '0-1', 'i', take())
  elseif kind == 'e' then
    local v, first = take(), tonumber(take())
    for entry = 1, tonumber(take()) do
      redis.call('XADD', key, string.format('%.0f-0', first + entry - 1), 'd', take(), 'v', v)
    end
  elseif kind == 'x' then redis.call('PEXPIREAT', key, take())
  end
end
return '1'
`)

/** So often a partition is read until nothing changed in it meanwhile. */
const ROUNDS = 8
const LOAD_BYTES = 512 * 1024
const LOAD_THINGS = 100

interface Found {
  kind: string
  key: string
  /** Unix milliseconds; null: never. */
  expiresAt: number | null
  values: string[]
}

/** Reads a store while others go on writing to it. */
export function redisSource(connection: RedisConnection): TransferSource {
  return {
    driver: 'redis',
    records: () => recordsOf(connection),
    close: () => connection.close(),
  }
}

/**
 * Redis cannot be asked for one moment, so each partition is read twice: if nothing changed between the two, what the
 * first reading found is what the store held at the end of it. What did change is read again.
 */
async function* recordsOf(connection: RedisConnection): AsyncGenerator<TransferRecord> {
  const folder = await mkdtemp(join(tmpdir(), 'longwatch-backup-'))
  try {
    const fileOf = (partition: string) => join(folder, encodeURIComponent(partition))
    let pending = await collect(connection, 'lw:{*', fileOf)
    const done: string[] = []
    for (let round = 0; pending.size > 0; round += 1) {
      if (round === ROUNDS)
        throw conflict(
          `The store is being written to all the time (${[...pending.keys()].join(', ')}): try again when less is going on, or stop Longwatch for the backup.`,
        )
      const changed = new Map<string, Digests>()
      for (const [partition, digests] of pending) {
        const again = await digestsOf(connection, partition)
        if (isSame(digests, again)) {
          done.push(partition)
          continue
        }
        await rm(fileOf(partition), { force: true })
        const collected = await collect(connection, `${prefixOf(partition)}*`, fileOf)
        changed.set(partition, collected.get(partition) ?? new Map())
      }
      pending = changed
    }
    for (const partition of done) yield* readLines(fileOf(partition))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Key → what tells one state of it from another. */
type Digests = Map<string, string>

const isSame = (one: Digests, other: Digests) =>
  one.size === other.size && [...one].every(([key, digest]) => other.get(key) === digest)

const digestOf = ({ expiresAt, values }: Found) =>
  createHash('sha1')
    .update(JSON.stringify([expiresAt !== null, values]))
    .digest('base64')

/** Writes what there is to a file for each partition; answers the digests of what was written. */
async function collect(
  connection: RedisConnection,
  pattern: string,
  fileOf: (partition: string) => string,
): Promise<Map<string, Digests>> {
  const partitions = new Map<string, Digests>()
  for await (const found of scan(connection, pattern)) {
    const { partition } = placeOf(found.key)
    let digests = partitions.get(partition)
    if (!digests) {
      digests = new Map()
      partitions.set(partition, digests)
    }
    // SCAN may give a key twice.
    if (digests.has(found.key)) continue
    digests.set(found.key, digestOf(found))
    const lines: string[] = []
    for await (const record of toRecords(connection, found)) lines.push(`${JSON.stringify(record)}\n`)
    await appendFile(fileOf(partition), lines.join(''), { mode: 0o600 })
  }
  return partitions
}

async function digestsOf(connection: RedisConnection, partition: string): Promise<Digests> {
  const digests: Digests = new Map()
  for await (const found of scan(connection, `${prefixOf(partition)}*`)) digests.set(found.key, digestOf(found))
  return digests
}

async function* scan(connection: RedisConnection, pattern: string): AsyncGenerator<Found> {
  let cursor = '0'
  do {
    const now = Date.now()
    const [next, ...rest] = (await connection.run(SCAN, [], [cursor, pattern])) as string[]
    for (let at = 0; at < rest.length; ) {
      const [kind = '', key = '', lives, size] = rest.slice(at, at + 4)
      const end = at + 4 + Number(size)
      const expiresAt = Number(lives) < 0 ? null : now + Number(lives)
      yield { kind, key: key.slice(1), expiresAt, values: rest.slice(at + 4, end) }
      at = end
    }
    cursor = next ?? '0'
  } while (cursor !== '0')
}

/** `lw:{partition}:k:name` */
function placeOf(key: string): { partition: string; name: string } {
  const match = /^lw:\{([^}]*)\}:[a-z]:(.*)$/s.exec(key)
  return { partition: decodeURIComponent(match?.[1] ?? ''), name: match?.[2] ?? '' }
}

async function* toRecords(connection: RedisConnection, found: Found): AsyncGenerator<TransferRecord> {
  const { kind, key, expiresAt, values } = found
  const { partition, name } = placeOf(key)
  if (kind === 'c') yield { kind: 'counter', partition, counter: name, value: Number(values[0]), expiresAt }
  if (kind === 'd') yield documentOf(partition, name, expiresAt, values)
  if (kind === 'l') {
    const last = Number(values[1]?.split('-')[0])
    yield { kind: 'log', partition, log: name, v: Number(values[2]), expiresAt }
    for (let cursor = 0; cursor < last; ) {
      const read = readLogAnswer(await connection.run(READ_LOG, [key], [String(cursor), '2000', '262144']))
      const entries = read?.texts.slice(0, last - cursor) ?? []
      if (entries.length === 0) return
      yield* entryRecords(cursor + 1, entries)
      cursor += entries.length
    }
  }
}

function documentOf(partition: string, name: string, expiresAt: number | null, values: string[]): TransferRecord {
  const fields = new Map<string, string>()
  for (let at = 0; at < values.length; at += 2) fields.set(values[at] as string, values[at + 1] as string)
  const colon = name.indexOf(':')
  const places = [...fields].flatMap(([field, sort]): [string, string, number][] => {
    if (!field.startsWith('i:')) return []
    const [index = '', group = ''] = field.slice(2).split(':').map(decodeURIComponent)
    return [[index, group, Number(sort)]]
  })
  return {
    kind: 'document',
    partition,
    collection: decodeURIComponent(name.slice(0, colon)),
    id: name.slice(colon + 1),
    version: Number(fields.get('n')),
    v: Number(fields.get('v')),
    expiresAt,
    places,
    body: fields.get('b') ?? 'null',
  }
}

async function* readLines(file: string): AsyncGenerator<TransferRecord> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY }))
    yield JSON.parse(line) as TransferRecord
}

/** A store to restore into. */
export function redisTarget(connection: RedisConnection): TransferTarget {
  return {
    driver: 'redis',
    async isEmpty() {
      for await (const _ of scan(connection, 'lw:{*')) return false
      return true
    },
    load: (records) => load(connection, records),
    close: () => connection.close(),
  }
}

async function load(connection: RedisConnection, records: AsyncIterable<TransferRecord>): Promise<void> {
  const batch = new Batch(connection)
  let log: Extract<TransferRecord, { kind: 'log' }> | null = null
  const endLog = async () => {
    if (log?.expiresAt != null) await batch.add(log.partition, ['x', logName(log.log), whole(log.expiresAt)])
    log = null
  }
  for await (const record of records) {
    if (record.kind !== 'entries') await endLog()
    if (record.kind === 'log') log = record
    const partition = record.kind === 'entries' ? log?.partition : record.partition
    if (partition === undefined) continue
    await batch.add(partition, argumentsOf(record, log))
  }
  await endLog()
  await batch.flush()
}

const whole = (value: number) => String(Math.ceil(value))
const orNothing = (value: number | null) => (value === null ? '' : whole(value))

function argumentsOf(record: TransferRecord, log: Extract<TransferRecord, { kind: 'log' }> | null): string[] {
  switch (record.kind) {
    case 'document': {
      const { collection, id, expiresAt, version, v, body, places } = record
      const fields = places.flatMap(([index, group, sort]) => [placeField(index, group), String(sort)])
      const head = ['d', documentName(collection, id), collectionName(collection), id, orNothing(expiresAt)]
      return [...head, String(version), String(v), body, String(places.length), ...fields]
    }
    case 'counter':
      return ['c', counterName(record.counter), String(record.value), orNothing(record.expiresAt)]
    case 'log':
      return ['l', logName(record.log), randomId(12)]
    case 'entries': {
      const { first, entries } = record
      return ['e', logName(log?.log ?? ''), String(log?.v ?? 1), String(first), String(entries.length), ...entries]
    }
  }
}

/** Collects what goes into one partition, up to a size that every server takes in one request. */
class Batch {
  private readonly connection: RedisConnection
  private partition = ''
  private args: string[] = []
  private things = 0
  private bytes = 0

  constructor(connection: RedisConnection) {
    this.connection = connection
  }

  async add(partition: string, args: string[]): Promise<void> {
    const bytes = args.reduce((sum, arg) => sum + arg.length, 0)
    const isFull = this.things >= LOAD_THINGS || this.bytes + bytes > LOAD_BYTES
    if (partition !== this.partition || isFull) await this.flush()
    this.partition = partition
    for (const arg of args) this.args.push(arg)
    this.things += 1
    this.bytes += bytes
  }

  async flush(): Promise<void> {
    if (this.things > 0)
      await this.connection.run(LOAD, [], [prefixOf(this.partition), String(this.things), ...this.args])
    this.args = []
    this.things = 0
    this.bytes = 0
  }
}
