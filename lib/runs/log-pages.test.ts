import { afterEach, beforeEach, expect, it } from 'vitest'
import { runLog } from '@/lib/runs/collection'
import { LogPages } from '@/lib/runs/log-pages'
import { Tails } from '@/lib/runs/tail'
import { delta, finish, LogStore } from '@/lib/runs/testing/log-store'
import type { Store } from '@/lib/stores/contract'

let logs: LogStore
beforeEach(async () => {
  logs = await LogStore.create()
})
afterEach(() => logs.close())

const never = new AbortController().signal
const COUNT = 5_000

/** A log of several pages. */
async function longLog(runId: string, ends = true): Promise<void> {
  for (let n = 1; n <= COUNT; n += 500) {
    const entries = Array.from({ length: 500 }, (_, index) =>
      ends && n + index === COUNT ? finish : delta(`${n + index}`),
    )
    await logs.append(runId, n, entries)
  }
}

async function numbers(tails: Tails, runId: string, after = 0): Promise<number[]> {
  const seen: number[] = []
  for await (const entries of tails.watch({ partition: logs.partition, runId, after, signal: never }))
    seen.push(...entries.map(({ n }) => n))
  return seen
}

const every = Array.from({ length: COUNT }, (_, index) => index + 1)

it('a hundred who catch up at once cost as many reads as one, and one who comes later reads the end only', async () => {
  const runId = await logs.run()
  await longLog(runId)
  const tails = new Tails(logs.store)
  const before = logs.reads
  for (const seen of await Promise.all(Array.from({ length: 100 }, () => numbers(tails, runId)))) {
    expect(seen).toEqual(every)
  }
  const together = logs.reads - before
  expect(together).toBeLessThanOrEqual(COUNT / 1_000 + 3)
  expect(await numbers(tails, runId)).toEqual(every)
  expect(logs.reads - before - together).toBeLessThanOrEqual(3)
})

it('what is kept stays within its bound, and is right from every cursor', async () => {
  const runId = await logs.run()
  await longLog(runId)
  const tails = new Tails(logs.store, new LogPages(logs.store, 300_000))
  for (const after of [0, 1, 999, 1_000, 1_001, 4_998, 0, 1]) {
    expect(await numbers(tails, runId, after)).toEqual(every.slice(after))
  }
})

it('the end of a growing log is kept too: who comes later reads what was stored since', async () => {
  const runId = await logs.run()
  const append = (from: number, count: number) =>
    logs.append(
      runId,
      from,
      Array.from({ length: count }, (_, index) => delta(`${from + index}`)),
    )
  await append(1, 300)
  const pages = new LogPages(logs.store)
  const { logId } = await logs.head(runId)
  const place = { partition: logs.partition, runId, logId }
  const first = await pages.read(place, 0)
  expect(first).toHaveLength(300)
  await append(301, 50)
  const before = logs.reads
  expect(await pages.read(place, 0)).toBe(first)
  expect(logs.reads).toBe(before)
  expect((await pages.read(place, 300)).map(({ n }) => n)).toEqual(
    Array.from({ length: 50 }, (_, index) => 301 + index),
  )
  // A few more are no page of their own.
  await append(351, 1)
  expect(await pages.read(place, 300)).toHaveLength(51)
})

it('the end of a log is read again where nothing tells that a store lost its newest entries', async () => {
  const runId = await logs.run()
  const entries = Array.from({ length: 300 }, (_, index) => delta(`${index + 1}`))
  await logs.append(runId, 1, entries)
  const readLog: Store['readLog'] = async (...given) => ({ ...(await logs.store.readLog(...given)), tellsLoss: false })
  const pages = new LogPages({ ...logs.store, readLog })
  const { logId } = await logs.head(runId)
  const place = { partition: logs.partition, runId, logId }
  expect(await pages.read(place, 0)).toHaveLength(300)
  await logs.append(runId, 301, [delta('301')])
  expect(await pages.read(place, 0)).toHaveLength(301)
})

it('a page that is not full yet is read again, and one of another log is not shown', async () => {
  const runId = await logs.run()
  await logs.append(runId, 1, [delta('1'), delta('2')])
  const pages = new LogPages(logs.store)
  const { logId } = await logs.store.readLog(logs.partition, runLog(runId), 0, { limit: 1, maxBytes: 1 })
  const place = { partition: logs.partition, runId, logId }
  expect(await pages.read(place, 0)).toHaveLength(2)
  await logs.append(runId, 3, [delta('3')])
  expect(await pages.read(place, 0)).toHaveLength(3)
  await expect(pages.read({ ...place, logId: 'another' }, 0)).rejects.toMatchObject({ code: 'gone' })
})

it('a store that is away is told to whoever asks, and asked again next time', async () => {
  const runId = await logs.run()
  await longLog(runId, false)
  const pages = new LogPages(logs.store)
  const { logId } = await logs.store.readLog(logs.partition, runLog(runId), 0, { limit: 1, maxBytes: 1 })
  const place = { partition: logs.partition, runId, logId }
  logs.away = true
  pages.prepare(place, 0)
  await expect(pages.read(place, 0)).rejects.toMatchObject({ code: 'unavailable' })
  logs.away = false
  expect(await pages.read(place, 0)).toHaveLength(1_000)
  const before = logs.reads
  expect(await pages.read(place, 0)).toHaveLength(1_000)
  expect(logs.reads).toBe(before)
})
