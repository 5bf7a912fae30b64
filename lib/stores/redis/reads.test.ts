import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '@/lib/stores/contract'
import type { RedisConnection } from '@/lib/stores/redis/connection'
import { startRedisServer } from '@/lib/stores/redis/redis-server'
import { RedisStore } from '@/lib/stores/redis/store'
import { TcpConnection } from '@/lib/stores/redis/tcp'

let server: Awaited<ReturnType<typeof startRedisServer>>
let connection: TcpConnection
let store: Store
/** The keys of each command that was sent. */
let sent: string[][] = []

beforeAll(async () => {
  server = await startRedisServer()
  connection = new TcpConnection({ url: server.url })
  const recording: RedisConnection = {
    run: (script, keys, args) => {
      sent.push(keys)
      return connection.run(script, keys, args)
    },
    ping: () => connection.ping(),
    epoch: () => connection.epoch(),
    close: () => connection.close(),
  }
  store = new RedisStore(recording)
  for (const partition of ['one', 'two']) {
    const put = (id: string) => ({
      kind: 'put' as const,
      collection: 'things',
      id,
      v: 1,
      body: { of: `${partition} ${id}` },
      indexes: [{ index: 'all', group: 'all', sort: Number(id) }],
    })
    await store.commit({
      partition,
      operationId: `make ${partition}`,
      operations: [
        ...Array.from({ length: 40 }, (_, n) => put(`${n}`)),
        { kind: 'count', counter: 'calls', by: 7, expiresIn: 60_000 },
      ],
    })
  }
})
beforeEach(() => {
  sent = []
})
afterAll(async () => {
  await store.close()
  await server.dispose()
})

const listOf = async (partition: string, limit: number, after?: { sort: number; id: string }) =>
  (
    await store.list({ partition, collection: 'things', index: 'all', group: 'all', order: 'ascending', limit, after })
  ).map(({ id }) => id)

const bodyOf = async (partition: string, id: string) => (await store.get(partition, 'things', id))?.body

it('reads what is asked for in one turn by one command for each partition', async () => {
  const found = await Promise.all([
    bodyOf('one', '1'),
    bodyOf('one', '2'),
    bodyOf('two', '1'),
    store.readCounter('one', 'calls'),
    bodyOf('one', 'none'),
    store.getMany('one', 'things', ['2', 'none', '3']).then((all) => all.map((one) => one?.body ?? null)),
    store.readCounter('one', 'none'),
  ])
  expect(found).toEqual([
    { of: 'one 1' },
    { of: 'one 2' },
    { of: 'two 1' },
    7,
    undefined,
    [{ of: 'one 2' }, null, { of: 'one 3' }],
    0,
  ])
  expect(sent.map((keys) => keys.length)).toEqual([6, 1])
})

it('reads lists in the same command, each with its own bounds, and an equal one once', async () => {
  const found = await Promise.all([
    bodyOf('one', '1'),
    listOf('one', 3),
    store.readCounter('one', 'calls'),
    listOf('one', 2, { sort: 1, id: '1' }),
    listOf('one', 3),
    listOf('two', 1),
    bodyOf('one', 'none'),
  ])
  expect(found).toEqual([{ of: 'one 1' }, ['0', '1', '2'], 7, ['2', '3'], ['0', '1', '2'], ['0'], undefined])
  expect(sent.map((keys) => keys.length)).toEqual([5, 1])
})

it('gives everybody a document of their own, though it was read once', async () => {
  const [a, b] = await Promise.all([store.get('one', 'things', '1'), store.get('one', 'things', '1')])
  expect(a).toEqual(b)
  expect(a?.body).not.toBe(b?.body)
  expect(sent).toHaveLength(1)
})

it('sees what was stored before it was asked for', async () => {
  const before = bodyOf('one', 'new')
  await store.commit({
    partition: 'one',
    operationId: 'new',
    operations: [{ kind: 'put', collection: 'things', id: 'new', v: 1, body: 'here', indexes: [] }],
  })
  await before
  expect(await bodyOf('one', 'new')).toBe('here')
})

it('reads much in several commands, and never a part of what one caller asked for', async () => {
  const ids = Array.from({ length: 40 }, (_, n) => `${n}`)
  const [single, many, ...more] = await Promise.all([
    bodyOf('one', '0'),
    store.getMany('one', 'things', ids),
    ...ids.map((id) => bodyOf('one', id)),
  ])
  expect(single).toEqual({ of: 'one 0' })
  expect(many.map((one) => one?.id)).toEqual(ids)
  expect(more).toEqual(ids.map((id) => ({ of: `one ${id}` })))
  expect(sent.map((keys) => keys.length)).toEqual([1, 40, 32, 8])
})

it('tells everybody when the store is away', async () => {
  const closed = new TcpConnection({ url: server.url })
  await closed.close()
  const away = new RedisStore(closed)
  const asked = ['1', '2'].map((id) => away.get('one', 'things', id))
  for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'unavailable' })
})
