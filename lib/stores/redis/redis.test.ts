import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StoreUnavailable } from '@/lib/errors'
import type { Store } from '@/lib/stores/contract'
import { describeStoreContract } from '@/lib/stores/contract-suite'
import { AMPLE, append, applied, commit, put, readAll } from '@/lib/stores/contract-suite/pair'
import { openRedisStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'

describeStoreContract('redis over TCP', async () => {
  const server = await startRedisServer()
  const options = { url: server.url }
  const [first, second] = await Promise.all([openRedisStore(options), openRedisStore(options)])
  return {
    first,
    second,
    child: { module: '@/lib/stores/redis/open', open: 'openRedisStore', options },
    dispose: async () => {
      await Promise.all([first.close(), second.close()])
      await server.dispose()
    },
  }
})

describe('the Redis driver over TCP', () => {
  let server: RedisServer
  let admin: Redis
  const stores: Store[] = []

  const open = async (url = server.url) => {
    const store = await openRedisStore({ url, readyBoundMs: 200 })
    stores.push(store)
    return store
  }

  beforeEach(async () => {
    server = await startRedisServer({ appendOnly: true })
    admin = new Redis(server.url, { protocol: 2, retryStrategy: () => 20, maxRetriesPerRequest: null })
    admin.on('error', () => {})
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
    admin.disconnect()
    await server.dispose()
  })

  it('says unavailable within a bound while the server is away, and goes on when it is back with its data', async () => {
    const store = await open()
    const listener = vi.fn()
    await store.subscribe('topic', listener)
    const input = { partition: 'p', operationId: 'before', operations: [put('a', 'kept'), append('log', 1, ['1'])] }
    await applied(store.commit(input))
    const before = await store.readLog('p', 'log', 0, AMPLE)

    await server.kill()
    const refused = await commit(store, 'p', [put('a', 'lost')]).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreUnavailable)
    expect(String(refused)).toBe('StoreUnavailable: The store cannot be reached.')
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)

    listener.mockClear()
    await server.start()
    await vi.waitFor(() => store.ping(), { timeout: 5000 })
    expect(await store.commit(input)).toEqual({ status: 'applied', values: [1, 1], repeated: true })
    expect(await store.get('p', 'things', 'a')).toMatchObject({ version: 1, body: 'kept' })
    const after = await store.readLog('p', 'log', 0, AMPLE)
    expect(after.entries).toEqual(before.entries)
    // Another server, or one restarted, may have lost a log's tail: readers are told to begin anew.
    expect(after.logId).not.toBe(before.logId)
    // Whoever subscribed is woken, because anything may have been missed, and goes on being woken.
    await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 5000 })
    listener.mockClear()
    await commit(await open(), 'p', [put('b', 1)], ['topic'])
    await vi.waitFor(() => expect(listener).toHaveBeenCalled())
  })

  it('never sends again what was on its way when the connection broke', async () => {
    const store = await open()
    const count = { kind: 'count', counter: 'c', by: 1 } as const
    await applied(commit(store, 'p', [count]))
    await admin.call('CLIENT', 'PAUSE', '60000', 'WRITE')
    const onItsWay = commit(store, 'p', [count]).catch((error: unknown) => error)
    await vi.waitFor(async () => expect(await admin.info('clients')).toContain('blocked_clients:1'))
    const broken = performance.now()
    await server.kill()
    expect(await onItsWay).toBeInstanceOf(StoreUnavailable)
    expect(performance.now() - broken).toBeLessThan(4_000)
    await server.start()
    await vi.waitFor(() => store.ping(), { timeout: 5000 })
    expect(await store.readCounter('p', 'c')).toBe(1)
  })

  it('opens while the server is away, logs it without words of the server, and works once it is there', async () => {
    await server.kill()
    const lines: string[] = []
    const logger = pino({}, { write: (line: string) => void lines.push(line) })
    const url = server.url.replace('//', '//:a-password@')
    const store = await openRedisStore({ url, logger, readyBoundMs: 200 })
    stores.push(store)
    await expect(store.get('p', 'things', 'a')).rejects.toBeInstanceOf(StoreUnavailable)
    expect(lines.join()).toContain('redis cannot be reached')
    expect(lines.join()).toContain('ECONNREFUSED')
    expect(lines.join()).not.toContain('a-password')
    await server.start()
    await vi.waitFor(() => admin.config('SET', 'requirepass', 'a-password'))
    await vi.waitFor(() => store.ping(), { timeout: 5000 })
  })

  it('says unavailable for a wrong password and for an address that is none, without repeating either', async () => {
    await admin.config('SET', 'requirepass', 'right')
    const store = await open(server.url.replace('//', '//:wrong@'))
    const refused = await store.get('p', 'things', 'a').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreUnavailable)
    expect(String(refused)).not.toMatch(/wrong|WRONGPASS|NOAUTH/)
    const none = await openRedisStore({ url: 'http://user:secret@somewhere' }).catch((error: unknown) => error)
    expect(none).toBeInstanceOf(StoreUnavailable)
    expect(String(none)).not.toContain('secret')
  })

  it('sends one command per commit and one per read, and loads a script again that the server forgot', async () => {
    const store = await open()
    const run = async (next: number) => {
      await applied(commit(store, 'p', [put('a', next), append('log', next, ['1', '2'])], ['one', 'two']))
      await readAll(store, 'p', 'log', next + 1)
    }
    await run(1)
    await admin.config('RESETSTAT')
    await run(3)
    const stats = await admin.info('commandstats')
    expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]).toBe('2')
    expect(stats).not.toContain('cmdstat_eval:')
    await admin.script('FLUSH')
    await run(5)
    expect((await store.readLog('p', 'log', 0, AMPLE)).last).toBe(6)
  })

  it('goes on with a log of the version before, which marked no entry', async () => {
    const store = await open()
    const lease = await store.acquireLease('p', 'lease', 'me', 60_000)
    const token = lease.acquired ? lease.token : 0
    await admin.xadd('lw:{p}:l:log', '0-1', 'i', 'an id')
    for (const n of [1, 2, 3]) await admin.xadd('lw:{p}:l:log', `${n}-0`, 'd', String(n), 'v', '1')
    const appending = (next: number) => ({
      partition: 'p',
      operationId: `after ${next}`,
      operations: [{ kind: 'fence', lease: 'lease', token } as const, append('log', next, [String(next)])],
    })
    expect(await store.commit(appending(3))).toMatchObject({ reason: 'next', actual: 4 })
    for (const repeated of [false, true]) {
      expect(await store.commit(appending(4))).toEqual({ status: 'applied', values: [0, 4], repeated })
    }
    // As that version appends, should one of its processes have the run next.
    await admin.xadd('lw:{p}:l:log', '5-0', 'd', '5', 'v', '1')
    await applied(store.commit(appending(6)))
    expect((await readAll(store, 'p', 'log')).map(({ n, data }) => [n, data])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [n, String(n)]),
    )
    expect(await readAll(store, 'p', 'log', 3)).toHaveLength(3)
  })

  it.each([
    { who: 'any user', rules: [], isSmall: true },
    { who: 'a user who may not copy', rules: ['-copy'], isSmall: false },
    { who: 'a user who may not rename', rules: ['-rename'], isSmall: false },
  ])('keeps no room for more entries of a log that ended, if it can: $who', async ({ rules, isSmall }) => {
    await admin.call('ACL', 'SETUSER', 'writer', 'on', '>secret', '~*', '&*', '+@all', ...rules)
    const store = await open(server.url.replace('//', '//writer:secret@'))
    await applied(commit(store, 'p', [append('log', 1, ['1', '2'])]))
    const before = await store.readLog('p', 'log', 0, AMPLE)
    const key = 'lw:{p}:l:log'
    expect(await admin.memory('USAGE', key)).toBeGreaterThan(4_096)
    const ending = [append('log', 3, ['3']), { kind: 'expire-log', log: 'log', expiresIn: 60_000 } as const]
    expect(await applied(commit(store, 'p', ending))).toEqual([3, 0])
    expect(Number(await admin.memory('USAGE', key)) < 1_500).toBe(isSmall)
    const after = await store.readLog('p', 'log', 0, AMPLE)
    expect(after).toEqual({ ...before, last: 3, entries: [...before.entries, { n: 3, data: '3' }] })
    expect(await admin.pttl(key)).toBeGreaterThan(30_000)
    expect((await admin.keys('lw:{p}:*')).filter((name) => !name.includes(':o:'))).toEqual([key])
    await applied(commit(store, 'p', [append('log', 4, ['4'])]))
    expect(await readAll(store, 'p', 'log')).toHaveLength(4)
  })

  it('has one subscriber connection however many topics, and none left after close', async () => {
    const store = await open()
    const before = (await clients()).length
    const leave = await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.subscribe(`t${index % 25}`, () => {})),
    )
    expect(await clients()).toHaveLength(before + 1)
    expect(await admin.pubsub('CHANNELS')).toHaveLength(25)
    for (const unsubscribe of leave) unsubscribe()
    await vi.waitFor(async () => expect(await admin.pubsub('CHANNELS')).toHaveLength(0))
    await store.close()
    await vi.waitFor(async () => expect(await clients()).toHaveLength(before - 1))
  })

  it('misses nothing when its subscriber connection is cut', async () => {
    const [watching, writing] = [await open(), await open()]
    let seen = 0
    let reading = Promise.resolve()
    await watching.subscribe('log', () => {
      reading = reading.then(async () => {
        seen += (await readAll(watching, 'p', 'log', seen)).length
      })
    })
    for (let next = 1; next <= 30; next += 1) {
      if (next % 10 === 5) await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await applied(commit(writing, 'p', [append('log', next, [String(next)])], ['log']))
    }
    await vi.waitFor(() => expect(seen).toBe(30), { timeout: 5000 })
    await reading
  })

  it('wakes another connection’s subscriber by push, each time long before its slow poll would', async () => {
    const [watching, writing] = [await open(), await open()]
    let wake = () => {}
    await watching.subscribe('topic', () => wake())
    const waits: number[] = []
    for (let round = 1; round <= 10; round += 1) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      const begun = performance.now()
      await applied(commit(writing, 'p', [put('a', round)], ['topic']))
      await woken
      waits.push(performance.now() - begun)
    }
    // The poll alone, once a second, would take ten seconds for them all; a push usually takes a few milliseconds.
    const total = waits.reduce((sum, waited) => sum + waited, 0)
    const median = waits.toSorted((one, other) => one - other)[5]
    expect(total).toBeLessThan(2_000)
    expect(median).toBeLessThan(200)
  }, 20_000)

  it('wakes by its slow poll when the push of a signal was lost', async () => {
    const store = await open()
    const [listener, other] = [vi.fn(), vi.fn()]
    await store.subscribe('topic', listener)
    await store.subscribe('other', other)
    // What a commit leaves, but nothing published.
    await admin.xadd('lw:signals', '*', 'w', 'another process', 't', 'topic')
    await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 5000 })
    expect(other).not.toHaveBeenCalled()
  })

  it('wakes everybody when the signals it had not read yet are gone', async () => {
    const store = await open()
    const listener = vi.fn()
    await store.subscribe('topic', listener)
    await commit(await open(), 'p', [], ['something else'])
    await vi.waitFor(() => commandsOfPoll(2), { timeout: 5000 })
    await admin.del('lw:signals')
    await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 5000 })
  })

  it('applies nothing for a user who may not publish', async () => {
    await admin.call('ACL', 'SETUSER', 'mute', 'on', '>secret', '~*', '+@all', 'resetchannels')
    const store = await open(server.url.replace('//', '//mute:secret@'))
    await expect(commit(store, 'p', [put('a', 1)], ['topic'])).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await store.get('p', 'things', 'a')).toBeNull()
  })

  it('wakes by its poll alone, and says so, for a user who may not subscribe', async () => {
    await admin.call('ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '&*', '+@all', '-subscribe')
    const lines: string[] = []
    const logger = pino({}, { write: (line: string) => void lines.push(line) })
    const store = await openRedisStore({ url: server.url.replace('//', '//deaf:secret@'), logger, readyBoundMs: 200 })
    stores.push(store)
    const [listener, other] = [vi.fn(), vi.fn()]
    await store.subscribe('topic', listener)
    await store.subscribe('other', other)
    expect(lines.join()).toContain('redis does not allow SUBSCRIBE')
    listener.mockClear()
    other.mockClear()
    await commit(await open(), 'p', [put('a', 1)], ['topic'])
    await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 1_500 })
    expect(other).not.toHaveBeenCalled()
  })

  it('goes on by its poll when subscribing is forbidden while it runs', async () => {
    const store = await open()
    const listener = vi.fn()
    await store.subscribe('topic', listener)
    await admin.call('ACL', 'SETUSER', 'default', '-subscribe')
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    // Whoever subscribed is woken once, because anything may have been missed.
    await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 5_000 })
    for (let round = 1; round <= 3; round += 1) {
      listener.mockClear()
      await commit(await open(), 'p', [put('a', round)], ['topic'])
      await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 1_500 })
    }
    // The connection that may not subscribe is not made again and again.
    expect(await clients()).toHaveLength(stores.length + 2)
  })

  it('leaves no place in an index behind for documents that expired or were deleted', async () => {
    const store = await open()
    const indexes = [{ index: 'all', group: 'g:1', sort: 1 }]
    const short = Array.from({ length: 8 }, (_, index) => put(`short:${index}`, 1, { indexes, expiresIn: 20 }))
    await applied(commit(store, 'p', short))
    await vi.waitFor(async () => expect(await store.get('p', 'things', 'short:7')).toBeNull())
    const places = () => admin.zrange('lw:{p}:i:things:all:g%3A1', '0', '-1')
    expect(await places()).toHaveLength(8)
    await applied(commit(store, 'p', [put('next', 1, { indexes, expiresIn: 60_000 })]))
    expect(await places()).toEqual(['next'])
    await applied(commit(store, 'p', [{ kind: 'delete', collection: 'things', id: 'next' }]))
    expect(await places()).toEqual([])
    expect(await admin.zcard('lw:{p}:x')).toBe(1)
  })

  it.each([
    { clock: 'an hour ahead', off: 3_600_000 },
    { clock: 'an hour behind', off: -3_600_000 },
  ])('goes by the server’s clock for leases, expiry and windows where the process’s own is $clock', async ({ off }) => {
    const [right, wrong] = [await open(), await open()]
    const milliseconds = 60_000
    const writeAs = (store: Store, name: string) =>
      commit(store, 'p', [
        put(name, 1, { expiresIn: milliseconds }),
        { kind: 'count', counter: name, by: 1, limit: 1, expiresIn: milliseconds },
        { kind: 'acquire', lease: `commit:${name}`, holder: name, milliseconds },
      ])
    const take = (store: Store, name: string, holder: string) => store.acquireLease('p', name, holder, milliseconds)
    // All of it lasts a minute by the server.
    const isInWindow = (left: number) => left > milliseconds / 2 && left <= milliseconds
    const acquiring = (lease: string) => ({ kind: 'acquire', lease, holder: 'other', milliseconds }) as const
    const counting = (counter: string) => ({ kind: 'count', counter, by: 1, limit: 1 }) as const
    const isThere = async (store: Store, name: string) => {
      expect(await take(store, name, 'other')).toMatchObject({ acquired: false, holder: name })
      expect((await store.readLease('p', `commit:${name}`))?.remaining).toSatisfy(isInWindow)
      expect(await commit(store, 'p', [acquiring(`commit:${name}`)])).toMatchObject({ reason: 'held' })
      expect(await store.get('p', 'things', name)).toMatchObject({ body: 1 })
      expect(await commit(store, 'p', [counting(name)])).toMatchObject({ reason: 'limit', actual: 1 })
      for (const key of [`d:things:${name}`, `c:${name}`]) {
        expect(await admin.pttl(`lw:{p}:${key}`)).toSatisfy(isInWindow)
      }
    }

    await take(right, 'right', 'right')
    await applied(writeAs(right, 'right'))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + off })
    try {
      await isThere(wrong, 'right')
      await take(wrong, 'wrong', 'wrong')
      await applied(writeAs(wrong, 'wrong'))
      await isThere(wrong, 'wrong')
    } finally {
      vi.useRealTimers()
    }
    await isThere(right, 'wrong')
  })

  it('lets expire whatever it remembers for a while only', async () => {
    const store = await open()
    await store.acquireLease('p', 'lease', 'me', 1000)
    await applied(store.commit({ partition: 'p', operationId: 'once', operations: [] }))
    expect(await admin.pttl('lw:{p}:o:once')).toBeGreaterThan(14 * 60_000)
    expect(await admin.pttl('lw:{p}:o:once')).toBeLessThanOrEqual(15 * 60_000)
    expect(await admin.pttl('lw:{p}:L:lease')).toBeGreaterThan(6 * 24 * 3_600_000)
  })

  /** Resolves once the poll has looked at the signals so often since the last reset of the statistics. */
  const commandsOfPoll = async (times: number) => {
    const calls = /cmdstat_xrevrange:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1]
    expect(Number(calls ?? 0)).toBeGreaterThanOrEqual(times)
  }

  const clients = async () =>
    String(await admin.client('LIST'))
      .trim()
      .split('\n')
})
