import { expect, it, vi } from 'vitest'
import { applied, type CurrentPair, commit, newPartition } from '@/lib/stores/contract-suite/pair'

export function counterBehaviour(current: CurrentPair) {
  it('counts every addition of both connections', async () => {
    const partition = newPartition()
    const { first, second } = current()
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        applied(
          commit(index % 2 ? first : second, partition, [{ kind: 'count', counter: 'c', by: (index % 3) + 0.25 }]),
        ),
      ),
    )
    expect(await first.readCounter(partition, 'c')).toBe(37.5)
    expect(await second.readCounter(partition, 'untouched')).toBe(0)
  })

  it('keeps whole numbers and fractions exactly', async () => {
    const partition = newPartition()
    const { first, second } = current()
    for (const value of [0.1, 1e-7, 123456789012.25, 9007199254740991]) {
      const counter = `c${value}`
      expect(await applied(commit(first, partition, [{ kind: 'count', counter, by: value }]))).toEqual([value])
      expect(await second.readCounter(partition, counter)).toBe(value)
    }
    await applied(commit(first, partition, [{ kind: 'count', counter: 'sum', by: 0.1 }]))
    expect(await applied(commit(second, partition, [{ kind: 'count', counter: 'sum', by: 0.2 }]))).toEqual([0.1 + 0.2])
  })

  it('never passes its limit, whoever counts, and tells the value; lowering is never refused', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        commit(index % 2 ? first : second, partition, [{ kind: 'count', counter: 'c', by: 1, limit: 5 }]),
      ),
    )
    expect(results.filter(({ status }) => status === 'applied')).toHaveLength(5)
    expect(results.find(({ status }) => status === 'refused')).toEqual({
      status: 'refused',
      operation: 0,
      reason: 'limit',
      actual: 5,
    })
    expect(await applied(commit(first, partition, [{ kind: 'count', counter: 'c', by: -1, limit: 2 }]))).toEqual([4])
    expect(await commit(first, partition, [{ kind: 'count', counter: 'c', by: 1, limit: 2 }])).toMatchObject({
      actual: 4,
    })
  })

  it('expires with its window, counted from the first use and not prolonged by later ones', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const count = (counter: string, expiresIn?: number) =>
      applied(commit(first, partition, [{ kind: 'count', counter, by: 1, expiresIn }]))
    await count('window', 60)
    await count('window', 60_000)
    await count('window')
    await count('endless')
    await count('endless', 60)
    expect(await second.readCounter(partition, 'window')).toBe(3)
    await vi.waitFor(async () => expect(await second.readCounter(partition, 'window')).toBe(0))
    expect(await count('window', 60_000)).toEqual([1])
    await first.sweep(1000)
    expect(await second.readCounter(partition, 'window')).toBe(1)
    expect(await second.readCounter(partition, 'endless')).toBe(2)
  })
}
