import { afterEach, beforeEach, expect, it } from 'vitest'
import { runLog } from '@/lib/runs/collection'
import { Tails } from '@/lib/runs/tail'
import { delta, finish, LogStore } from '@/lib/runs/testing/log-store'

let logs: LogStore
let tails: Tails
let runId: string
beforeEach(async () => {
  logs = await LogStore.create()
  tails = new Tails(logs.store)
  runId = await logs.run()
})
afterEach(() => logs.close())

/** A writer of this process, without a wake-up for anybody. */
function write() {
  const writer = { last: 0 }
  const stop = tails.writing(logs.partition, runId, writer)
  const append = async (...entries: string[]) => {
    const first = writer.last + 1
    await logs.commit([{ kind: 'append', log: runLog(runId), v: 1, expectedNext: first, entries }])
    writer.last += entries.length
    tails.stored(logs.partition, runId, first, entries)
  }
  return { append, stop }
}

/** Somebody elsewhere appends. Heard of by who is subscribed. */
const others = (first: number, ...entries: string[]) => logs.append(runId, first, entries)

function watch() {
  const watching = tails.watch({ partition: logs.partition, runId, after: 0, signal: new AbortController().signal })
  return async () => (await watching.next()).value?.map(({ data }: { data: string }) => data)
}

it('is told of a log by its own writer: no subscription, and no read before there is anything', async () => {
  const writer = write()
  const next = watch()
  const first = next()
  await writer.append(delta('1'))
  expect(await first).toEqual([delta('1')])
  const second = next()
  await writer.append(delta('2'), delta('3'))
  expect(await second).toEqual([delta('2'), delta('3')])
  expect(logs.subscriptions).toBe(0)
  // For the log's id.
  expect(logs.reads).toBeLessThanOrEqual(1)
})

it('reads what its writer had stored before anybody watched', async () => {
  const writer = write()
  await writer.append(delta('1'), delta('2'))
  expect(await watch()()).toEqual([delta('1'), delta('2')])
})

it('hears of others once nobody here writes', async () => {
  const [one, two] = [write(), write()]
  const next = watch()
  const first = next()
  await one.append(delta('1'))
  await first
  one.stop()
  one.stop()
  expect(logs.subscriptions).toBe(0)
  two.stop()
  await expect.poll(() => logs.subscriptions).toBe(1)
  const second = next()
  await others(2, delta('2'))
  expect(await second).toEqual([delta('2')])
})

it('has what others stored before it heard of them', async () => {
  const writer = write()
  const next = watch()
  const first = next()
  await writer.append(delta('1'))
  await first
  const second = next()
  await others(2, delta('2'))
  writer.stop()
  expect(await second).toEqual([delta('2')])
})

it('has what was stored while it was subscribing', async () => {
  const writer = write()
  const next = watch()
  const first = next()
  await writer.append(delta('1'))
  await first
  const subscribed = Promise.withResolvers<void>()
  logs.acknowledged = subscribed.promise
  const second = next()
  const reads = logs.reads
  writer.stop()
  await expect.poll(() => logs.reads).toBeGreaterThan(reads)
  await others(2, delta('2'))
  subscribed.resolve()
  expect(await second).toEqual([delta('2')])
})

it('subscribes to nothing when the log is over', async () => {
  const writer = write()
  const next = watch()
  const first = next()
  await writer.append(delta('1'))
  await first
  await others(2, finish)
  writer.stop()
  expect(await next()).toEqual([finish])
  expect(await next()).toBeUndefined()
  expect(logs.subscribed).toBe(0)
  expect(tails.size).toBe(0)
})

it('asks again while the store is away, and keeps its watchers', async () => {
  const writer = write()
  const next = watch()
  const first = next()
  await writer.append(delta('1'))
  await first
  // Its id was read.
  await expect.poll(() => logs.reads).toBe(1)
  await new Promise((resolve) => setTimeout(resolve))
  logs.away = true
  const second = next()
  const reads = logs.reads
  writer.stop()
  await expect.poll(() => logs.reads).toBeGreaterThan(reads + 1)
  await others(2, delta('2'))
  logs.away = false
  expect(await second).toEqual([delta('2')])
  await expect.poll(() => logs.subscriptions).toBe(1)
})

it('fails its watchers when others cannot be heard of', async () => {
  const writer = write()
  const next = watch()
  const first = next()
  await writer.append(delta('1'))
  await first
  logs.acknowledged = Promise.reject(new Error('no subscription'))
  const second = next()
  writer.stop()
  await expect(second).rejects.toThrow('no subscription')
})
