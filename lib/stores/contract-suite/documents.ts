import { expect, it, vi } from 'vitest'
import type { Json, Store } from '@/lib/stores/contract'
import { applied, type CurrentPair, commit, newPartition, put } from '@/lib/stores/contract-suite/pair'

export function documentBehaviour(current: CurrentPair) {
  it('reads its own writes and those of the other connection, with version and schema version', async () => {
    const partition = newPartition()
    const { first, second } = current()
    for (let version = 1; version <= 3; version += 1) {
      await applied(commit(first, partition, [put('a', { version }, { v: 10 + version })]))
      const expected = { id: 'a', version, v: 10 + version, body: { version } }
      expect(await first.get(partition, 'things', 'a')).toEqual(expected)
      expect(await second.get(partition, 'things', 'a')).toEqual(expected)
    }
    await applied(commit(second, partition, [{ kind: 'delete', collection: 'things', id: 'a', ifVersion: 3 }]))
    expect(await first.get(partition, 'things', 'a')).toBeNull()
  })

  it('keeps every kind of JSON, key and id exactly', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const bodies: Json[] = [null, true, 0, -1.5e-9, 9007199254740991, '', [], {}, [[]], { a: [] }]
    bodies.push('\u0000 \u001f \u007f \u2028 😀 \ud800', { 'ключ \u0000 {"}': ['%s', '$1', "'", '\\u0000'] })
    const names = ['plain', 'with space', '{brace}:colon', 'nul\u0000l', '😀', 'ü\n']
    const ids = bodies.map((_, index) => `${names[index % names.length]} ${index}`)
    await applied(
      commit(
        first,
        partition,
        bodies.map((body, index) => put(ids[index] as string, body)),
      ),
    )
    const found = await second.getMany(partition, 'things', ids)
    expect(found.map((document) => document?.body)).toEqual(bodies)
    expect(found.map((document) => document?.id)).toEqual(ids)
  })

  it('keeps documents apart whose names look alike when joined', async () => {
    const partition = newPartition()
    const { first } = current()
    const names = [
      ['a', 'b:c'],
      ['a:b', 'c'],
      ['a\u0000b', 'c'],
      ['a', 'b\u0000c'],
    ] as const
    for (const [collection, id] of names) {
      await applied(commit(first, partition, [put(id, `${collection}|${id}`, { collection, ifAbsent: true })]))
    }
    for (const [collection, id] of names) {
      expect((await first.get(partition, collection, id))?.body).toBe(`${collection}|${id}`)
    }
  })

  it('answers getMany in the order asked, with null for what is absent and repeats for repeats', async () => {
    const partition = newPartition()
    const { first } = current()
    await applied(commit(first, partition, [put('a', 1), put('b', 2)]))
    const found = await first.getMany(partition, 'things', ['b', 'x', 'a', 'b'])
    expect(found.map((document) => document?.body ?? null)).toEqual([2, null, 1, 2])
    expect(await first.getMany(partition, 'things', [])).toEqual([])
  })

  it('refuses by version, by presence and by absence, with what it found', async () => {
    const partition = newPartition()
    const { first } = current()
    await applied(commit(first, partition, [put('a', 1), put('a', 2)]))
    const refused = (reason: string, actual: number) => ({ status: 'refused', operation: 0, reason, actual })
    const check = (id: string, version: number) =>
      commit(first, partition, [{ kind: 'check', collection: 'things', id, version }])
    expect(await commit(first, partition, [put('a', 3, { ifVersion: 1 })])).toEqual(refused('version', 2))
    expect(await commit(first, partition, [put('a', 3, { ifAbsent: true })])).toEqual(refused('exists', 2))
    expect(await check('a', 0)).toEqual(refused('version', 2))
    expect(await check('b', 1)).toEqual(refused('version', 0))
    expect(await check('a', 2)).toMatchObject({ status: 'applied' })
    expect(await check('b', 0)).toMatchObject({ status: 'applied' })
    expect(await first.get(partition, 'things', 'a')).toMatchObject({ version: 2, body: 2 })
    await applied(commit(first, partition, [{ kind: 'delete', collection: 'things', id: 'never there' }]))
  })

  it('lets exactly one of many creators from both connections win', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        commit(index % 2 ? first : second, partition, [put('one', index, { ifAbsent: true })]),
      ),
    )
    const winners = results.flatMap((result, index) => (result.status === 'applied' ? [index] : []))
    expect(winners).toHaveLength(1)
    expect((await first.get(partition, 'things', 'one'))?.body).toBe(winners[0])
  })

  it('loses no update when both connections compare and set in parallel', async () => {
    const partition = newPartition()
    const { first, second } = current()
    await applied(commit(first, partition, [put('n', 0)]))
    const increment = async (store: Store) => {
      for (;;) {
        const found = await store.get(partition, 'things', 'n')
        const next = put('n', Number(found?.body) + 1, { ifVersion: found?.version })
        if ((await commit(store, partition, [next])).status === 'applied') return
      }
    }
    await Promise.all(Array.from({ length: 10 }, (_, index) => increment(index % 2 ? first : second)))
    expect(await second.get(partition, 'things', 'n')).toMatchObject({ body: 10, version: 11 })
  })

  it('makes an expired document invisible everywhere at once, and a new one begins anew', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const indexes = [{ index: 'all', group: '', sort: 1 }]
    await applied(
      commit(first, partition, [
        put('short', 1, { indexes }),
        put('short', 2, { indexes, expiresIn: 40 }),
        put('kept', 1, { indexes, expiresIn: 40 }),
        put('kept', 2, { indexes }),
        put('again', 1, { indexes, expiresIn: 40 }),
        put('long', 1, { indexes, expiresIn: 60_000 }),
      ]),
    )
    await vi.waitFor(async () => expect(await second.get(partition, 'things', 'short')).toBeNull())
    await vi.waitFor(async () => expect(await first.get(partition, 'things', 'again')).toBeNull())
    // Nobody listed it meanwhile, and the new one is in no index: its old place must not show it.
    await applied(commit(first, partition, [put('again', 'unlisted')]))
    const page = { partition, collection: 'things', index: 'all', group: '', order: 'ascending', limit: 9 } as const
    expect((await first.list(page)).map(({ id }) => id)).toEqual(['kept', 'long'])
    expect(await first.getMany(partition, 'things', ['short', 'long'])).toMatchObject([null, { version: 1 }])
    const check = { kind: 'check', collection: 'things', id: 'short', version: 0 } as const
    expect(await applied(commit(second, partition, [check, put('short', 3, { ifAbsent: true })]))).toEqual([0, 1])
    await first.sweep(1000)
    expect((await first.list(page)).map(({ id }) => id)).toEqual(['kept', 'long'])
    expect(await first.get(partition, 'things', 'short')).toMatchObject({ version: 1, body: 3 })
  })

  it.each(['ascending', 'descending'] as const)('lists %s on behind documents that expired', async (order) => {
    const partition = newPartition()
    const { first, second } = current()
    const at = (sort: number) => ({ indexes: [{ index: 'all', group: '', sort }] })
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const lasting = ['c', 'g']
    await applied(
      commit(
        first,
        partition,
        ids.map((id, sort) => put(id, 1, { ...at(sort), ...(!lasting.includes(id) && { expiresIn: 40 }) })),
      ),
    )
    for (const id of ['a', 'f']) {
      await vi.waitFor(async () => expect(await second.get(partition, 'things', id)).toBeNull())
    }
    const wanted = order === 'ascending' ? lasting : lasting.toReversed()
    for (let limit = 1; limit <= 4; limit += 1) {
      const page = { partition, collection: 'things', index: 'all', group: '', order, limit }
      expect((await second.list(page)).map(({ id }) => id)).toEqual(wanted.slice(0, limit))
    }
  })
}
