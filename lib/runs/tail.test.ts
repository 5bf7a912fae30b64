import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { logTopic, runLog, runs } from '@/lib/runs/collection'
import { Tails } from '@/lib/runs/tail'
import { delta, finish, LogStore } from '@/lib/runs/testing/log-store'

let logs: LogStore
let tails: Tails
beforeEach(async () => {
  logs = await LogStore.create()
  tails = new Tails(logs.store)
})
afterEach(() => logs.close())

const never = new AbortController().signal

type Head = Awaited<ReturnType<LogStore['head']>>

async function collect(runId: string, after = 0, signal = never, head?: Head): Promise<{ n: number; data: string }[]> {
  const all: { n: number; data: string }[] = []
  for await (const entries of tails.watch({ partition: logs.partition, runId, after, signal, head }))
    all.push(...entries)
  return all
}

/** A watcher that is asked for one batch at a time. */
const slowly = (runId: string, after = 0, signal = never) =>
  tails.watch({ partition: logs.partition, runId, after, signal })

/** Writes `count` events and the last, in appends of uneven size. */
async function write(runId: string, count: number, pad = '') {
  const all = [...Array.from({ length: count - 1 }, (_, index) => delta(`${index + 1}${pad}`)), finish]
  for (let at = 0, size = 1; at < all.length; at += size, size = (size * 3 + 1) % 17 || 1) {
    await logs.append(runId, at + 1, all.slice(at, at + size))
  }
  return all
}

