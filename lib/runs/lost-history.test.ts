import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { GET as eventsRoute } from '@/app/api/agent/runs/[id]/events/route'
import { createToken } from '@/lib/access/tokens'
import type { RunChunk } from '@/lib/agent/events'
import { provideServices } from '@/lib/composition'
import { loadEnv, provideEnv } from '@/lib/env'
import { type Served, serveRoutes } from '@/lib/http/testing/serve'
import { randomId } from '@/lib/ids'
import { logTopic, runLog } from '@/lib/runs/collection'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { type Instance, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { getSession } from '@/lib/sessions/get'
import { type SessionCursor, type SessionEvent, watchSession } from '@/lib/sessions/watch'
import type { Operation } from '@/lib/stores/contract'

let world: World
let one: Instance
let served: Served
let token: string
let ids: { runId: string; sessionId: string }

beforeAll(async () => {
  world = await World.create()
  one = await world.process()
  // The log is written by this test alone.
  asleep(one.supervisor)
  provideServices(one.services)
  provideEnv(
    loadEnv({
      NEXTAUTH_SECRET: 'a secret of the sessions',
      LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    }),
  )
  served = await serveRoutes({ 'GET /api/agent/runs/{id}/events': eventsRoute })
  const made = await createToken(one.services.store, world.organisation.id, { name: 'ci', role: 'admin' })
  token = made.value
})
afterAll(async () => {
  await served.close()
  await world.close()
})
beforeEach(async () => {
  ids = await startRun(one.as(world.ada), { message: 'What is wrong?' })
  await changeSession(one.as(world.ada), { sessionId: ids.sessionId, visibility: 'organisation' })
})

const words = (text: string): RunChunk[] => [
  { type: 'text-start', id: 't' },
  ...[...text].map((delta): RunChunk => ({ type: 'text-delta', id: 't', delta })),
]

async function commit(operations: Operation[]) {
  const result = await one.services.store.commit({
    partition: world.organisation.id,
    operationId: randomId(16),
    operations,
    signals: [logTopic(ids.runId)],
  })
  expect(result.status).toBe('applied')
}

const append = (text: string, expectedNext = 1): Operation => ({
  kind: 'append',
  log: runLog(ids.runId),
  v: 1,
  expectedNext,
  entries: words(text).map((chunk) => JSON.stringify(chunk)),
})
/** As a failover to a server that lacks the newest entries: another log stands under the run's name. */
const loseAndWrite = (text: string) => commit([{ kind: 'drop-log', log: runLog(ids.runId) }, append(text)])

const textOf = (events: SessionEvent[]) =>
  events
    .flatMap((event) => (event.kind === 'run' ? event.entries : []))
    .map(({ data }) => (JSON.parse(data) as { delta?: string }).delta ?? '')
    .join('')

/** Watches the session until its stream ends, or until `enough`. */
async function watch(cursor: SessionCursor | null, enough: (events: SessionEvent[]) => boolean) {
  const events: SessionEvent[] = []
  const done = new AbortController()
  const { sessionId } = ids
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(5_000)])
  await watchSession(one.as(world.ada), {
    sessionId,
    cursor,
    signal,
    deliver: async (event) => {
      events.push(event)
      if (enough(events)) done.abort()
    },
  })
  return events
}
const idsIn = (events: SessionEvent[]) => events.flatMap((event) => (event.kind === 'log' ? [event.logId] : []))

describe('a log that lost its history', () => {
  it('ends who watches it, without a word of the other history', async () => {
    await commit([append('old history')])
    const events: SessionEvent[] = []
    let lost: Promise<void> | null = null
    const watching = watchSession(one.as(world.ada), {
      sessionId: ids.sessionId,
      cursor: null,
      signal: AbortSignal.timeout(5_000),
      deliver: async (event) => {
        events.push(event)
        if (textOf(events) === 'old history') lost ??= loseAndWrite('a new history that is longer')
      },
    })
    await expect(watching).rejects.toMatchObject({ code: 'gone' })
    await lost
    expect(textOf(events)).toBe('old history')
    expect(idsIn(events)).toHaveLength(1)
  })

  it('is told from the first event on, under another id, to who comes back with a cursor beyond its end', async () => {
    await commit([append('old history')])
    const before = await watch(null, (events) => textOf(events) === 'old history')
    await loseAndWrite('new')
    const after = await watch({ runId: ids.runId, n: 12 }, (events) => textOf(events) === 'new')
    expect(after.find(({ kind }) => kind === 'log')).toMatchObject({ after: 0 })
    expect(idsIn(after)).toHaveLength(1)
    expect(idsIn(after)).not.toEqual(idsIn(before))
  })

  it('has another id also for who comes back with a cursor that it reaches again', async () => {
    await commit([append('old')])
    const before = await watch(null, (events) => textOf(events) === 'old')
    await loseAndWrite('new and longer')
    const after = await watch({ runId: ids.runId, n: 4 }, (events) => textOf(events) === ' and longer')
    expect(idsIn(after)).not.toEqual(idsIn(before))
    // The same log keeps its id.
    const again = await watch({ runId: ids.runId, n: 4 }, (events) => textOf(events) === ' and longer')
    expect(idsIn(again)).toEqual(idsIn(after))
  })

  it('is folded anew for who opens the session', async () => {
    const shown = async () => JSON.stringify((await getSession(one.as(world.ada), ids)).activeRun?.message.parts)
    await commit([append('old history')])
    expect(await shown()).toContain('old history')
    await loseAndWrite('new')
    expect(await shown()).toContain('"text":"new"')
    await loseAndWrite('newer and longer than before')
    expect(await shown()).toContain('"text":"newer and longer than before"')
  })

  it('says so in the header of a run’s stream, and ends that stream without [DONE]', async () => {
    const open = () =>
      fetch(`${served.base}/api/agent/runs/${ids.runId}/events`, { headers: { authorization: `Bearer ${token}` } })
    const empty = await open()
    expect(empty.headers.has('x-log-id')).toBe(false)
    await empty.body?.cancel()
    await commit([append('old')])
    const stream = await open()
    const before = stream.headers.get('x-log-id')
    expect(before).toMatch(/\S/)
    const decoder = new TextDecoder()
    let read = ''
    let lost = false
    for await (const bytes of stream.body as unknown as AsyncIterable<Uint8Array>) {
      read += decoder.decode(bytes)
      if (lost || !read.includes('"delta":"d"')) continue
      lost = true
      await loseAndWrite('new and longer')
    }
    expect(read).not.toContain('[DONE]')
    expect(read).not.toContain('"delta":"n"')
    const again = await open()
    expect(again.headers.get('x-log-id')).not.toBe(before)
    await again.body?.cancel()
  })
})
