import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunChunk } from '@/lib/agent/events'
import { LeaseLost } from '@/lib/agent/ports'
import { runLog, runs } from '@/lib/runs/collection'
import { Lease } from '@/lib/runs/lease'
import { LogWriter, OPENING_WAIT } from '@/lib/runs/log-writer'
import { LogStore } from '@/lib/runs/testing/log-store'
import type { CommitInput, Store } from '@/lib/stores/contract'

let logs: LogStore
let lease: Lease
let runId: string
let writer: LogWriter
/** Types of the events that each append stored. */
let appends: string[][]
/** Appends wait for it. */
let gate: Promise<unknown>
let begun: () => void

beforeEach(async () => {
  logs = await LogStore.create()
  runId = await logs.run()
  appends = []
  gate = Promise.resolve()
  begun = () => {}
  const commit: Store['commit'] = async (input) => {
    begun()
    await gate
    const result = await logs.store.commit(input)
    if (result.status === 'applied') appends.push(typesOf(input))
    return result
  }
  const store = new Proxy(logs.store, {
    get: (target, name) => (name === 'commit' ? commit : Reflect.get(target, name)),
  })
  const { partition } = logs
  const acquired = await Lease.acquire({ store, partition, runId, holder: 'test', milliseconds: 60_000 })
  if (!acquired.lease) throw new Error('not acquired')
  lease = acquired.lease
  const tails = { stored() {}, wake() {} }
  writer = new LogWriter({ store, tails, lease, partition, runId, last: 0 })
  // From here on no time passes but what a test lets pass; the lease's timers are real.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await lease.release()
  await logs.close()
})

const typesOf = ({ operations }: CommitInput) =>
  operations.flatMap((operation) =>
    operation.kind === 'append' ? operation.entries.map((entry) => (JSON.parse(entry) as RunChunk).type) : [],
  )
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
/** As `expect.poll`, which would let the time pass that no test lets pass. */
const until = async (fact: () => boolean) => {
  while (!fact()) await turn()
}
const textStart: RunChunk = { type: 'text-start', id: 't' }
const word = (delta: string): RunChunk => ({ type: 'text-delta', id: 't', delta })
const open = () => {
  writer.push({ type: 'start', messageId: 'msg' })
  writer.push({ type: 'start-step' })
}
const OPENING = ['start', 'start-step']

describe('what only opens something', () => {
  it('shares one append with the first word that comes soon after', async () => {
    open()
    await turn()
    await turn()
    writer.push(textStart)
    await turn()
    writer.push(word('Soon'))
    await until(() => appends.length === 1)
    expect(appends).toEqual([[...OPENING, 'text-start', 'text-delta']])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is stored by itself when nothing follows in time, and what follows later by itself', async () => {
    open()
    await turn()
    vi.advanceTimersByTime(OPENING_WAIT - 1)
    await turn()
    expect(appends).toEqual([])
    vi.advanceTimersByTime(1)
    await until(() => appends.length === 1)
    expect(appends).toEqual([OPENING])
    writer.push(word('Late'))
    await until(() => appends.length === 2)
    expect(appends).toEqual([OPENING, ['text-delta']])
    const { entries } = await logs.store.readLog(logs.partition, runLog(runId), 0, { limit: 9, maxBytes: 9_999 })
    expect(entries.map(({ data }) => (JSON.parse(data) as RunChunk).type)).toEqual([...OPENING, 'text-delta'])
  })

  it('waits as well when it came while an append was in flight', async () => {
    const held = Promise.withResolvers<void>()
    const inFlight = Promise.withResolvers<void>()
    gate = held.promise
    begun = inFlight.resolve
    writer.push(word('First'))
    await inFlight.promise
    writer.push(textStart)
    held.resolve()
    await until(() => appends.length === 1)
    expect(appends).toEqual([['text-delta']])
    await turn()
    writer.push(word('Second'))
    await until(() => appends.length === 2)
    expect(appends).toEqual([['text-delta'], ['text-start', 'text-delta']])
  })

  it.each([
    ['before', false],
    ['while', true],
  ])('is not waited with for whoever flushes, asked %s it is held back', async (_, isHeld) => {
    open()
    if (isHeld) await turn()
    await writer.flush()
    expect(appends).toEqual([OPENING])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not waited with for whoever flushes while another append is in flight', async () => {
    const held = Promise.withResolvers<void>()
    const inFlight = Promise.withResolvers<void>()
    gate = held.promise
    begun = inFlight.resolve
    writer.push(word('First'))
    await inFlight.promise
    writer.push(textStart)
    const flushed = writer.flush()
    held.resolve()
    await flushed
    expect(appends).toEqual([['text-delta'], ['text-start']])
    writer.push(textStart)
    await turn()
    expect(appends).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(1)
    await writer.flush()
  })

  it('is stored at once together with operations', async () => {
    const stored = await runs.get(logs.store, logs.partition, runId)
    if (!stored) throw new Error('no run')
    writer.push({ type: 'start-step' }, [runs.put(runId, stored.body)])
    await until(() => appends.length === 1)
    expect(appends).toEqual([['start-step']])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps no timer and stores nothing when the lease is lost meanwhile', async () => {
    open()
    await turn()
    expect(vi.getTimerCount()).toBe(1)
    lease.lose('Another process took the run over.')
    await until(() => vi.getTimerCount() === 0)
    await expect(writer.flush()).rejects.toThrow(LeaseLost)
    expect(appends).toEqual([])
  })
})