describe('watching a log', () => {
  it('gives log[..k] + resume(after k) = log for every k while the log is being written', async () => {
    const runId = await logs.run()
    const count = 60
    const watchers = Array.from({ length: count }, (_, k) => collect(runId, k))
    const all = await write(runId, count)
    for (const [k, watcher] of watchers.entries()) {
      const rest = await watcher
      expect(rest.map(({ n }) => n)).toEqual(Array.from({ length: count - k }, (_, index) => k + index + 1))
      expect([...all.slice(0, k), ...rest.map(({ data }) => data)]).toEqual(all)
    }
    expect(tails.size).toBe(0)
    expect(logs.subscriptions).toBe(0)
  })

  it('shows what its own process stored without another read, and reads what is missing in between', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('1')])
    const watcher = slowly(runId)
    await watcher.next()
    const texts = async () => (await watcher.next()).value?.map(({ data }: { data: string }) => data)
    /** As a writer of this process does it: without a signal. */
    const store = (n: number, entries: string[]) =>
      logs.commit([{ kind: 'append', log: runLog(runId), v: 1, expectedNext: n, entries }])
    const before = logs.reads
    for (const n of [2, 4, 6]) {
      const entries = [delta(`${n}`), delta(`${n + 1}`)]
      await store(n, entries)
      tails.stored(logs.partition, runId, n, entries)
      expect(await texts()).toEqual(entries)
    }
    expect(logs.reads).toBe(before)
    // Told twice, and told of more than is new.
    tails.stored(logs.partition, runId, 6, [delta('6'), delta('7')])
    await store(8, [delta('8')])
    tails.stored(logs.partition, runId, 7, [delta('7'), delta('8')])
    expect(await texts()).toEqual([delta('8')])
    expect(logs.reads).toBe(before)
    // Something that this process was not told of lies before it.
    await store(9, [delta('9')])
    await store(10, [finish])
    tails.stored(logs.partition, runId, 10, [finish])
    expect(await texts()).toEqual([delta('9'), finish])
    expect(logs.reads).toBeGreaterThan(before)
    expect((await watcher.next()).done).toBe(true)
  })

  it('gives every event once and in order, told and signalled at the same time', async () => {
    const runId = await logs.run()
    const watchers = Array.from({ length: 40 }, (_, k) => collect(runId, k))
    const all = [...Array.from({ length: 119 }, (_, index) => delta(`${index + 1}`)), finish]
    for (let at = 0; at < all.length; at += 3) {
      const entries = all.slice(at, at + 3)
      const appended = logs.append(runId, at + 1, entries)
      if (at % 2 === 0) tails.wake(logs.partition, runId)
      await appended
      if (at % 4 < 3) tails.stored(logs.partition, runId, at + 1, entries)
    }
    for (const [k, watcher] of watchers.entries()) {
      expect((await watcher).map(({ n, data }) => [n, data])).toEqual(
        all.slice(k).map((data, index) => [k + index + 1, data]),
      )
    }
  })

  it('shows what the log held, and what its own process stores, before its subscription stands', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('1'), delta('2'), delta('3')])
    const head = await logs.head(runId)
    const { promise, resolve } = Promise.withResolvers<void>()
    logs.acknowledged = promise
    const watcher = tails.watch({ partition: logs.partition, runId, after: 1, signal: never, head })
    const numbers = async () => (await watcher.next()).value?.map(({ n }: { n: number }) => n)
    expect(await numbers()).toEqual([2, 3])
    const entries = [delta('4')]
    await logs.commit([{ kind: 'append', log: runLog(runId), v: 1, expectedNext: 4, entries }])
    tails.stored(logs.partition, runId, 4, entries)
    expect(await numbers()).toEqual([4])
    // Nobody tells of this one: it is found when the subscription stands.
    await logs.commit([{ kind: 'append', log: runLog(runId), v: 1, expectedNext: 5, entries: [finish] }])
    const last = numbers()
    resolve()
    expect(await last).toEqual([5])
    expect((await watcher.next()).done).toBe(true)
    expect(tails.size).toBe(0)
    await expect.poll(() => logs.subscriptions).toBe(0)
  })

  it('shows the beginning of a log that its own process stores while it is read, but not to who must know its id first', async () => {
    const runId = await logs.run()
    const { promise, resolve } = Promise.withResolvers<void>()
    logs.answered = promise
    const ids: string[] = []
    const place = { partition: logs.partition, runId, after: 0, signal: never }
    const watcher = tails.watch(place)
    const session = tails.watch({ ...place, onLog: (id) => void ids.push(id) })
    const numbers = async (of: typeof watcher) => (await of.next()).value?.map(({ n }: { n: number }) => n)
    const first = numbers(watcher)
    const told = numbers(session)
    // What the tail reads now is that there is no log yet, and it learns so when there is one.
    await expect.poll(() => logs.reads).toBe(1)
    const store = async (n: number, entries: string[]) => {
      await logs.commit([{ kind: 'append', log: runLog(runId), v: 1, expectedNext: n, entries }])
      tails.stored(logs.partition, runId, n, entries)
    }
    await store(1, [delta('1'), delta('2')])
    expect(await first).toEqual([1, 2])
    expect(ids).toEqual([])
    await store(3, [delta('3')])
    const more = numbers(watcher)
    resolve()
    expect([...(await told), ...(await numbers(session))]).toEqual([1, 2, 3])
    expect(await more).toEqual([3])
    expect(ids).toEqual([(await logs.head(runId)).logId])
    await store(4, [finish])
    for (const each of [watcher, session]) {
      expect(await numbers(each)).toEqual([4])
      expect((await each.next()).done).toBe(true)
    }
  })

  it('tells a log’s id before its first entries also to who watched it while it was empty', async () => {
    const runId = await logs.run()
    const ids: string[] = []
    const watcher = tails.watch({
      partition: logs.partition,
      runId,
      after: 0,
      signal: never,
      onLog: (id) => void ids.push(id),
    })
    const first = watcher.next()
    await expect.poll(() => logs.reads).toBe(1)
    const { promise, resolve } = Promise.withResolvers<void>()
    logs.answered = promise
    const entries = [delta('1'), finish]
    await logs.commit([{ kind: 'append', log: runLog(runId), v: 1, expectedNext: 1, entries }])
    tails.stored(logs.partition, runId, 1, entries)
    await expect.poll(() => logs.reads).toBe(2)
    expect(ids).toEqual([])
    resolve()
    expect((await first).value).toHaveLength(2)
    expect(ids).toEqual([(await logs.head(runId)).logId])
    expect((await watcher.next()).done).toBe(true)
  })

  it.each([
    ['is gone', []],
    ['began anew', [delta('another beginning'), delta('2'), finish]],
    ['is shorter', [delta('1')]],
  ])('does not go on with a log whose beginning it showed and which %s when it is read', async (_, now) => {
    const runId = await logs.run()
    const { promise, resolve } = Promise.withResolvers<void>()
    const watcher = slowly(runId)
    const first = watcher.next()
    await expect.poll(() => logs.reads).toBe(1)
    logs.asked = promise
    // Stored and lost again, before anybody could read it.
    tails.stored(logs.partition, runId, 1, [delta('1'), delta('2')])
    expect((await first).value).toHaveLength(2)
    if (now.length > 0) {
      await logs.commit([{ kind: 'append', log: runLog(runId), v: 1, expectedNext: 1, entries: now }])
    }
    resolve()
    await expect(watcher.next()).rejects.toMatchObject({ code: 'gone' })
  })

  it('gives every event once and in order to those who come at any time with the log’s end in hand', async () => {
    const runId = await logs.run()
    const all = [...Array.from({ length: 89 }, (_, index) => delta(`${index + 1}`)), finish]
    const watchers: { after: number; seen: Promise<{ n: number; data: string }[]> }[] = []
    for (let at = 0; at < all.length; at += 3) {
      const head = await logs.head(runId)
      const entries = all.slice(at, at + 3)
      const appended = logs.append(runId, at + 1, entries)
      for (const after of new Set([0, Math.floor(at / 2), at])) {
        watchers.push({ after, seen: collect(runId, after, never, head) })
      }
      await appended
      if (at % 2 === 0) tails.stored(logs.partition, runId, at + 1, entries)
    }
    for (const { after, seen } of watchers) {
      expect((await seen).map(({ n, data }) => [n, data])).toEqual(
        all.slice(after).map((data, index) => [after + index + 1, data]),
      )
    }
    expect(tails.size).toBe(0)
    expect(logs.subscriptions).toBe(0)
  })

  it('costs one read per wake-up, however many watch', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('first')])
    const watchers = Array.from({ length: 200 }, () => slowly(runId))
    await Promise.all(watchers.map((watcher) => watcher.next()))
    const before = logs.reads
    for (let n = 2; n <= 11; n += 1) {
      const next = watchers.map((watcher) => watcher.next())
      await logs.append(runId, n, [delta(`${n}`)])
      await Promise.all(next)
    }
    expect(logs.reads - before).toBeLessThanOrEqual(20)
    await Promise.all(watchers.map((watcher) => watcher.return(undefined)))
    expect(logs.subscriptions).toBe(0)
  })

  it('wakes a crowd at intervals, and each of it sees every event once', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('first')])
    const batches: number[] = []
    const watchers = Array.from({ length: 150 }, async () => {
      const seen: number[] = []
      let count = 0
      for await (const entries of tails.watch({ partition: logs.partition, runId, after: 0, signal: never })) {
        count += 1
        seen.push(...entries.map(({ n }) => n))
      }
      batches.push(count)
      return seen
    })
    for (let n = 2; n <= 40; n += 1) await logs.append(runId, n, [n < 40 ? delta(`${n}`) : finish])
    const every = Array.from({ length: 40 }, (_, index) => index + 1)
    for (const watcher of watchers) expect(await watcher).toEqual(every)
    expect(Math.max(...batches)).toBeLessThan(20)
  })

  it('loses nothing for a slow watcher, delays nobody for it, and reads behind the window from the store', async () => {
    const runId = await logs.run()
    const slow = slowly(runId)
    const first = slow.next()
    await logs.append(runId, 1, [delta('0')])
    const got = (await first).value ?? []
    const quick = collect(runId)
    // Three times what the process keeps in memory.
    const pad = 'x'.repeat(3_000)
    for (let n = 2; n <= 1_001; n += 50) {
      await logs.append(
        runId,
        n,
        Array.from({ length: 50 }, (_, index) => delta(`${n + index}${pad}`)),
      )
    }
    await logs.append(runId, 1_002, [finish])
    expect(await quick).toHaveLength(1_002)
    for await (const entries of slow) got.push(...entries)
    expect(got.map((entry: { n: number }) => entry.n)).toEqual(Array.from({ length: 1_002 }, (_, index) => index + 1))
  })

  it('ends with the terminal event only: a finished step is not the end', async () => {
    const runId = await logs.run()
    const all = collect(runId)
    await logs.append(runId, 1, ['{"type":"finish-step"}'])
    await logs.append(runId, 2, ['{"type":"abort"}'])
    expect(await all).toHaveLength(2)
  })

  it('does not let a cursor beyond the end keep others waiting', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('a'), delta('b')])
    const aborted = new AbortController()
    const beyond = collect(runId, 1_000_000, aborted.signal)
    const other = slowly(runId)
    expect((await other.next()).value).toHaveLength(2)
    const third = other.next()
    await logs.append(runId, 3, [finish])
    expect((await third).value).toMatchObject([{ n: 3 }])
    aborted.abort()
    expect(await beyond).toEqual([])
  })
})

