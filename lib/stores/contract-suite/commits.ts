import { expect, it } from 'vitest'
import { randomId } from '@/lib/ids'
import { MAX_COMMIT_BYTES, type Operation } from '@/lib/stores/contract'
import {
  AMPLE,
  append,
  applied,
  type CurrentPair,
  commit,
  newPartition,
  put,
  readAll,
} from '@/lib/stores/contract-suite/pair'

export function commitBehaviour(current: CurrentPair) {
  it('answers one value per operation: versions, last numbers, counts, else 0', async () => {
    const partition = newPartition()
    const { first } = current()
    const lease = await first.acquireLease(partition, 'l', 'me', 60_000)
    const operations: Operation[] = [
      put('a', 1),
      put('a', 2),
      append('log', 1, ['1', '2', '3']),
      { kind: 'count', counter: 'c', by: 5 },
      { kind: 'check', collection: 'things', id: 'a', version: 2 },
      { kind: 'fence', lease: 'l', token: lease.acquired ? lease.token : 0 },
      { kind: 'delete', collection: 'things', id: 'a' },
      { kind: 'expire-log', log: 'log', expiresIn: 60_000 },
      { kind: 'drop-log', log: 'log' },
    ]
    const result = await commit(first, partition, operations)
    expect(result).toEqual({ status: 'applied', values: [1, 2, 3, 5, 0, 0, 0, 0, 0], repeated: false })
    expect(await commit(first, partition, [])).toEqual({ status: 'applied', values: [], repeated: false })
  })

  it('applies nothing when the operation at any position is refused, and says which and why', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const index = { index: 'all', group: 'g' }
    await applied(
      commit(first, partition, [
        put('old', 'before', { indexes: [{ ...index, sort: 1 }] }),
        put('doomed', 'before', { indexes: [{ ...index, sort: 2 }] }),
        append('log', 1, ['"before"']),
        append('dropped', 1, ['"before"']),
        { kind: 'count', counter: 'c', by: 1 },
      ]),
    )
    const snapshot = async () => ({
      documents: await second.getMany(partition, 'things', ['old', 'doomed', 'new']),
      listed: await second.list({ partition, collection: 'things', ...index, order: 'ascending', limit: 9 }),
      logs: await Promise.all(['log', 'dropped', 'fresh'].map((log) => second.readLog(partition, log, 0, AMPLE))),
      counters: await Promise.all(['c', 'd'].map((counter) => second.readCounter(partition, counter))),
    })
    const before = await snapshot()
    const good: Operation[] = [
      put('old', 'after', { indexes: [{ ...index, sort: 9 }] }),
      put('new', 'after', { indexes: [{ ...index, sort: 0 }] }),
      { kind: 'delete', collection: 'things', id: 'doomed' },
      append('log', 2, ['"after"']),
      append('fresh', 1, ['"after"']),
      { kind: 'drop-log', log: 'dropped' },
      { kind: 'expire-log', log: 'log', expiresIn: 1 },
      { kind: 'count', counter: 'c', by: 1 },
      { kind: 'count', counter: 'd', by: 1 },
    ]
    const refusals: [Operation, string, number][] = [
      [put('absent', 1, { ifVersion: 7 }), 'version', 0],
      [{ kind: 'check', collection: 'things', id: 'absent', version: 1 }, 'version', 0],
      [{ kind: 'delete', collection: 'things', id: 'absent', ifVersion: 3 }, 'version', 0],
      [{ kind: 'fence', lease: 'none', token: 1 }, 'fenced', 0],
      [append('other', 5, ['1']), 'next', 1],
      [{ kind: 'count', counter: 'e', by: 4, limit: 3 }, 'limit', 0],
    ]
    for (let position = 0; position <= good.length; position += 1) {
      const [bad, reason, actual] = refusals[position % refusals.length] as (typeof refusals)[number]
      const result = await commit(first, partition, good.toSpliced(position, 0, bad))
      expect(result).toEqual({ status: 'refused', operation: position, reason, actual })
      expect(await snapshot()).toEqual(before)
    }
    for (const [bad, reason, actual] of refusals) {
      expect(await commit(first, partition, [bad])).toEqual({ status: 'refused', operation: 0, reason, actual })
    }
    await applied(commit(first, partition, good))
  })

  it('sees within a commit what the operations before it wrote', async () => {
    const partition = newPartition()
    const { first } = current()
    const values = await applied(
      commit(first, partition, [
        put('a', 1, { ifAbsent: true }),
        put('a', 2, { ifVersion: 1 }),
        { kind: 'delete', collection: 'things', id: 'a', ifVersion: 2 },
        put('a', 3, { ifAbsent: true }),
        append('log', 1, ['1']),
        append('log', 2, ['2']),
        { kind: 'drop-log', log: 'log' },
        append('log', 1, ['3']),
        { kind: 'count', counter: 'c', by: 2, limit: 3 },
        { kind: 'count', counter: 'c', by: 1, limit: 3 },
      ]),
    )
    expect(values).toEqual([1, 2, 0, 1, 1, 2, 0, 1, 2, 3])
    expect(await first.get(partition, 'things', 'a')).toEqual({ id: 'a', version: 1, v: 1, body: 3 })
    expect((await first.readLog(partition, 'log', 0, AMPLE)).entries).toEqual([{ n: 1, data: '3' }])
  })

  it('changes nothing when an applied operation id is repeated, by either connection, and answers the same', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const input = {
      partition,
      operationId: 'the same',
      operations: [
        append('log', 1, ['1', '2']),
        put('a', 1, { ifAbsent: true }),
        { kind: 'count', counter: 'c', by: 1.5 },
      ],
    } satisfies Parameters<typeof first.commit>[0]
    expect(await first.commit(input)).toEqual({ status: 'applied', values: [2, 1, 1.5], repeated: false })
    for (const store of [first, second]) {
      expect(await store.commit(input)).toEqual({ status: 'applied', values: [2, 1, 1.5], repeated: true })
    }
    expect((await second.readLog(partition, 'log', 0, AMPLE)).last).toBe(2)
    expect(await second.readCounter(partition, 'c')).toBe(1.5)
    expect(await first.commit({ ...input, partition: newPartition() })).toMatchObject({ repeated: false })
  })

  it('applies an operation id once when both connections send it many times at once', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const operations: Operation[] = [{ kind: 'count', counter: 'c', by: 1 }, put('a', 'x')]
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? first : second).commit({ partition, operationId: 'once', operations }),
      ),
    )
    expect(results.filter((result) => result.status === 'applied' && !result.repeated)).toHaveLength(1)
    expect(results.every((result) => result.status === 'applied' && result.values.join() === '1,1')).toBe(true)
    expect(await first.readCounter(partition, 'c')).toBe(1)
  })

  it('knows a fenced append again, whatever happened to the log and to the lease since', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const take = async () => {
      const lease = await first.acquireLease(partition, 'l', 'me', 60_000)
      if (!lease.acquired) throw new Error('The lease is not free.')
      return lease.token
    }
    const token = await take()
    const appending = (operationId: string, next: number, entries: string[], by = token) => ({
      partition,
      operationId,
      operations: [{ kind: 'fence', lease: 'l', token: by } as const, append('log', next, entries)],
    })
    const repeats = async (input: ReturnType<typeof appending>, last: number) => {
      for (const store of [first, second]) {
        expect(await store.commit(input)).toEqual({ status: 'applied', values: [0, last], repeated: true })
      }
    }
    const [one, two, three] = [
      appending('one', 1, ['1']),
      appending('two', 2, ['2', '3']),
      appending('three', 4, ['4', '5', '6']),
    ]
    await applied(first.commit(one))
    const results = await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 ? first : second).commit(two)))
    expect(results.filter((result) => result.status === 'applied' && !result.repeated)).toHaveLength(1)
    await repeats(two, 3)
    await applied(first.commit(three))
    await repeats(two, 3)
    await repeats(three, 6)
    // Another operation is not taken for one that was applied, though it has the same number and the same entries.
    for (const other of [appending('other', 2, ['2', '3']), appending('other', 5, ['5', '6'])]) {
      expect(await first.commit(other)).toEqual({ status: 'refused', operation: 1, reason: 'next', actual: 7 })
    }
    await first.releaseLease(partition, 'l', token)
    const next = await take()
    for (const [input, last] of [[one, 1] as const, [two, 3] as const, [three, 6] as const]) await repeats(input, last)
    expect(await first.commit(appending('late', 7, ['7']))).toMatchObject({ reason: 'fenced', operation: 0 })
    expect(await applied(first.commit(appending('late', 7, ['7'], next)))).toEqual([0, 7])
    const log = await readAll(second, partition, 'log')
    expect(log.map(({ data }) => data)).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    // Nor does a log that was dropped come back.
    const drop = () => applied(commit(first, partition, [{ kind: 'drop-log', log: 'log' }]))
    await drop()
    const [born, grown] = [appending('born', 1, ['1'], next), appending('grown', 2, ['2'], next)]
    for (const input of [born, grown]) await applied(first.commit(input))
    await drop()
    for (const input of [born, grown]) await second.commit(input)
    expect((await second.readLog(partition, 'log', 0, AMPLE)).last).toBe(0)
  })

  it('does not remember the operation id of a refused commit', async () => {
    const partition = newPartition()
    const { first } = current()
    const attempt = () =>
      first.commit({ partition, operationId: 'later', operations: [put('b', 1), put('a', 2, { ifVersion: 1 })] })
    expect(await attempt()).toMatchObject({ status: 'refused', operation: 1 })
    await applied(commit(first, partition, [put('a', 1)]))
    expect(await attempt()).toEqual({ status: 'applied', values: [1, 2], repeated: false })
  })

  it('keeps partitions apart', async () => {
    const [one, other] = [newPartition(), newPartition()]
    const { first } = current()
    await applied(commit(first, one, [put('a', 1), append('log', 1, ['1']), { kind: 'count', counter: 'c', by: 1 }]))
    expect(await first.get(other, 'things', 'a')).toBeNull()
    expect(await first.get(one, 'other things', 'a')).toBeNull()
    expect((await first.readLog(other, 'log', 0, AMPLE)).last).toBe(0)
    expect(await first.readCounter(other, 'c')).toBe(0)
  })

  it('takes a commit of nearly 1 MiB and rejects a larger one whole', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const body = 'x'.repeat(MAX_COMMIT_BYTES - 100)
    await applied(commit(first, partition, [put('large', body)]))
    expect((await second.get(partition, 'things', 'large'))?.body).toBe(body)

    const half = 'é'.repeat(MAX_COMMIT_BYTES / 4 + 10)
    const tooLarge = commit(first, partition, [put('half', half), append('log', 1, [JSON.stringify(half)])])
    await expect(tooLarge).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(await second.get(partition, 'things', 'half')).toBeNull()
  })

  it('keeps hundreds of operations of one commit together', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const operations = Array.from({ length: 400 }, (_, index) => put(`${index}`, index))
    await applied(commit(first, partition, operations))
    const ids = operations.map(({ id }) => id)
    expect((await second.getMany(partition, 'things', ids)).map((found) => found?.body)).toEqual(ids.map(Number))
    const operationId = randomId(8)
    const values = await applied(first.commit({ partition, operationId, operations }))
    expect(await applied(second.commit({ partition, operationId, operations }))).toEqual(values)
  })
}
