import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '@/lib/stores/contract'
import { append, applied, commit, newPartition, put } from '@/lib/stores/contract-suite/pair'
import { openRedisStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'

/** What costs the server time, counted by it: each command that is sent, and each that a script calls. */
describe('the commands that a store over Redis takes', () => {
  let server: RedisServer
  let admin: Redis
  let store: Store

  beforeAll(async () => {
    server = await startRedisServer()
    admin = new Redis(server.url, { protocol: 2 })
    store = await openRedisStore({ url: server.url })
  })
  afterAll(async () => {
    await store.close()
    admin.disconnect()
    await server.dispose()
  })

  const callsOf = async (work: () => Promise<unknown>) => {
    await admin.config('RESETSTAT')
    await work()
    const calls = [...(await admin.info('commandstats')).matchAll(/cmdstat_(\w+):calls=(\d+)/g)]
    const counts = Object.fromEntries(calls.map(([, name, count]) => [name, Number(count)]))
    for (const name of ['config', 'info', 'ping']) delete counts[name]
    return counts
  }

  it('for a fenced append are six, scripts’ own included, and it leaves no key behind', async () => {
    const partition = newPartition()
    const lease = await store.acquireLease(partition, 'lease', 'me', 60_000)
    const fence = { kind: 'fence', lease: 'lease', token: lease.acquired ? lease.token : 0 } as const
    await applied(commit(store, partition, [fence, append('log', 1, ['1'])], ['topic']))
    const keys = (await admin.keys('*')).length
    const counts = await callsOf(async () => {
      for (let next = 2; next <= 11; next += 1)
        await applied(commit(store, partition, [fence, append('log', next, ['1'])], ['topic']))
    })
    expect(counts).toEqual({ evalsha: 10, hget: 10, xrevrange: 10, publish: 10, xadd: 20 })
    expect(await admin.keys('*')).toHaveLength(keys)
  })

  it('for a document that was not there are few: nothing of an older one is looked for', async () => {
    const indexes = ['one', 'two', 'three'].map((index) => ({ index, group: 'all', sort: 1 }))
    const make = () => applied(commit(store, newPartition(), [put('a', 1, { indexes })]))
    await make()
    // The last two are of the operation's id.
    expect(await callsOf(make)).toEqual({ evalsha: 1, hget: 1, hset: 1, zadd: 3, get: 1, set: 1 })
  })

  it('for a counter are one to read it and one to write it', async () => {
    const partition = newPartition()
    const count = () => applied(commit(store, partition, [{ kind: 'count', counter: 'c', by: 1, expiresIn: 60_000 }]))
    const once = { evalsha: 1, get: 2, set: 2 }
    expect(await callsOf(count)).toEqual(once)
    expect(await callsOf(count)).toEqual(once)
  })

  it('for a list that ends before its limit are no look beyond its end', async () => {
    const partition = newPartition()
    const indexes = [{ index: 'all', group: 'all', sort: 1 }]
    await applied(commit(store, partition, [put('a', 1, { indexes }), put('b', 2, { indexes })]))
    const listed = { partition, collection: 'things', index: 'all', group: 'all', limit: 3 }
    const list = (order: 'ascending' | 'descending') => async () =>
      expect(await store.list({ ...listed, order })).toHaveLength(2)
    await list('ascending')()
    expect(await callsOf(list('ascending'))).toEqual({ evalsha: 1, zrange: 1, hmget: 2 })
    expect(await callsOf(list('descending'))).toEqual({ evalsha: 1, zcard: 1, zrange: 1, hmget: 2 })
  })
})
