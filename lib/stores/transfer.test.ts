import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkArchive, readArchive, writeArchive } from '@/lib/stores/archive'
import type { Operation, Store } from '@/lib/stores/contract'
import { openRedisStore, openUpstashStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'
import { RestConnection } from '@/lib/stores/redis/rest'
import { TcpConnection } from '@/lib/stores/redis/tcp'
import { redisSource, redisTarget } from '@/lib/stores/redis/transfer'
import { startUpstashRestServer, type UpstashRestServer } from '@/lib/stores/redis/upstash-rest-server'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { openSqliteSource, openSqliteTarget } from '@/lib/stores/sqlite/transfer'
import type { TransferSource, TransferTarget } from '@/lib/stores/transfer'

interface Place {
  store(): Promise<Store>
  source(): Promise<TransferSource>
  target(): Promise<TransferTarget>
}

let folder: string
let servers: RedisServer[]
let rest: UpstashRestServer
let taken = 0

beforeAll(async () => {
  servers = await Promise.all([startRedisServer(), startRedisServer()])
  rest = await startUpstashRestServer(servers[1]?.url ?? '')
})
afterAll(async () => {
  await rest.dispose()
  await Promise.all(servers.map((server) => server.dispose()))
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longwatch-transfer-'))
  for (const server of servers) {
    await server.kill()
    await server.start()
  }
  return () => rmSync(folder, { recursive: true, force: true })
})

function sqlite(): Place {
  taken += 1
  const file = join(folder, `${taken}.db`)
  return {
    store: () => openSqliteStore({ file }),
    source: () => openSqliteSource(file),
    target: () => openSqliteTarget(file),
  }
}

function redis(): Place {
  const url = servers[0]?.url ?? ''
  return {
    store: () => openRedisStore({ url }),
    source: async () => redisSource(new TcpConnection({ url })),
    target: async () => redisTarget(new TcpConnection({ url })),
  }
}

function upstash(): Place {
  const { url, token } = rest
  return {
    store: () => openUpstashStore({ url, token }),
    source: async () => redisSource(new RestConnection(url, token)),
    target: async () => redisTarget(new RestConnection(url, token)),
  }
}

const put = (id: string, body: string, more: object = {}): Operation => ({
  kind: 'put',
  collection: 'notes: all',
  id,
  v: 3,
  body: { text: body },
  indexes: [{ index: 'all', group: 'a:b%c', sort: body.length + 0.5 }],
  ...more,
})

async function fill(store: Store): Promise<number> {
  const commit = (partition: string, operationId: string, operations: Operation[]) =>
    store.commit({ partition, operationId, operations })
  await commit('acme', '1', [
    put('one', 'größer 🙂'),
    put('two:with:colons', 'x'),
    { kind: 'count', counter: 'c', by: 2.5 },
  ])
  await commit('acme', '2', [
    put('one', 'größer 🙂 still', { ifVersion: 1 }),
    put('gone', 'later', { expiresIn: 3_600_000 }),
  ])
  await commit('acme', '3', [put('deleted', 'x')])
  await commit('acme', '4', [{ kind: 'delete', collection: 'notes: all', id: 'deleted' }])
  await commit('globex', '1', [put('one', 'another organisation')])
  const entries = Array.from({ length: 3_000 }, (_, n) => JSON.stringify({ n: n + 1, text: 'y'.repeat(n % 700) }))
  for (let at = 0; at < entries.length; at += 500) {
    const piece = entries.slice(at, at + 500)
    await commit('acme', `log:${at}`, [{ kind: 'append', log: 'run:a', v: 2, expectedNext: at + 1, entries: piece }])
  }
  await commit('acme', '5', [
    { kind: 'append', log: 'run:b', v: 1, expectedNext: 1, entries: ['"b"'] },
    { kind: 'expire-log', log: 'run:b', expiresIn: 3_600_000 },
    { kind: 'count', counter: 'window', by: 1, expiresIn: 3_600_000 },
  ])
  const lease = await store.acquireLease('acme', 'run:a', 'me', 60_000)
  return lease.acquired ? lease.token : 0
}

async function contentOf(store: Store) {
  const list = (partition: string) =>
    store.list({ partition, collection: 'notes: all', index: 'all', group: 'a:b%c', order: 'ascending', limit: 100 })
  const log = async (name: string) => {
    const { entries, last, v, logId } = await store.readLog('acme', name, 0, { limit: 5_000, maxBytes: 1e9 })
    return { entries, last, v, hasId: logId !== '' }
  }
  return {
    lists: [await list('acme'), await list('globex')],
    logs: [await log('run:a'), await log('run:b')],
    counters: [await store.readCounter('acme', 'c'), await store.readCounter('acme', 'window')],
  }
}

async function copy(from: Place, to: Place): Promise<string> {
  const file = join(folder, 'backup.gz')
  const source = await from.source()
  await writeArchive(file, { driver: source.driver }, source.records())
  await source.close()
  const target = await to.target()
  expect(await target.isEmpty()).toBe(true)
  await target.load(readArchive(file))
  expect(await target.isEmpty()).toBe(false)
  await target.close()
  return file
}

describe.each([
  ['SQLite to SQLite', sqlite, sqlite],
  ['SQLite to Redis', sqlite, redis],
  ['Redis to SQLite', redis, sqlite],
  ['Redis to Redis over REST', redis, upstash],
  ['Redis over REST to SQLite', upstash, sqlite],
])('a backup from %s', (_name, makeFrom, makeTo) => {
  it('holds everything, and the restored store goes on from there', async () => {
    const [from, to] = [makeFrom(), makeTo()]
    const before = await from.store()
    const token = await fill(before)
    const expected = await contentOf(before)
    const oldLogId = (await before.readLog('acme', 'run:a', 0, { limit: 1, maxBytes: 1 })).logId
    await copy(from, to)
    await before.close()

    const after = await to.store()
    expect(await contentOf(after)).toEqual(expected)
    expect(expected.logs[0]?.last).toBe(3_000)
    // Readers must begin anew: they may have seen more than the backup holds.
    expect((await after.readLog('acme', 'run:a', 0, { limit: 1, maxBytes: 1 })).logId).not.toBe(oldLogId)
    const result = await after.commit({
      partition: 'acme',
      operationId: 'after',
      operations: [
        put('one', 'changed', { ifVersion: 2 }),
        { kind: 'append', log: 'run:a', v: 2, expectedNext: 3_001, entries: ['"on"'] },
      ],
    })
    expect(result).toMatchObject({ status: 'applied', values: [3, 3_001] })
    expect((await contentOf(after)).lists[0]?.map(({ id }) => id)).toEqual(['two:with:colons', 'gone', 'one'])
    const lease = await after.acquireLease('acme', 'run:a', 'another', 1_000)
    expect(lease.acquired && lease.token).toBeGreaterThan(token)
    await after.close()
  }, 30_000)
})

describe('a restored expiry', () => {
  it.each([
    ['SQLite', sqlite],
    ['Redis', redis],
  ])('is the one that was stored (%s)', async (_name, make) => {
    const [from, to] = [sqlite(), make()]
    const store = await from.store()
    await store.commit({ partition: 'acme', operationId: '1', operations: [put('soon', 'x', { expiresIn: 1_500 })] })
    await copy(from, to)
    await store.close()
    const restored = await to.store()
    await expect.poll(() => restored.get('acme', 'notes: all', 'soon'), { timeout: 10_000 }).toBeNull()
    await restored.close()
  })
})

describe('a backup of Redis', () => {
  it('taken while others write holds no commit by half', async () => {
    const place = redis()
    const store = await place.store()
    await fill(store)
    let round = 0
    const writes = new AbortController()
    const writing = (async () => {
      // Two documents that always change together, and a pause now and then, as real use has.
      for (; !writes.signal.aborted; round += 1) {
        const operations = ['left', 'right'].map((id) => put(id, String(round).padStart(9, '0')))
        await store.commit({ partition: 'acme', operationId: `pair:${round}`, operations })
        if (round % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 400))
      }
    })()
    await expect.poll(() => round, { timeout: 10_000 }).toBeGreaterThan(5)
    const source = await place.source()
    const pair: string[] = []
    for await (const record of source.records())
      if (record.kind === 'document' && ['left', 'right'].includes(record.id)) pair.push(record.body)
    writes.abort()
    await writing
    await source.close()
    await store.close()
    expect(pair).toHaveLength(2)
    expect(pair[0]).toBe(pair[1])
  }, 30_000)

  it('says so when the store is never still', async () => {
    const place = redis()
    const store = await place.store()
    await fill(store)
    const source = await place.source()
    let isRead = false
    // One commit after the other, by several at once: however long a look at the store takes, one falls into it.
    const writer = async (name: string) => {
      for (let write = 1; !isRead; write += 1) {
        const operations = [put(`busy-${name}`, String(write))]
        await store.commit({ partition: 'acme', operationId: `${name}${write}`, operations })
      }
    }
    const writers = ['a', 'b', 'c'].map(writer)
    const all = async () => {
      for await (const _ of source.records());
    }
    const refusal = await all().catch((error: unknown) => error)
    isRead = true
    await Promise.all(writers)
    expect(refusal).toMatchObject({ code: 'conflict', message: expect.stringContaining('acme') })
    await source.close()
    await store.close()
  }, 30_000)
})

