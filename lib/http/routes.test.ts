import { parseJsonEventStream, readUIMessageStream, type UIMessageChunk, uiMessageChunkSchema } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as cancel from '@/app/api/agent/runs/[id]/cancel/route'
import * as events from '@/app/api/agent/runs/[id]/events/route'
import * as run from '@/app/api/agent/runs/[id]/route'
import * as agentRuns from '@/app/api/agent/runs/route'
import * as watched from '@/app/api/events/route'
import * as evidence from '@/app/api/evidence/[id]/route'
import * as tools from '@/app/api/mcp/tools/route'
import * as me from '@/app/api/me/route'
import * as models from '@/app/api/models/route'
import * as queueItem from '@/app/api/sessions/[id]/queue/[itemId]/route'
import * as resume from '@/app/api/sessions/[id]/queue/resume/route'
import * as session from '@/app/api/sessions/[id]/route'
import * as current from '@/app/api/sessions/current/route'
import * as sessions from '@/app/api/sessions/route'
import { putMember, removeMember } from '@/lib/access/organisations'
import type { Principal } from '@/lib/access/types'
import { encodeSession } from '@/lib/auth/session'
import { provideServices } from '@/lib/composition'
import { loadEnv, provideEnv } from '@/lib/env'
import type { RouteHandler } from '@/lib/http/handle'
import { operations } from '@/lib/http/operations'
import { EventReader } from '@/lib/http/testing/event-reader'
import { type Served, serveRoutes } from '@/lib/http/testing/serve'
import { runLog } from '@/lib/runs/collection'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'

const modules: Record<string, object> = {
  '/api/agent/runs': agentRuns,
  '/api/agent/runs/{id}': run,
  '/api/agent/runs/{id}/events': events,
  '/api/agent/runs/{id}/cancel': cancel,
  '/api/events': watched,
  '/api/evidence/{id}': evidence,
  '/api/mcp/tools': tools,
  '/api/me': me,
  '/api/models': models,
  '/api/sessions': sessions,
  '/api/sessions/current': current,
  '/api/sessions/{id}': session,
  '/api/sessions/{id}/queue/{itemId}': queueItem,
  '/api/sessions/{id}/queue/resume': resume,
}

let world: World
let one: Instance
let served: Served
const cookies = new Map<Principal, string>()
const image = Buffer.from([0, 255, 1, 254, 2, 253, 3])

