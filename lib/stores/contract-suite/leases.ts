import { expect, it, vi } from 'vitest'
import { randomId } from '@/lib/ids'
import type { Operation, Store } from '@/lib/stores/contract'
import { append, applied, type CurrentPair, commit, newPartition, put, readAll } from '@/lib/stores/contract-suite/pair'

async function take(store: Store, partition: string, holder: string, milliseconds = 60_000) {
  const result = await store.acquireLease(partition, 'lease', holder, milliseconds)
  if (!result.acquired) throw new Error(`The lease is held by ${result.holder}.`)
  return result.token
}

/** Takes the lease as soon as the store lets it lapse. */
const takeLapsed = (store: Store, partition: string, holder: string, milliseconds?: number) =>
  vi.waitFor(() => take(store, partition, holder, milliseconds), { interval: 5 })

export function leaseBehaviour(current: CurrentPair) {
  it('gives a lease to one of many who ask at once, and tells the others who has it for how long', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? first : second).acquireLease(partition, 'lease', `h${index}`, 60_000),
      ),
    )
    const winner = results.findIndex(({ acquired }) => acquired)
    for (const [index, result] of results.entries()) {
      if (index === winner) continue
      expect(result).toMatchObject({ acquired: false, holder: `h${winner}` })
      if (!result.acquired) expect(result.remaining).toBeGreaterThan(50_000)
    }
    expect(await second.readLease(partition, 'lease')).toMatchObject({ holder: `h${winner}` })
    expect(await first.readLease(partition, 'another')).toBeNull()
    await expect(take(first, partition, `h${winner}`)).rejects.toThrow('held by')
  })

  it('lapses by itself, can be renewed while nobody took it, and not once somebody did', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const token = await take(first, partition, 'one', 30)
    await vi.waitFor(async () => expect((await second.readLease(partition, 'lease'))?.remaining).toBeLessThanOrEqual(0))
    expect(await first.renewLease(partition, 'lease', token, 60_000)).toBe(true)
    expect((await second.readLease(partition, 'lease'))?.remaining).toBeGreaterThan(50_000)
    await expect(take(second, partition, 'two')).rejects.toThrow('held by one')

    expect(await first.renewLease(partition, 'lease', token, 1)).toBe(true)
    const newer = await takeLapsed(second, partition, 'two')
    expect(newer).toBeGreaterThan(token)
    expect(await first.renewLease(partition, 'lease', token, 60_000)).toBe(false)
    await first.releaseLease(partition, 'lease', token)
    expect(await first.readLease(partition, 'lease')).toMatchObject({ holder: 'two', token: newer })
    await expect(take(first, partition, 'three')).rejects.toThrow('held by two')
  })

  it('is free at once after release, cannot be renewed then, and its tokens go on growing', async () => {
    const partition = newPartition()
    const { first, second } = current()
    let newest = 0
    for (let round = 0; round < 4; round += 1) {
      const store = round % 2 ? first : second
      const token = await take(store, partition, `holder ${round}`)
      expect(token).toBeGreaterThan(newest)
      newest = token
      await store.releaseLease(partition, 'lease', token)
      expect((await first.readLease(partition, 'lease'))?.remaining).toBeLessThanOrEqual(0)
      expect(await store.renewLease(partition, 'lease', token, 60_000)).toBe(false)
    }
    expect(await first.renewLease(partition, 'never taken', 1, 1000)).toBe(false)
    await first.releaseLease(partition, 'never taken', 1)
  })

  it('gives a lease within a commit, refuses the whole commit while it is held, and gives the same token to a repeat', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const acquire = (holder: string, milliseconds = 60_000): Operation => ({
      kind: 'acquire',
      lease: 'lease',
      holder,
      milliseconds,
    })
    const operationId = randomId(12)
    const taking = { partition, operationId, operations: [put('a', 1), acquire('one')] }
    const [, token = 0] = await applied(first.commit(taking))
    expect(token).toBeGreaterThan(0)
    expect(await second.readLease(partition, 'lease')).toMatchObject({ holder: 'one', token })
    expect(await first.commit(taking)).toEqual({ status: 'applied', values: [1, token], repeated: true })
    await expect(take(second, partition, 'two')).rejects.toThrow('held by one')
    const refused = await commit(second, partition, [put('a', 2), acquire('two')])
    expect(refused).toMatchObject({ status: 'refused', operation: 1, reason: 'held' })
    if (refused.status === 'refused') expect(refused.actual).toBeGreaterThan(50_000)
    expect(await second.get(partition, 'things', 'a')).toMatchObject({ body: 1 })

    await first.releaseLease(partition, 'lease', token)
    const [again = 0] = await applied(commit(second, partition, [acquire('two', 1)]))
    expect(again).toBeGreaterThan(token)
    await vi.waitFor(async () => {
      const [lapsed = 0, fenced] = await applied(
        commit(first, partition, [acquire('three'), { kind: 'check', collection: 'things', id: 'none', version: 0 }]),
      )
      expect(lapsed).toBeGreaterThan(again)
      expect(fenced).toBe(0)
    })
    const twice = await commit(first, newPartition(), [acquire('four'), acquire('five')])
    expect(twice).toMatchObject({ status: 'refused', operation: 1, reason: 'held' })
  })

  it('fences by the newest token, lapsed, released or not', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const fence = (token: number) => commit(second, partition, [{ kind: 'fence', lease: 'lease', token }])
    const refused = (actual: number) => ({ status: 'refused', operation: 0, reason: 'fenced', actual })
    expect(await fence(1)).toEqual(refused(0))
    const one = await take(first, partition, 'one', 1)
    await vi.waitFor(async () => expect((await first.readLease(partition, 'lease'))?.remaining).toBeLessThanOrEqual(0))
    expect(await fence(one)).toMatchObject({ status: 'applied' })
    const two = await take(second, partition, 'two')
    expect(await fence(one)).toEqual(refused(two))
    await second.releaseLease(partition, 'lease', two)
    expect(await fence(two)).toMatchObject({ status: 'applied' })
    expect(await fence(two + 1)).toEqual(refused(two))
  })

  it('lets none but the newest owner append, however many owners race', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const owner = async (store: Store, name: string) => {
      const token = await takeLapsed(store, partition, name, 15)
      const numbers: number[] = []
      for (let next = 1; ; ) {
        const data = JSON.stringify({ name, token })
        const result = await commit(store, partition, [
          { kind: 'fence', lease: 'lease', token },
          append('log', next, [data]),
        ])
        if (result.status === 'applied') {
          numbers.push(next)
          next += 1
        } else if (result.reason === 'next') next = result.actual
        else return { token, numbers }
        if (numbers.length >= 400) return { token, numbers }
        // Lets the other owners in between; the store calls of one process may never yield by themselves.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const owners = await Promise.all(['a', 'b', 'c', 'd'].map((name, index) => owner(index % 2 ? first : second, name)))
    const log = (await readAll(first, partition, 'log')).map(({ n, data }) => ({
      n,
      token: JSON.parse(data).token as number,
    }))
    expect(log).toHaveLength(owners.reduce((sum, { numbers }) => sum + numbers.length, 0))
    // Owners follow each other in the log and never come back.
    const tokens = log.map(({ token }) => token)
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b))
    for (const { token, numbers } of owners) {
      expect(log.filter((entry) => entry.token === token).map(({ n }) => n)).toEqual(numbers)
    }
    expect(new Set(owners.map(({ token }) => token)).size).toBe(4)
  })
}