describe('the end of a watch', () => {
  it('frees the tail and its subscription when the watcher goes, also one that never got an event', async () => {
    const runId = await logs.run()
    const controllers = [new AbortController(), new AbortController()]
    const watches = controllers.map(({ signal }) => collect(runId, 0, signal))
    await expect.poll(() => logs.subscriptions).toBe(1)
    controllers[0]?.abort()
    await watches[0]
    expect(logs.subscriptions).toBe(1)
    controllers[1]?.abort()
    await watches[1]
    expect(logs.subscriptions).toBe(0)
    expect(tails.size).toBe(0)
  })

  it('comes for all when the store fails, and the next watcher begins anew', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('a')])
    const stalled = slowly(runId)
    await stalled.next()
    const waiting = collect(runId)
    logs.away = true
    await logs.append(runId, 2, [delta('b')])
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    logs.away = false
    // The stalled watcher still holds the tail that failed.
    const fresh = collect(runId)
    await logs.append(runId, 3, [finish])
    expect(await fresh).toHaveLength(3)
    await expect(stalled.next()).rejects.toMatchObject({ code: 'unavailable' })
    expect(logs.subscriptions).toBe(0)
  })

  it('leaves no subscription behind when the very first read fails', async () => {
    const runId = await logs.run()
    logs.away = true
    await expect(collect(runId)).rejects.toMatchObject({ code: 'unavailable' })
    expect(tails.size).toBe(0)
    expect(logs.subscriptions).toBe(0)
  })

  it('comes as "gone" when the log is removed, for who waits and for who is behind', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('a')])
    const behind = slowly(runId)
    await behind.next()
    const waiting = collect(runId)
    const drop = [runs.delete(runId), { kind: 'drop-log', log: runLog(runId) } as const]
    await logs.commit(drop, [logTopic(runId)])
    await expect(waiting).rejects.toMatchObject({ code: 'gone' })
    await expect(behind.next()).rejects.toMatchObject({ code: 'gone' })
  })

  it('comes as "gone" when the log began anew after its end was read', async () => {
    const runId = await logs.run()
    await logs.append(runId, 1, [delta('a'), delta('b')])
    const head = await logs.head(runId)
    await logs.commit([{ kind: 'drop-log', log: runLog(runId) }])
    await logs.append(runId, 1, [delta('x'), delta('y'), delta('z')])
    for (const after of [0, 2]) {
      const watching = tails.watch({ partition: logs.partition, runId, after, signal: never, head })
      await expect(watching.next()).rejects.toMatchObject({ code: 'gone' })
    }
    await expect.poll(() => logs.subscriptions).toBe(0)
  })

  it('comes as "gone" for who waits for a queued run that is deleted', async () => {
    const runId = await logs.run({ status: 'queued', waitsFor: 'turn', position: 1 })
    const waiting = collect(runId)
    await expect.poll(() => logs.subscriptions).toBe(1)
    await logs.commit([runs.delete(runId)], [logTopic(runId)])
    await expect(waiting).rejects.toMatchObject({ code: 'gone' })
  })

  it('gathers nothing per event on a watcher’s signal', async () => {
    const runId = await logs.run()
    const { signal } = new AbortController()
    const watcher = slowly(runId, 0, signal)
    let n = 0
    const turn = async (times: number) => {
      for (let index = 0; index < times; index += 1) {
        const next = watcher.next()
        n += 1
        await logs.append(runId, n, [`{"type":"x"}`])
        await next
      }
      globalThis.gc?.()
      return process.memoryUsage().heapUsed
    }
    await turn(500)
    const { default: v8 } = await import('node:v8')
    v8.setFlagsFromString('--expose-gc')
    const { runInNewContext } = await import('node:vm')
    globalThis.gc = runInNewContext('gc')
    const before = await turn(10)
    const after = await turn(4_000)
    // The window itself holds every event: about a hundred bytes each.
    expect((after - before) / 4_000).toBeLessThan(300)
    await watcher.return(undefined)
  })
})
