import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LeaseLost } from '@/lib/agent/ports'
import { StoreUnavailable } from '@/lib/errors'
import { Lease } from '@/lib/runs/lease'
import { LogStore } from '@/lib/runs/testing/log-store'
import type { Store } from '@/lib/stores/contract'

let logs: LogStore
beforeEach(async () => {
  logs = await LogStore.create()
})
afterEach(() => logs.close())

const MILLISECONDS = 300

async function acquire(renewLease?: Store['renewLease']) {
  // The store as it is, but for renewals that go wrong as no real store does on demand.
  const store = new Proxy(logs.store, {
    get: (target, name) => (name === 'renewLease' && renewLease ? renewLease : Reflect.get(target, name)),
  })
  const acquired = await Lease.acquire({
    store,
    partition: logs.partition,
    runId: 'run',
    holder: 'test',
    milliseconds: MILLISECONDS,
  })
  if (!acquired.lease) throw new Error('not acquired')
  return acquired.lease
}

const lost = async (lease: Lease) => {
  if (!lease.signal.aborted) await once(lease.signal, 'abort')
  expect(lease.signal.reason).toBeInstanceOf(LeaseLost)
  expect(() => lease.check()).toThrow(LeaseLost)
}

describe('a lease', () => {
  it('is renewed from the moment it is acquired, before anybody gives it a beat', async () => {
    const lease = await acquire()
    const beats = Promise.withResolvers<void>()
    let count = 0
    lease.onBeat(async () => {
      count += 1
      if (count === 4) beats.resolve()
    })
    await beats.promise
    expect(lease.signal.aborted).toBe(false)
    expect(lease.remaining).toBeGreaterThan(0)
    await lease.release()
    expect((await logs.store.readLease(logs.partition, 'run:run'))?.remaining).toBeLessThanOrEqual(0)
  })

  it('is lost at its deadline when the store never answers', async () => {
    const lease = await acquire(() => new Promise(() => {}))
    await lost(lease)
  })

  it('is lost at its deadline when the store stays away, and survives one that comes back', async () => {
    await lost(await acquire(() => Promise.reject(new StoreUnavailable())))
    await logs.store.releaseLease(logs.partition, 'run:run', Number.MAX_SAFE_INTEGER)
    let failures = 1
    await expect
      .poll(async () => (await logs.store.readLease(logs.partition, 'run:run'))?.remaining ?? 0)
      .toBeLessThanOrEqual(0)
    const lease = await acquire((...given) => {
      if (failures-- > 0) return Promise.reject(new StoreUnavailable())
      return logs.store.renewLease(...given)
    })
    const renewed = Promise.withResolvers<void>()
    lease.onBeat(async () => {
      if (failures < 0) renewed.resolve()
    })
    await renewed.promise
    expect(lease.signal.aborted).toBe(false)
    await lease.release()
  })

  it('is lost at once when another has it, or when renewing fails in a way that nobody knows', async () => {
    const lease = await acquire()
    await logs.store.releaseLease(logs.partition, 'run:run', lease.token)
    const other = await acquire(() => Promise.reject(new TypeError('broken')))
    expect(other.token).toBeGreaterThan(lease.token)
    await lost(lease)
    await lost(other)
  })
})