beforeAll(async () => {
  provideEnv(
    loadEnv({ NEXTAUTH_SECRET: 'x'.repeat(48), LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}` }),
  )
  world = await World.create()
  world.tools.add('picture', { annotations: { readOnlyHint: true } }, () => ({
    content: [
      { type: 'text', text: 'größer '.repeat(1_000) },
      { type: 'image', mimeType: 'image/png', data: image.toString('base64') },
    ],
  }))
  one = await world.process({ leaseMilliseconds: 6_000 })
  provideServices(one.services)
  for (const person of [world.ada, world.eddie, world.vera, world.stranger]) {
    cookies.set(person, `next-auth.session-token=${await encodeSession({ id: person.id, sessionVersion: 1 })}`)
  }
  served = await serveRoutes(
    Object.fromEntries(
      Object.entries(modules).flatMap(([path, module]) =>
        Object.entries(module)
          .filter(([method]) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(method))
          .map(([method, handler]) => [`${method} ${path}`, handler as RouteHandler]),
      ),
    ),
  )
})
afterAll(async () => {
  await served.close()
  await world.close()
})
beforeEach(() => world.model.answer(() => [{ text: 'An answer.' }]))

type Options = { as?: Principal | null; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal }

function request(method: string, path: string, { as = world.ada, body, headers, signal }: Options = {}) {
  return fetch(served.base + path, {
    method,
    signal,
    headers: { ...(as ? { cookie: cookies.get(as) as string } : {}), origin: served.base, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}
async function call(method: string, path: string, options: Options = {}) {
  const response = await request(method, path, options)
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}
const start = async (body: object, as = world.ada, headers = {}) =>
  (await call('POST', '/api/agent/runs', { as, body, headers })).body as { runId: string; sessionId: string }

/** A run that stands still until the gate opens. */
async function held(as = world.ada) {
  const hold = gate()
  world.model.answerInTurn(
    async function* () {
      yield { text: 'Begun. ' }
      yield { wait: hold.promise }
    },
    () => [{ text: 'Next.' }],
  )
  const started = await start({ message: 'Hold' }, as)
  await expect.poll(async () => JSON.stringify(await world.log(one, started.runId))).toContain('Begun')
  return { ...started, hold }
}

async function finished(as = world.ada) {
  const started = await start({ message: 'Ask' }, as)
  return { ...started, log: await world.ended(one, started.runId) }
}

describe('the events of a run', () => {
  it('are numbered frames behind the cursor, then [DONE]; the AI SDK reads the message from them', async () => {
    const { runId, log } = await finished()
    const response = await request('GET', `/api/agent/runs/${runId}/events`)
    expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1')
    const text = await response.text()
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))
    expect(ids).toEqual(log.map((_, index) => index + 1))
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    const stream = parseJsonEventStream({
      stream: new Response(text).body as ReadableStream<Uint8Array<ArrayBuffer>>,
      schema: uiMessageChunkSchema,
    }).pipeThrough(
      new TransformStream<{ success: boolean; value?: unknown }, UIMessageChunk>({
        transform(part, controller) {
          expect(part.success).toBe(true)
          controller.enqueue(part.value as UIMessageChunk)
        },
      }),
    )
    let message: { id: string; parts: unknown[] } | undefined
    for await (const snapshot of readUIMessageStream({ stream })) message = snapshot
    expect(message?.parts).toContainEqual(expect.objectContaining({ type: 'text', text: 'An answer.' }))
    expect(message?.id).toBe(`msg_${runId}`)
    for (const cursor of [{ query: '?after=2' }, { headers: { 'last-event-id': '2' } }]) {
      const rest = await request('GET', `/api/agent/runs/${runId}/events${cursor.query ?? ''}`, cursor)
      expect(await rest.text()).toContain(': open\n\nid: 3\n')
    }
    const beyond = await request('GET', `/api/agent/runs/${runId}/events?after=9999`)
    expect(await beyond.text()).toBe(': open\n\ndata: [DONE]\n\n')
  })

  it('refuse a cursor beyond a running log and one that is no number, naming the field', async () => {
    const { runId, hold } = await held()
    const path = `/api/agent/runs/${runId}/events`
    expect(await call('GET', `${path}?after=9999`)).toMatchObject({ status: 400, body: { error: { field: 'after' } } })
    expect(await call('GET', `${path}?after=-1`)).toMatchObject({ status: 400, body: { error: { field: 'after' } } })
    expect(await call('GET', path, { headers: { 'last-event-id': 'x' } })).toMatchObject({
      status: 400,
      body: { error: { field: 'Last-Event-ID' } },
    })
    hold.open()
    await world.ended(one, runId)
  })

  it('come with the answer to the question itself when they are asked for there', async () => {
    const headers = { accept: 'text/event-stream' }
    const response = await request('POST', '/api/agent/runs', { body: { message: 'Ask' }, headers })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const runId = response.headers.get('x-run-id') as string
    const sessionId = response.headers.get('x-session-id') as string
    const text = await response.text()
    expect((await call('GET', `/api/agent/runs/${runId}`)).body).toMatchObject({ sessionId, status: 'completed' })
    expect(await (await request('GET', `/api/agent/runs/${runId}/events`)).text()).toBe(text)
    expect(text).toMatch(/^: open\n\nid: 1\n[\s\S]*"type":"finish"[\s\S]*\[DONE\]\n\n$/)

    const again = { accept: 'text/event-stream', 'idempotency-key': 'once' }
    const ask = () => request('POST', '/api/agent/runs', { body: { message: 'Ask' }, headers: again })
    const [one, two] = [await ask(), await ask()]
    expect(two.headers.get('x-run-id')).toBe(one.headers.get('x-run-id'))
    expect(await two.text()).toBe(await one.text())
    expect((await request('POST', '/api/agent/runs', { body: { message: ' ' }, headers })).status).toBe(400)
  })

  it('go on being stored when the client of the question leaves', async () => {
    const hold = gate()
    world.model.answer(async function* () {
      yield { text: 'Begun. ' }
      yield { wait: hold.promise }
      yield { text: 'Ended.' }
    })
    const client = new AbortController()
    const headers = { accept: 'text/event-stream' }
    const options = { body: { message: 'Ask' }, headers, signal: client.signal }
    const response = await request('POST', '/api/agent/runs', options)
    await response.body?.getReader().read()
    client.abort()
    await expect.poll(() => one.services.tails.size).toBe(0)
    hold.open()
    const log = await world.ended(one, response.headers.get('x-run-id') as string)
    expect(log.at(-1)?.type).toBe('finish')
    expect(JSON.stringify(log)).toContain('Ended.')
  })

  it('of a queued run begin when it does; of a removed log they are gone', async () => {
    const { sessionId, hold } = await held()
    const queued = await start({ message: 'Then', sessionId })
    const following = request('GET', `/api/agent/runs/${queued.runId}/events`).then((response) => response.text())
    hold.open()
    expect(await following).toMatch(/^: open\n\nid: 1\n[\s\S]*\[DONE\]\n\n$/)
    await one.services.store.commit({
      partition: world.organisation.id,
      operationId: `drop:${queued.runId}`,
      operations: [{ kind: 'drop-log', log: runLog(queued.runId) }],
    })
    expect((await call('GET', `/api/agent/runs/${queued.runId}/events`)).status).toBe(410)
  })

  it('end without [DONE] when the session is made private, and leave no tail behind a client that goes', async () => {
    const { runId, sessionId, hold } = await held()
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'organisation' } })
    const vera = await request('GET', `/api/agent/runs/${runId}/events`, { as: world.vera })
    const client = new AbortController()
    const mine = await request('GET', `/api/agent/runs/${runId}/events`, { signal: client.signal })
    await mine.body?.getReader().read()
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'private' } })
    expect(await vera.text()).not.toContain('[DONE]')
    client.abort()
    await expect.poll(() => one.services.tails.size).toBe(0)
    hold.open()
    expect((await world.ended(one, runId)).at(-1)?.type).toBe('finish')
  })
})

describe('the browser’s one stream', () => {
  const open = (watches: string[], as = world.ada) => {
    const query = watches.map((watch) => `watch=${encodeURIComponent(watch)}`).join('&')
    return EventReader.open((signal) => request('GET', `/api/events?${query}`, { as, signal }))
  }
  const numbers = (reader: EventReader, runId: string) =>
    reader.events.flatMap(({ event, data }) => (event === 'run' && data.runId === runId ? [data.n] : []))

  it('gives a snapshot first, then all of the active run and of later ones, each event once', async () => {
    const { runId, sessionId, hold } = await held()
    const later = await start({ message: 'Later', sessionId })
    const reader = await open([`session:${sessionId}`])
    await reader.until(({ event }) => event === 'session')
    hold.open()
    const log = await world.ended(one, later.runId)
    await reader.until(({ data }) => data.runId === later.runId && data.n === log.length)
    const first = await world.log(one, runId)
    expect(reader.events.find(({ event }) => event !== 'message' && event !== 'log')).toBeDefined()
    expect(numbers(reader, runId)).toEqual(first.map((_, index) => index + 1))
    expect(numbers(reader, later.runId)).toEqual(log.map((_, index) => index + 1))
    reader.close()
    const again = await open([`session:${sessionId}@${runId}.2`])
    await again.until(({ data }) => data.runId === later.runId && data.n === log.length)
    expect(numbers(again, runId)).toEqual(first.slice(2).map((_, index) => index + 3))
    again.close()
    await expect.poll(() => served.open()).toBe(0)
    expect(one.services.tails.size).toBe(0)
  })

  it('reports what it refuses alike for foreign and unknown sessions, and goes on with the rest', async () => {
    const { sessionId } = await finished()
    const foreign = await finished(world.eddie)
    const reader = await open([
      `session:${foreign.sessionId}`,
      'session:ses_nothing',
      'org:other',
      `session:${sessionId}`,
    ])
    await reader.until(({ event, data }) => event === 'session' && data.sessionId === sessionId)
    await expect.poll(() => reader.events.filter(({ event }) => event === 'error').length).toBe(3)
    const [a, b] = ['ses_', 'session:ses_nothing'].map((part) =>
      reader.events.find(({ event, data }) => event === 'error' && data.watch.includes(part)),
    )
    expect(a?.data.error).toEqual(b?.data.error)
    reader.close()
  })

  it('refuses 33 watches, none, and texts of another form', async () => {
    const many = Array.from({ length: 33 }, (_, index) => `watch=session:ses_${index}`).join('&')
    for (const query of [many, '', 'watch=x', 'watch=session:a@b']) {
      expect(await call('GET', `/api/events?${query}`)).toMatchObject({ status: 400 })
    }
  })

  it('ends a watch when its session is made private, deleted, or its watcher is no longer a member', async () => {
    const { sessionId } = await finished()
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'organisation' } })
    const reader = await open([`session:${sessionId}`], world.vera)
    await reader.until(({ event }) => event === 'session')
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'private' } })
    await reader.until(({ event }) => event === 'error')
    reader.close()
    const mine = await open([`session:${sessionId}`])
    await mine.until(({ event }) => event === 'session')
    await call('DELETE', `/api/sessions/${sessionId}`)
    expect((await mine.until(({ event }) => event === 'error')).data.error.code).toBe('not_found')
    mine.close()
  })

  it('tells changes and removals of an organisation’s sessions, and nothing of others’ private ones', async () => {
    const reader = await open([`org:${world.organisation.id}`], world.vera)
    await reader.until(({ event }) => event === 'org')
    const { sessionId } = await finished()
    await one.supervisor.idle()
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { title: 'Shared', visibility: 'organisation' } })
    const told = await reader.until(({ data }) => JSON.stringify(data.sessions).includes(sessionId))
    expect(told.data.sessions).toMatchObject([{ title: 'Shared' }])
    // The snapshot, and this: the private turn before was nobody else's.
    expect(reader.events.filter(({ event }) => event === 'org')).toHaveLength(2)
    await call('DELETE', `/api/sessions/${sessionId}`)
    await reader.until(({ data }) => data.removed.includes(sessionId))
    reader.close()
  })

  it('closes when the process hands its streams over', async () => {
    const { sessionId } = await finished()
    const streams = new AbortController()
    provideServices({ ...one.services, streams })
    const reader = await open([`session:${sessionId}`])
    await reader.until(({ event }) => event === 'session')
    streams.abort()
    await reader.ended
    provideServices(one.services)
  })
})

describe('evidence', () => {
  it('is read in pages of whole characters, bytes as base64', async () => {
    world.model.answerInTurn(
      () => [{ call: 'shop__picture', arguments: '{}' }],
      () => [{ text: 'Seen.' }],
    )
    const { log } = await finished()
    const output = log.flatMap((chunk) => (chunk.type === 'tool-output-available' ? [chunk.output] : []))[0] as {
      evidenceId: string
      preview: string
      bytes: number
    }
    let text = ''
    for (let offset: number | null = 0; offset !== null; ) {
      const { body } = await call('GET', `/api/evidence/${output.evidenceId}?offset=${offset}&limit=1001`)
      expect(body.content).not.toContain('\ufffd')
      text += body.content
      offset = body.nextOffset
    }
    expect(Buffer.byteLength(text)).toBe(output.bytes)
    expect(text.startsWith('größer '.repeat(1_000))).toBe(true)
    expect((await call('GET', `/api/evidence/${output.evidenceId}?offset=3`)).body).toMatchObject({ offset: 4 })
    const picture = /evidence (ev_\w+)/.exec(output.preview)?.[1]
    expect((await call('GET', `/api/evidence/${picture}?limit=4`)).body).toMatchObject({
      mediaType: 'image/png',
      encoding: 'base64',
      content: image.subarray(0, 4).toString('base64'),
      nextOffset: 4,
    })
    for (const [query, field] of [
      ['limit=0', 'limit'],
      ['offset=-1', 'offset'],
      ['limit=9999999', 'limit'],
    ]) {
      expect(await call('GET', `/api/evidence/${picture}?${query}`)).toMatchObject({
        status: 400,
        body: { error: { field } },
      })
    }
    expect((await call('GET', `/api/evidence/${picture}`, { as: world.eddie })).status).toBe(404)
  })
})

describe('sessions and runs', () => {
  it('are listed in pages whose cursor is checked, and started once per idempotency key', async () => {
    expect(await call('GET', '/api/sessions?limit=101')).toMatchObject({
      status: 400,
      body: { error: { field: 'limit' } },
    })
    expect(await call('GET', '/api/sessions?cursor=x')).toMatchObject({
      status: 400,
      body: { error: { field: 'cursor' } },
    })
    const first = await call('GET', '/api/sessions?limit=1')
    const second = await call('GET', `/api/sessions?limit=1&cursor=${first.body.nextCursor}`)
    expect(second.body.sessions[0].id).not.toBe(first.body.sessions[0].id)
    const key = { 'idempotency-key': 'route-key' }
    const once = await call('POST', '/api/agent/runs', { body: { message: 'Once' }, headers: key })
    const twice = await call('POST', '/api/agent/runs', { body: { message: 'Once' }, headers: key })
    expect([once.status, twice.status, twice.body.runId]).toEqual([202, 202, once.body.runId])
    expect((await call('POST', '/api/agent/runs', { body: { message: 'No' }, headers: key })).status).toBe(409)
    await world.ended(one, once.body.runId)
  })

  it('forget a current session that cannot be seen, and set none that is foreign', async () => {
    const { sessionId } = await finished()
    expect((await call('PUT', '/api/sessions/current', { body: { sessionId } })).status).toBe(200)
    expect((await call('PUT', '/api/sessions/current', { as: world.eddie, body: { sessionId } })).status).toBe(404)
    expect((await call('GET', '/api/sessions/current')).body).toEqual({ sessionId })
    await call('DELETE', `/api/sessions/${sessionId}`)
    expect((await call('GET', '/api/sessions/current')).body).toEqual({ sessionId: null })
  })
})

describe('every call (who may make which is in `authorisation.test.ts`)', () => {
  /** A body that its schema takes, for the calls that want one. */
  const bodies: Record<string, object> = {
    'POST /api/agent/runs': { message: 'x' },
    'POST /api/sessions': {},
    'PUT /api/sessions/current': { sessionId: null },
    'PATCH /api/sessions/{id}': { title: 'Another' },
    'PATCH /api/sessions/{id}/queue/{itemId}': { message: 'another' },
  }
  const guarded = () => operations.filter(({ path, auth }) => path in modules && auth === 'required')

  it('about another’s private things is 404 for everybody, and about shared ones by role', async () => {
    const { runId, sessionId, hold } = await held(world.ada)
    const { runId: itemId } = await start({ message: 'queued', sessionId })
    const about = guarded().filter(({ path }) => path.includes('{id}') && !path.includes('evidence'))
    const status = async (operation: { method: string; path: string }, as: Principal) => {
      const { method, path } = operation
      const id = path.includes('/runs/') ? runId : sessionId
      const url = path.replace('{id}', id).replace('{itemId}', itemId)
      const client = new AbortController()
      const response = await request(method, url, { as, body: bodies[`${method} ${path}`], signal: client.signal })
      client.abort()
      return response.status
    }
    for (const operation of about) {
      for (const as of [world.eddie, world.vera, world.stranger]) {
        expect(`${operation.method} ${operation.path} ${await status(operation, as)}`).toMatch(/ 404$/)
      }
    }
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'organisation' } })
    for (const operation of about) {
      const changes = operation.method !== 'GET'
      expect(`${operation.method} ${operation.path} ${await status(operation, world.stranger)}`).toMatch(/ 404$/)
      expect(`${operation.method} ${operation.path} ${await status(operation, world.vera)}`).toMatch(
        changes ? / 403$/ : / 200$/,
      )
    }
    const byEddie = (method: string, path: string) => status({ method, path }, world.eddie)
    expect(await byEddie('PATCH', '/api/sessions/{id}')).toBe(200)
    expect(await byEddie('PATCH', '/api/sessions/{id}/queue/{itemId}')).toBe(200)
    expect(await byEddie('DELETE', '/api/sessions/{id}/queue/{itemId}')).toBe(204)
    expect(await byEddie('DELETE', '/api/sessions/{id}')).toBe(403)
    expect(await byEddie('POST', '/api/agent/runs/{id}/cancel')).toBe(202)
    hold.open()
    await world.ended(one, runId)
  })

  it('that names another organisation is 404', async () => {
    for (const path of ['/api/sessions', '/api/mcp/tools', '/api/models', '/api/sessions/current']) {
      expect((await call('GET', `${path}?org=other`)).status).toBe(404)
    }
    expect((await call('POST', '/api/agent/runs', { body: { message: 'x', orgId: 'other' } })).status).toBe(404)
    const { sessionId } = await finished()
    const mismatch = { message: 'x', sessionId, orgId: 'other' }
    expect((await call('POST', '/api/agent/runs', { body: mismatch })).status).toBe(404)
  })

  it('of a member that was removed is answered as a stranger’s', async () => {
    const { sessionId } = await finished(world.vera)
    await removeMember(one.services.store, world.organisation.id, world.vera.id)
    expect((await call('GET', `/api/sessions/${sessionId}`, { as: world.vera })).status).toBe(404)
    await putMember(one.services.store, world.organisation.id, { userId: world.vera.id, role: 'viewer' })
  })
})
