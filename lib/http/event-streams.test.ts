import { parseJsonEventStream, readUIMessageStream, type UIMessageChunk, uiMessageChunkSchema } from 'ai'
import { describe, expect, it } from 'vitest'
import { provideServices } from '@/lib/composition'
import { serveChatRoutes } from '@/lib/http/testing/chat-routes'
import { EventReader } from '@/lib/http/testing/event-reader'
import { runLog } from '@/lib/runs/collection'
import { gate } from '@/lib/runs/testing/model-server'

const here = serveChatRoutes()
const { request, call, start, held, finished } = here

/** Without the comment that a stream begins with when nothing is there to be said in its first milliseconds. */
const fromFirst = (text: string) => text.replace(/^: open\n\n/, '')

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
      expect(await rest.text()).toMatch(/^(?:: open\n\n)?id: 3\n/)
    }
    const beyond = await request('GET', `/api/agent/runs/${runId}/events?after=9999`)
    expect(await beyond.text()).toMatch(/^(?:: open\n\n)?data: \[DONE\]\n\n$/)
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
    await here.world.ended(here.one, runId)
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
    const read = await request('GET', `/api/agent/runs/${runId}/events`)
    expect(fromFirst(await read.text())).toBe(fromFirst(text))
    expect(text).toMatch(/^(?:: open\n\n)?id: 1\n[\s\S]*"type":"finish"[\s\S]*\[DONE\]\n\n$/)

    const again = { accept: 'text/event-stream', 'idempotency-key': 'once' }
    const ask = () => request('POST', '/api/agent/runs', { body: { message: 'Ask' }, headers: again })
    const [one, two] = [await ask(), await ask()]
    expect(two.headers.get('x-run-id')).toBe(one.headers.get('x-run-id'))
    expect(fromFirst(await two.text())).toBe(fromFirst(await one.text()))
    expect((await request('POST', '/api/agent/runs', { body: { message: ' ' }, headers })).status).toBe(400)
  })

  it('go on being stored when the client of the question leaves', async () => {
    const hold = gate()
    here.world.model.answer(async function* () {
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
    await expect.poll(() => here.one.services.tails.size).toBe(0)
    hold.open()
    const log = await here.world.ended(here.one, response.headers.get('x-run-id') as string)
    expect(log.at(-1)?.type).toBe('finish')
    expect(JSON.stringify(log)).toContain('Ended.')
  })

  it('of a queued run begin when it does; of a removed log they are gone', async () => {
    const { sessionId, hold } = await held()
    const queued = await start({ message: 'Then', sessionId })
    const following = request('GET', `/api/agent/runs/${queued.runId}/events`).then((response) => response.text())
    hold.open()
    expect(await following).toMatch(/^(?:: open\n\n)?id: 1\n[\s\S]*\[DONE\]\n\n$/)
    await here.one.services.store.commit({
      partition: here.world.organisation.id,
      operationId: `drop:${queued.runId}`,
      operations: [{ kind: 'drop-log', log: runLog(queued.runId) }],
    })
    expect((await call('GET', `/api/agent/runs/${queued.runId}/events`)).status).toBe(410)
  })

  it('end without [DONE] when the session is made private, and leave no tail behind a client that goes', async () => {
    const { runId, sessionId, hold } = await held()
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'organisation' } })
    const vera = await request('GET', `/api/agent/runs/${runId}/events`, { as: here.world.vera })
    const client = new AbortController()
    const mine = await request('GET', `/api/agent/runs/${runId}/events`, { signal: client.signal })
    await mine.body?.getReader().read()
    await call('PATCH', `/api/sessions/${sessionId}`, { body: { visibility: 'private' } })
    expect(await vera.text()).not.toContain('[DONE]')
    client.abort()
    await expect.poll(() => here.one.services.tails.size).toBe(0)
    hold.open()
    expect((await here.world.ended(here.one, runId)).at(-1)?.type).toBe('finish')
  })
})

describe('the browser’s one stream', () => {
  const open = (watches: string[], as = here.world.ada) => {
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
    const log = await here.world.ended(here.one, later.runId)
    await reader.until(({ data }) => data.runId === later.runId && data.n === log.length)
    const first = await here.world.log(here.one, runId)
    expect(reader.events.find(({ event }) => event !== 'message' && event !== 'log')).toBeDefined()
    expect(numbers(reader, runId)).toEqual(first.map((_, index) => index + 1))
    expect(numbers(reader, later.runId)).toEqual(log.map((_, index) => index + 1))
    reader.close()
    const again = await open([`session:${sessionId}@${runId}.2`])
    await again.until(({ data }) => data.runId === later.runId && data.n === log.length)
    expect(numbers(again, runId)).toEqual(first.slice(2).map((_, index) => index + 3))
    again.close()
    await expect.poll(() => here.served.open()).toBe(0)
    expect(here.one.services.tails.size).toBe(0)
  })

  it('reports what it refuses alike for foreign and unknown sessions, and goes on with the rest', async () => {
    const { sessionId } = await finished()
    const foreign = await finished(here.world.eddie)
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
    const reader = await open([`session:${sessionId}`], here.world.vera)
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
    const reader = await open([`org:${here.world.organisation.id}`], here.world.vera)
    await reader.until(({ event }) => event === 'org')
    const { sessionId } = await finished()
    await here.one.supervisor.idle()
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
    provideServices({ ...here.one.services, streams })
    const reader = await open([`session:${sessionId}`])
    await reader.until(({ event }) => event === 'session')
    streams.abort()
    await reader.ended
    provideServices(here.one.services)
  })
})
