import { Redis } from '@upstash/redis'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { StoreUnavailable } from '@/lib/errors'
import { MAX_COMMIT_BYTES, type Store } from '@/lib/stores/contract'
import { describeStoreContract } from '@/lib/stores/contract-suite'
import { append, applied, commit, newPartition, put, readAll } from '@/lib/stores/contract-suite/pair'
import { openUpstashStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'
import { startUpstashRestServer, type UpstashRestServer } from '@/lib/stores/redis/upstash-rest-server'

describeStoreContract('redis over REST', async () => {
  const redis = await startRedisServer()
  const rest = await startUpstashRestServer(redis.url)
  const options = { url: rest.url, token: rest.token }
  const [first, second] = await Promise.all([openUpstashStore(options), openUpstashStore(options)])
  return {
    first,
    second,
    child: { module: '@/lib/stores/redis/open', open: 'openUpstashStore', options },
    dispose: async () => {
      await Promise.all([first.close(), second.close()])
      await rest.dispose()
      await redis.dispose()
    },
  }
})

describe('the Redis driver over REST', () => {
  let redis: RedisServer
  let rest: UpstashRestServer
  let store: Store

  beforeAll(async () => {
    redis = await startRedisServer()
    rest = await startUpstashRestServer(redis.url)
    store = await openUpstashStore({ url: rest.url, token: rest.token })
  })
  afterAll(async () => {
    await store.close()
    await rest.dispose()
    await redis.dispose()
  })

  it('doubles nothing when answers are lost: sent once, unavailable, and repeated by operation id', async () => {
    const partition = newPartition()
    // The server knows the script from here on.
    await applied(commit(store, partition, []))
    for (let next = 1; next <= 5; next += 1) {
      const input = {
        partition,
        operationId: `operation ${next}`,
        operations: [append('log', next, [String(next)]), { kind: 'count', counter: 'c', by: 1 } as const],
      }
      const before = rest.requests.get('/') ?? 0
      rest.dropAnswers(1)
      await expect(store.commit(input)).rejects.toBeInstanceOf(StoreUnavailable)
      expect((rest.requests.get('/') ?? 0) - before).toBe(1)
      // It was applied although nobody was told; the repeat answers as the first time would have.
      expect(await store.commit(input)).toEqual({ status: 'applied', values: [next, next], repeated: true })
    }
    expect(await readAll(store, partition, 'log')).toHaveLength(5)
    expect(await store.readCounter(partition, 'c')).toBe(5)
  })

  it('stays below Upstash’s limit with the largest commit, however often its text has to be escaped', async () => {
    const partition = newPartition()
    // Two bytes of JSON each, which are text within JSON once more on their way.
    const body = '"'.repeat(MAX_COMMIT_BYTES / 2 - 50)
    await applied(commit(store, partition, [put('quotes', body)]))
    expect((await store.get(partition, 'things', 'quotes'))?.body).toBe(body)
    expect(rest.largest()).toBeGreaterThan(2 * MAX_COMMIT_BYTES)
    const entries = Array.from({ length: 4 }, () => JSON.stringify('\n'.repeat(MAX_COMMIT_BYTES / 8 - 50)))
    await applied(commit(store, partition, [append('log', 1, entries)]))
    expect(await readAll(store, partition, 'log')).toHaveLength(4)
    expect(rest.largest()).toBeLessThan(5_000_000)
  })

  it('keeps what looks like the protocol’s own words', async () => {
    const partition = newPartition()
    const indexes = [{ index: 'OK', group: 'OK', sort: 1 }]
    await applied(commit(store, partition, [put('OK', 'OK', { indexes }), append('OK', 1, ['"OK"'])]))
    const page = { partition, collection: 'things', index: 'OK', group: 'OK', order: 'ascending', limit: 5 } as const
    expect(await store.list(page)).toMatchObject([{ id: 'OK', body: 'OK' }])
    expect(await readAll(store, partition, 'OK')).toEqual([{ n: 1, data: '"OK"' }])
    await store.acquireLease(partition, 'OK', 'OK', 60_000)
    expect(await store.readLease(partition, 'OK')).toMatchObject({ holder: 'OK' })
  })

  it('polls once per process however many subscribe, and slows down while nothing happens', async () => {
    const other = await openUpstashStore({ url: rest.url, token: rest.token })
    const listeners = Array.from({ length: 30 }, () => vi.fn())
    await Promise.all(listeners.map((listener, index) => other.subscribe(`topic ${index % 3}`, listener)))
    const count = () => [...rest.requests.values()].reduce((sum, requests) => sum + requests, 0)
    const [before, started] = [count(), performance.now()]
    await vi.waitFor(() => expect(count() - before).toBeGreaterThanOrEqual(8), { timeout: 5000 })
    // Thirty pollers, or one that stays quick, would have been there in a fraction of the time.
    expect(performance.now() - started).toBeGreaterThan(8 * 40 * 1.3)
    await store.signal(['topic 0', 'topic 1', 'topic 2'])
    await vi.waitFor(() => {
      for (const listener of listeners) expect(listener).toHaveBeenCalled()
    }, 3000)
    await other.close()
  })

  it('says unavailable for a wrong token and a dead address, without the server’s words or the token', async () => {
    for (const options of [
      { url: rest.url, token: 'not-the-token' },
      { url: 'http://127.0.0.1:1', token: rest.token },
    ]) {
      const wrong = await openUpstashStore(options)
      const refused = await wrong.get('p', 'things', 'a').catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(StoreUnavailable)
      expect(String(refused)).toBe('StoreUnavailable: The store cannot be reached.')
      await wrong.close()
    }
    await expect(openUpstashStore({ url: 'redis://somewhere', token: 'x' })).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('answers only unavailable after close', async () => {
    const closed = await openUpstashStore({ url: rest.url, token: rest.token })
    await closed.close()
    await expect(closed.ping()).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(closed.subscribe('topic', () => {})).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('is tested against a server that speaks what the real client sends', async () => {
    const client = new Redis({ url: rest.url, token: rest.token, enableTelemetry: false })
    expect(await client.set('key', { text: 'ü😀', list: [1, null] })).toBe('OK')
    expect(await client.get('key')).toEqual({ text: 'ü😀', list: [1, null] })
    expect(await client.pipeline().incr('n').incr('n').get('missing').exec()).toEqual([1, 2, null])
    expect(await client.multi().rpush('list', 'a', 'b').lrange('list', 0, -1).exec()).toEqual([2, ['a', 'b']])
    await expect(client.incr('list')).rejects.toThrow('WRONGTYPE')

    const messages: unknown[] = []
    const subscription = client.subscribe<string>('channel')
    subscription.on('message', ({ message }) => messages.push(message))
    await new Promise<void>((resolve) => subscription.on('subscribe', () => resolve()))
    await client.publish('channel', 'hello, you')
    await vi.waitFor(() => expect(messages).toEqual(['hello, you']))
    await subscription.unsubscribe()
    for (const path of ['/pipeline', '/multi-exec', '/subscribe/channel'])
      expect([...rest.requests.keys()]).toContain(path)
  })
})
