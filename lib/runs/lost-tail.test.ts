import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunChunk } from '@/lib/agent/events'
import { randomId } from '@/lib/ids'
import { logTopic, runLog } from '@/lib/runs/collection'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { type Instance, World } from '@/lib/runs/testing/world'
import { type SessionCursor, type SessionEvent, watchSession } from '@/lib/sessions/watch'
import type { RedisServer } from '@/lib/stores/redis/redis-server'

let world: World
let one: Instance
let admin: Redis
let ids: { runId: string; sessionId: string }

beforeAll(async () => {
  world = await World.create({}, 'redis')
  one = await world.process()
  // The log is written by this test alone.
  asleep(one.supervisor)
  const { url } = world.redis as RedisServer
  admin = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, disableClientInfo: true })
  admin.on('error', () => {})
  ids = await startRun(one.as(world.ada), { message: 'What is wrong?' })
})
afterAll(async () => {
  admin.disconnect()
  await world.close()
})

async function append(expectedNext: number, text: string) {
  const chunks = [...text].map((delta): RunChunk => ({ type: 'text-delta', id: 't', delta }))
  if (expectedNext === 1) chunks.unshift({ type: 'text-start', id: 't' })
  const entries = chunks.map((chunk) => JSON.stringify(chunk))
  const result = await one.services.store.commit({
    partition: world.organisation.id,
    operationId: randomId(16),
    operations: [{ kind: 'append', log: runLog(ids.runId), v: 1, expectedNext, entries }],
    signals: [logTopic(ids.runId)],
  })
  expect(result).toMatchObject({ status: 'applied', values: [expectedNext + entries.length - 1] })
}

const textOf = (events: SessionEvent[]) =>
  events
    .flatMap((event) => (event.kind === 'run' ? event.entries : []))
    .map(({ data }) => (JSON.parse(data) as { delta?: string }).delta ?? '')
    .join('')
const idsIn = (events: SessionEvent[]) => events.flatMap((event) => (event.kind === 'log' ? [event.logId] : []))

/** Watches the session, until `text` was read or it ends by itself. */
function watch(cursor: SessionCursor | null, text?: string) {
  const events: SessionEvent[] = []
  const done = new AbortController()
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(15_000)])
  const deliver = async (event: SessionEvent) => {
    events.push(event)
    if (textOf(events) === text) done.abort()
  }
  const ended = watchSession(one.as(world.ada), { sessionId: ids.sessionId, cursor, signal, deliver })
  return { events, ended }
}

/** As a server that comes back from a copy without the newest entries. */
async function restartWithout(numbers: number[]) {
  const server = world.redis as RedisServer
  const key = `lw:{${world.organisation.id}}:l:${runLog(ids.runId)}`
  await server.kill()
  await server.start()
  expect(await admin.xdel(key, ...numbers.map((n) => `${n}-0`))).toBe(numbers.length)
  await admin.call('XSETID', key, `${Math.min(...numbers) - 1}-0`)
  await expect
    .poll(
      () =>
        one.services.store.ping().then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    )
    .toBe(true)
}

it('ends who watched beyond what a restarted Redis still has, and tells others the new history alone under another id', async () => {
  await append(1, 'old 56789')
  const before = watch(null)
  const outcome = before.ended.then(
    () => 'ended',
    (error: { code?: string }) => error.code,
  )
  await expect.poll(() => textOf(before.events)).toBe('old 56789')
  await restartWithout([9, 10])
  await append(9, 'new and longer')
  expect(await outcome).toBe('gone')
  expect(textOf(before.events)).toBe('old 56789')

  const after = watch(null, 'old 567new and longer')
  await after.ended
  expect(textOf(after.events)).toBe('old 567new and longer')
  const back = watch({ runId: ids.runId, n: 10 }, 'w and longer')
  await back.ended
  expect(idsIn(before.events)).toHaveLength(1)
  expect(idsIn(after.events)).toHaveLength(1)
  expect(idsIn(after.events)).not.toEqual(idsIn(before.events))
  expect(idsIn(back.events)).toEqual(idsIn(after.events))
}, 30_000)
