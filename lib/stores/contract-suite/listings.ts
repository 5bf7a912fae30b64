import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ListInput, Operation, Store } from '@/lib/stores/contract'
import { applied, type CurrentPair, commit, newPartition, put } from '@/lib/stores/contract-suite/pair'

type Order = ListInput['order']

const page = (partition: string, order: Order = 'ascending', group = 'g'): ListInput => ({
  partition,
  collection: 'things',
  index: 'by time',
  group,
  order,
  limit: 1000,
})

const at = (sort: number, group = 'g') => ({ index: 'by time', group, sort })

const ids = async (store: Store, input: ListInput) => (await store.list(input)).map(({ id }) => id)

/** The order of the contract: by sort, then by the UTF-8 bytes of the id. */
const inOrder = (things: { id: string; sort: number }[], order: Order) => {
  const sorted = things.toSorted((a, b) => a.sort - b.sort || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
  return (order === 'ascending' ? sorted : sorted.reverse()).map(({ id }) => id)
}

export function listingBehaviour(current: CurrentPair) {
  it('moves, removes and replaces a document in its indexes with every put', async () => {
    const partition = newPartition()
    const { first, second } = current()
    await applied(
      commit(first, partition, [put('a', 1, { indexes: [at(1), at(1, 'h')] }), put('b', 2, { indexes: [at(2)] })]),
    )
    expect(await second.list(page(partition))).toEqual([
      { id: 'a', version: 1, v: 1, body: 1, sort: 1 },
      { id: 'b', version: 1, v: 1, body: 2, sort: 2 },
    ])
    await applied(commit(first, partition, [put('a', 3, { indexes: [at(3)] })]))
    expect(await ids(second, page(partition))).toEqual(['b', 'a'])
    expect(await ids(second, page(partition, 'ascending', 'h'))).toEqual([])
    await applied(commit(first, partition, [put('b', 4, { indexes: [] })]))
    expect(await ids(second, page(partition))).toEqual(['a'])
    await applied(commit(first, partition, [{ kind: 'delete', collection: 'things', id: 'a' }]))
    expect(await ids(second, page(partition))).toEqual([])
    await applied(commit(first, partition, [put('a', 5), put('b', 6, { indexes: [at(-7.25)] })]))
    expect(await second.list(page(partition))).toMatchObject([{ id: 'b', sort: -7.25 }])
  })

  it('lists groups, indexes and collections apart', async () => {
    const partition = newPartition()
    const { first } = current()
    await applied(
      commit(first, partition, [
        put('a', 1, { indexes: [at(1, 'g'), { ...at(1, 'g'), index: 'by name' }] }),
        put('b', 1, { indexes: [at(1, 'g:h')] }),
        put('c', 1, { collection: 'others', indexes: [at(1, 'g')] }),
      ]),
    )
    expect(await ids(first, page(partition))).toEqual(['a'])
    expect(await ids(first, page(partition, 'ascending', 'g:h'))).toEqual(['b'])
    expect(await ids(first, { ...page(partition), collection: 'others' })).toEqual(['c'])
    expect(await ids(first, { ...page(partition), index: 'nothing' })).toEqual([])
  })

  it('pages through any sort keys and ids, in both directions, without gap or repeat', async () => {
    const { first, second } = current()
    const thing = fc.record({
      id: fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom('a', 'B', 'é', '\uffee', '😀')),
      sort: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(0.1, 1e15, -1e15, Date.UTC(2026, 0))),
    })
    const things = fc.uniqueArray(thing, { selector: ({ id }) => id, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(things, fc.integer({ min: 1, max: 5 }), async (sample, limit) => {
        const partition = newPartition()
        await applied(
          commit(
            first,
            partition,
            sample.map(({ id, sort }) => put(id, sort, { indexes: [at(sort)] })),
          ),
        )
        for (const order of ['ascending', 'descending'] as const) {
          const seen: string[] = []
          let after: ListInput['after']
          for (;;) {
            const found = await second.list({ ...page(partition, order), limit, after })
            seen.push(...found.map(({ id }) => id))
            expect(found.every((document) => document.body === document.sort)).toBe(true)
            if (found.length < limit) break
            after = found.at(-1)
          }
          expect(seen).toEqual(inOrder(sample, order))
        }
      }),
      { numRuns: 25 },
    )
  })

  it('shows what stays exactly once while other documents with equal keys come and go', async () => {
    const { first, second } = current()
    for (const order of ['ascending', 'descending'] as const) {
      const partition = newPartition()
      const initial = Array.from({ length: 40 }, (_, index) => ({ id: `i${index}`, sort: Math.floor(index / 10) }))
      await applied(
        commit(
          first,
          partition,
          initial.map(({ id, sort }) => put(id, 0, { indexes: [at(sort)] })),
        ),
      )
      const seen: string[] = []
      let after: ListInput['after']
      for (let round = 0; ; round += 1) {
        const found = await second.list({ ...page(partition, order), limit: 3, after })
        seen.push(...found.map(({ id }) => id))
        after = found.at(-1)
        if (!after) break
        // The cursor's own document goes too: the place itself need not exist any more.
        const gone: Operation[] = [after.id, `i${(round * 7) % 40}`].map((id) => ({
          kind: 'delete',
          collection: 'things',
          id,
        }))
        await applied(commit(first, partition, [...gone, put(`new${round}`, 0, { indexes: [at(round % 4)] })]))
      }
      const initially = seen.filter((id) => id.startsWith('i'))
      expect(new Set(seen).size).toBe(seen.length)
      expect(initially).toEqual(inOrder(initial, order).filter((id) => initially.includes(id)))
      const stayed = await second.getMany(
        partition,
        'things',
        initial.map(({ id }) => id),
      )
      for (const document of stayed) if (document) expect(seen).toContain(document.id)
    }
  })
}
