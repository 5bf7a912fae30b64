import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import {
  AMPLE,
  append,
  applied,
  type CurrentPair,
  commit,
  newPartition,
  readAll,
} from '@/lib/stores/contract-suite/pair'

export function logBehaviour(current: CurrentPair) {
  it('resumes from every cursor: log[..k] and what comes after k are the log', async () => {
    const { first, second } = current()
    const batches = fc.array(fc.array(fc.json(), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })
    const bounds = fc.record({ limit: fc.integer({ min: 1, max: 7 }), maxBytes: fc.integer({ min: 1, max: 400 }) })
    await fc.assert(
      fc.asyncProperty(batches, bounds, async (written, readBounds) => {
        const partition = newPartition()
        let next = 1
        for (const entries of written) {
          next += entries.length
          expect(await applied(commit(first, partition, [append('log', next - entries.length, entries)]))).toEqual([
            next - 1,
          ])
        }
        const log = written.flat().map((data, index) => ({ n: index + 1, data }))
        for (let cursor = 0; cursor <= log.length; cursor += 1) {
          const resumed = await readAll(second, partition, 'log', cursor, readBounds)
          expect([...log.slice(0, cursor), ...resumed]).toEqual(log)
        }
      }),
      { numRuns: 12 },
    )
  })

  it('gives every reader the whole log once while both connections append to it', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const total = 60
    const writer = async (name: string) => {
      for (let next = 1; next <= total; ) {
        const store = name === 'first' ? first : second
        const result = await commit(store, partition, [append('log', next, [JSON.stringify(`${name} ${next}`)])])
        next = result.status === 'applied' ? next + 1 : result.actual
      }
    }
    const reader = async (after: number) => {
      const seen: string[] = []
      for (let cursor = after; cursor < total; ) {
        const { entries } = await second.readLog(partition, 'log', cursor, { limit: 7, maxBytes: 120 })
        for (const { n, data } of entries) {
          cursor += 1
          expect(n).toBe(cursor)
          seen.push(data)
        }
      }
      return seen
    }
    const [, , all, late] = await Promise.all([writer('first'), writer('second'), reader(0), reader(20)])
    expect(all).toHaveLength(total)
    expect(all?.slice(20)).toEqual(late)
    expect((await readAll(first, partition, 'log')).map(({ data }) => data)).toEqual(all)
  })

  it('bounds a read by entries and by bytes, but gives at least one', async () => {
    const partition = newPartition()
    const { first } = current()
    const large = JSON.stringify('x'.repeat(600_000))
    await applied(commit(first, partition, [append('log', 1, ['1', '22', '333', large])]))
    const read = async (after: number, limit: number, maxBytes: number) => {
      const { entries, last } = await first.readLog(partition, 'log', after, { limit, maxBytes })
      expect(last).toBe(4)
      return entries.map(({ n }) => n)
    }
    expect(await read(0, 2, 1000)).toEqual([1, 2])
    expect(await read(0, 10, 1000)).toEqual([1, 2, 3])
    expect(await read(0, 10, 1)).toEqual([1])
    expect(await read(3, 10, 1)).toEqual([4])
    expect(await read(4, 10, 1000)).toEqual([])
    expect(await read(99, 10, 1000)).toEqual([])
    expect((await first.readLog(partition, 'log', 3, AMPLE)).entries[0]?.data).toBe(large)
  })

  it('gives every text back as it was stored, whatever it holds and however large its neighbours are', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const texts = ['', 'OK', '=', 'one\ntwo', '\n', '\r\n', '"\\n"', 'é漢🙂', 'y'.repeat(40_000), 'null', ' ']
    await applied(commit(first, partition, [append('log', 1, texts), append('plain', 1, ['', '', 'OK', ''])]))
    const dataOf = (entries: { data: string }[]) => entries.map(({ data }) => data)
    for (const bounds of [AMPLE, { limit: 4, maxBytes: 100_000 }, { limit: 100, maxBytes: 12 }]) {
      const seen: string[] = []
      while (seen.length < texts.length) {
        const { entries } = await second.readLog(partition, 'log', seen.length, bounds)
        expect(entries.map(({ n }) => n)).toEqual(entries.map((_, index) => seen.length + index + 1))
        seen.push(...dataOf(entries))
      }
      expect(seen).toEqual(texts)
    }
    expect(dataOf((await second.readLog(partition, 'plain', 0, AMPLE)).entries)).toEqual(['', '', 'OK', ''])
  })

  it('refuses an append that does not meet the next number, and says which is due', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const refused = (actual: number) => ({ status: 'refused', operation: 0, reason: 'next', actual })
    expect(await commit(first, partition, [append('log', 2, ['1'])])).toEqual(refused(1))
    await applied(commit(first, partition, [append('log', 1, ['1', '2'])]))
    expect(await commit(second, partition, [append('log', 2, ['2'])])).toEqual(refused(3))
    expect(await commit(second, partition, [append('log', 4, ['2'])])).toEqual(refused(3))
    expect(await applied(commit(second, partition, [append('log', 3, [])]))).toEqual([2])
  })

  it('keeps one log id until the log is dropped or expires, and the newest schema version', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const empty = { entries: [], last: 0, v: 0, logId: '', tellsLoss: expect.any(Boolean) }
    expect(await first.readLog(partition, 'log', 0, AMPLE)).toEqual(empty)
    await applied(commit(first, partition, [append('log', 1, ['1'], 3)]))
    const born = await second.readLog(partition, 'log', 0, AMPLE)
    expect(born).toMatchObject({ last: 1, v: 3 })
    expect(born.logId).not.toBe('')
    await applied(commit(second, partition, [append('log', 2, ['2'], 4)]))
    expect(await first.readLog(partition, 'log', 1, AMPLE)).toMatchObject({ last: 2, v: 4, logId: born.logId })
    await applied(commit(first, partition, [{ kind: 'drop-log', log: 'log' }]))
    expect(await second.readLog(partition, 'log', 0, AMPLE)).toEqual(empty)
    await applied(commit(first, partition, [append('log', 1, ['"new"'])]))
    await first.sweep(1000)
    const reborn = await second.readLog(partition, 'log', 0, AMPLE)
    expect(reborn.entries).toEqual([{ n: 1, data: '"new"' }])
    expect(reborn.logId).not.toBe(born.logId)
  })

  it('hides an expired log at once, and its sweep takes no log that has not expired', async () => {
    const partition = newPartition()
    const { first, second } = current()
    const logs = ['short', 'renewed', 'appended', 'endless']
    await applied(
      commit(
        first,
        partition,
        logs.map((log) => append(log, 1, ['1', '2'])),
      ),
    )
    await applied(
      commit(first, partition, [
        { kind: 'expire-log', log: 'short', expiresIn: 40 },
        { kind: 'expire-log', log: 'renewed', expiresIn: 40 },
        { kind: 'expire-log', log: 'renewed', expiresIn: 60_000 },
        { kind: 'expire-log', log: 'appended', expiresIn: 40 },
        append('appended', 3, ['3']),
        { kind: 'expire-log', log: 'not there', expiresIn: 40 },
      ]),
    )
    const lasts = async () =>
      (await Promise.all(logs.map((log) => second.readLog(partition, log, 0, AMPLE)))).map(({ last }) => last)
    await vi.waitFor(async () => expect(await lasts()).toEqual([0, 2, 0, 2]))
    // An expired log begins anew, and the sweep must not take the new one for the old.
    await applied(commit(second, partition, [append('short', 1, ['"anew"'])]))
    while ((await first.sweep(1)) > 0);
    expect(await lasts()).toEqual([1, 2, 0, 2])
    expect(await readAll(first, partition, 'short')).toEqual([{ n: 1, data: '"anew"' }])
    expect(await readAll(first, partition, 'endless')).toHaveLength(2)
  })

  it('does not confuse logs whose names begin alike', async () => {
    const partition = newPartition()
    const { first } = current()
    await applied(commit(first, partition, [append('run', 1, ['"run"']), append('run-2', 1, ['"run-2"'])]))
    await applied(commit(first, partition, [{ kind: 'drop-log', log: 'run' }]))
    expect(await readAll(first, partition, 'run-2')).toEqual([{ n: 1, data: '"run-2"' }])
  })
}