describe('an archive', () => {
  it('that is cut off, changed, foreign or newer is refused', async () => {
    const place = sqlite()
    const store = await place.store()
    await fill(store)
    await store.close()
    const file = join(folder, 'a.gz')
    const source = await place.source()
    const { records } = await writeArchive(file, { driver: 'sqlite' }, source.records())
    await source.close()
    expect(await checkArchive(file)).toBe(records)

    const whole = readFileSync(file)
    writeFileSync(file, whole.subarray(0, whole.length - 40))
    await expect(checkArchive(file)).rejects.toMatchObject({ code: 'bad_request', field: 'file' })
    writeFileSync(file, whole)
    appendFileSync(file, whole)
    await expect(checkArchive(file)).rejects.toMatchObject({ code: 'bad_request' })
    writeFileSync(file, 'not a backup')
    await expect(checkArchive(file)).rejects.toMatchObject({ code: 'bad_request' })
    await expect(checkArchive(join(folder, 'absent'))).rejects.toMatchObject({
      message: expect.stringContaining('no file'),
    })
  })

  it('does not appear under its name when making it failed', async () => {
    const file = join(folder, 'b.gz')
    const broken = (async function* () {
      yield { kind: 'counter', partition: 'a', counter: 'c', value: 1, expiresAt: null } as const
      throw new Error('away')
    })()
    await expect(writeArchive(file, { driver: 'sqlite' }, broken)).rejects.toThrow('away')
    await expect(checkArchive(file)).rejects.toMatchObject({ message: expect.stringContaining('no file') })
  })
})

describe('restoring into SQLite', () => {
  it('is refused while a server has the file open', async () => {
    const place = sqlite()
    const store = await place.store()
    await fill(store)
    await expect(place.target()).rejects.toMatchObject({ code: 'conflict' })
    await store.close()
    const target = await place.target()
    expect(await target.isEmpty()).toBe(false)
    await target.close()
  })

  it('leaves nothing behind when the backup turns out to be bad', async () => {
    const place = sqlite()
    const target = await place.target()
    const broken = (async function* () {
      yield { kind: 'counter', partition: 'a', counter: 'c', value: 1, expiresAt: null } as const
      throw new Error('damaged')
    })()
    await expect(target.load(broken)).rejects.toThrow('damaged')
    await target.close()
    const store = await place.store()
    expect(await store.readCounter('a', 'c')).toBe(0)
    await store.close()
  })
})
