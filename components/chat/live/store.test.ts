import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ChatClient, type ChatClientOptions, createChatClient } from '@/components/chat/live/store'
import { startTestServer, type TestServer, testEnvironment } from '@/components/chat/live/test-server'
import { messageIdOf, type RunChunk } from '@/lib/agent/events'
import { emptyFold, foldChunks, messageOf } from '@/lib/sessions/fold'
import { randomLog } from '@/lib/sessions/fold/random-log'

let server: TestServer
let clients: ChatClient[] = []

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  for (const client of clients) client.disconnect()
  clients = []
  await server.close()
})

const hasty = { timing: { firstRetry: 2, lastRetry: 20, debounce: 1 }, patience: 30, grace: 5 }

function connect(options: Partial<ChatClientOptions> = {}): ChatClient {
  const client = createChatClient({
    baseUrl: server.url,
    environment: testEnvironment().environment,
    ...hasty,
    ...options,
  })
  clients.push(client)
  client.connect()
  return client
}

/** Opens a session as a page does: by reading it. */
function open(client: ChatClient, sessionId: string) {
  const session = client.session(sessionId)
  const close = session.subscribe('head', () => {})
  return Object.assign(session, { leave: close })
}

const ready = (client: ChatClient, sessionId: string) =>
  vi.waitFor(() => expect(client.session(sessionId).head().status).toBe('ready'), { interval: 2 })

/** The message as the page shows it, read part by part. */
function shown(client: ChatClient, sessionId: string, messageId: string) {
  const session = client.session(sessionId)
  const view = session.message(messageId)
  return view && { ...view, parts: view.partKeys.map((_, index) => session.part(messageId, index)) }
}

const text = (id: string, ...deltas: string[]): RunChunk[] => [
  { type: 'text-start', id },
  ...deltas.map((delta): RunChunk => ({ type: 'text-delta', id, delta })),
]
const begin = (runId: string): RunChunk[] => [
  { type: 'start', messageId: messageIdOf(runId) },
  { type: 'data-run', data: { runId, status: 'running', attempt: 1 }, transient: true },
  { type: 'start-step' },
]
const finish = (runId: string): RunChunk => ({ type: 'finish', messageMetadata: { runId, status: 'completed' } })

test('shows the fold of the log and folds each event once, however often and wherever the stream is cut', async () => {
  const cuts = fc.array(fc.option(fc.nat(300)), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(randomLog(), cuts, fc.boolean(), fc.nat(), async (log, limits, includeFold, opened) => {
      const sessionId = `ses_${crypto.randomUUID().replaceAll('-', '')}`
      const session = server.session(sessionId)
      const left = [...limits]
      server.includeFold = includeFold
      server.cut = (length) => {
        const limit = left.shift() ?? null
        return limit === null ? null : Math.min(limit, length)
      }
      session.ask('run_test', 'What is wrong?')
      const at = opened % log.length
      session.append('run_test', ...log.slice(0, at))
      const client = connect()
      open(client, sessionId)
      for (const chunk of log.slice(at)) {
        session.append('run_test', chunk)
        await new Promise((resolve) => setImmediate(resolve))
      }
      session.settle('run_test')
      const message = messageOf(foldChunks(emptyFold('msg_run_test'), log))
      await vi.waitFor(
        () => {
          const now = shown(client, sessionId, message.id)
          expect(now?.parts).toEqual(message.parts)
          expect(now).toMatchObject({ live: false, metadata: message.metadata })
          expect(client.session(sessionId).head().activeRun).toBeNull()
          // A page that came after the end has nothing left to fold.
          expect([null, `run_test.${log.length}`]).toContain(client.session(sessionId).cursor())
        },
        { timeout: 4_000, interval: 3 },
      )
      expect(client.session(sessionId).messageIds()).toEqual(['usr_run_test', 'msg_run_test'])
      client.disconnect()
    }),
    { numRuns: 30 },
  )
})

test('a token tells only the readers of its part', async () => {
  const session = server.session('ses_a')
  session.ask('run_a', 'Hello?')
  session.append('run_a', ...begin('run_a'), ...text('one', 'x'), { type: 'text-end', id: 'one' }, ...text('two', 'a'))
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(client.connection.status().state).toBe('open'))
  await vi.waitFor(() => expect(store.part('msg_run_a', 2)).toMatchObject({ text: 'a' }))
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  const told = vi.fn()
  for (const topic of ['ids', 'queue', 'run', 'message:msg_run_a', 'part:msg_run_a:1', 'message:usr_run_a'] as const) {
    store.subscribe(topic, () => told(topic))
  }
  const part = vi.fn()
  store.subscribe('part:msg_run_a:2', part)
  const before = { first: store.part('msg_run_a', 1), view: store.message('msg_run_a'), ids: store.messageIds() }
  session.append('run_a', { type: 'text-delta', id: 'two', delta: 'b' })
  await vi.waitFor(() => expect(store.part('msg_run_a', 2)).toMatchObject({ text: 'ab' }))
  expect(part).toHaveBeenCalled()
  expect(told).not.toHaveBeenCalled()
  expect(store.part('msg_run_a', 1)).toBe(before.first)
  expect(store.message('msg_run_a')).toBe(before.view)
  expect(store.messageIds()).toBe(before.ids)
})

test('a snapshot that says what is known tells nobody', async () => {
  const session = server.session('ses_a')
  session.ask('run_a', 'Hello?')
  session.queue.push({ id: 'run_b', message: 'And then?' })
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(store.queue().items).toHaveLength(1))
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  const before = { queue: store.queue(), head: store.head() }
  const told = vi.fn()
  for (const topic of ['queue', 'head'] as const) store.subscribe(topic, () => told(topic))
  session.queue = [{ ...session.queue[0], id: 'run_b', message: 'And then?' }]
  session.info = { ...session.info }
  session.changed()
  session.append('run_a', ...begin('run_a'))
  await vi.waitFor(() => expect(store.part('msg_run_a', 0)).toBeDefined())
  expect(store.queue()).toBe(before.queue)
  expect(store.head()).toBe(before.head)
  expect(told).not.toHaveBeenCalled()
})

test('the stored message takes the place of the live one without another identity, key or order', async () => {
  const session = server.session('ses_a')
  session.ask('run_a', 'Hello?')
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  session.append('run_a', ...begin('run_a'), ...text('t', 'Hi'), { type: 'text-end', id: 't' }, finish('run_a'))
  await vi.waitFor(() => expect(store.run().status).toBe('completed'))
  const before = {
    part: store.part('msg_run_a', 1),
    keys: store.message('msg_run_a')?.partKeys,
    ids: store.messageIds(),
  }
  expect(before.part).toMatchObject({ text: 'Hi' })
  session.settle('run_a')
  await vi.waitFor(() => expect(store.head().session?.messageCount).toBe(2))
  expect(store.part('msg_run_a', 1)).toBe(before.part)
  expect(store.message('msg_run_a')?.partKeys).toBe(before.keys)
  expect(store.messageIds()).toBe(before.ids)
  expect(store.messageIds()).toEqual(['usr_run_a', 'msg_run_a'])
  expect(store.run().status).toBe('completed')
})

test('a run that came and went while the network was away is there afterwards', async () => {
  const session = server.session('ses_a')
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  server.refuse = (name) => (name === 'GET /api/events' ? 503 : null)
  server.cutStreams()
  await vi.waitFor(() => expect(client.connection.status().state).toBe('reconnecting'))
  session.ask('run_a', 'Hello?')
  session.append('run_a', ...begin('run_a'), ...text('t', 'Hi'), { type: 'text-end', id: 't' }, finish('run_a'))
  session.settle('run_a')
  server.refuse = () => null
  await vi.waitFor(() => expect(store.messageIds()).toEqual(['usr_run_a', 'msg_run_a']))
  expect(client.connection.status().state).toBe('open')
})

test('changing what is watched keeps one stream and loses nothing', async () => {
  const [one, two] = [server.session('ses_1'), server.session('ses_2')]
  one.ask('run_1', 'One?')
  two.ask('run_2', 'Two?')
  const client = connect()
  open(client, 'ses_1')
  await ready(client, 'ses_1')
  one.append('run_1', ...begin('run_1'), ...text('t'))
  for (let index = 0; index < 60; index++) {
    if (index === 20) open(client, 'ses_2')
    one.append('run_1', { type: 'text-delta', id: 't', delta: `${index} ` })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const whole = Array.from({ length: 60 }, (_, index) => `${index} `).join('')
  await vi.waitFor(() => expect(client.session('ses_1').part('msg_run_1', 1)).toMatchObject({ text: whole }))
  await ready(client, 'ses_2')
  await vi.waitFor(() => expect(server.requests.at(-1)).toMatch(/ses_1.*ses_2/))
  await vi.waitFor(() => expect(server.streams()).toBe(1))
})

test('a gap is filled from the server', async () => {
  const session = server.session('ses_a')
  session.ask('run_a', 'Hello?')
  session.append('run_a', ...begin('run_a'), ...text('t', 'a'))
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  session.runs[0]?.log.push({ type: 'text-delta', id: 't', delta: 'b' })
  session.append('run_a', { type: 'text-delta', id: 't', delta: 'c' })
  await vi.waitFor(() => expect(store.part('msg_run_a', 1)).toMatchObject({ text: 'abc' }))
})

test('a gap in a stream that goes on costs one request, not one per event', async () => {
  const session = server.session('ses_a')
  session.ask('run_a', 'Hello?')
  session.append('run_a', ...begin('run_a'), ...text('t', '-1 '))
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  const requests = () => server.requests.filter((request) => request.startsWith('GET /api/sessions/')).length
  const before = requests()
  session.runs[0]?.log.push({ type: 'text-delta', id: 't', delta: 'missing ' })
  for (let index = 0; index < 300; index++) {
    session.append('run_a', { type: 'text-delta', id: 't', delta: `${index} ` })
    if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const whole = `-1 missing ${Array.from({ length: 300 }, (_, index) => `${index} `).join('')}`
  await vi.waitFor(() => expect(store.part('msg_run_a', 1)).toMatchObject({ text: whole }))
  expect(requests() - before).toBe(1)
})

test('keeps a few sessions that nobody reads, and those with an unsent message', async () => {
  const client = connect()
  server.session('ses_0')
  const unsent = open(client, 'ses_0')
  server.refuse = (name) => (name === 'POST /api/agent/runs' ? 400 : null)
  await client.send({ organisationId: 'org', sessionId: 'ses_0', message: 'Keep me' }).catch(() => {})
  unsent.leave()
  const left = Array.from({ length: 24 }, (_, index) => open(client, `ses_${index + 1}`))
  for (const session of left) session.leave()
  await vi.waitFor(() => expect(client.session('ses_1').head).not.toBe(left[0]?.head))
  await vi.waitFor(() => expect(client.session('ses_0').messageIds()).toHaveLength(1))
})

test('a run that ended without a word leaves no message once the session is loaded anew', async () => {
  const session = server.session('ses_a')
  session.ask('run_a', 'Hello?')
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  session.append('run_a', ...begin('run_a'), { type: 'abort' })
  session.info = { ...session.info, activeRunId: null }
  session.changed()
  await vi.waitFor(() => expect(store.run().status).toBe('cancelled'))
  expect(store.messageIds()).toEqual(['usr_run_a', 'msg_run_a'])
  await store.load()
  await vi.waitFor(() => expect(store.messageIds()).toEqual(['usr_run_a']))
  expect(store.run().status).toBe('cancelled')
})

test('says that a session is missing, and that it was deleted while it was shown', async () => {
  const client = connect()
  const missing = open(client, 'ses_none')
  await vi.waitFor(() => expect(missing.head()).toMatchObject({ status: 'missing', error: { code: 'not_found' } }))
  server.session('ses_a')
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  server.say('error', { watch: 'session:ses_a', error: { code: 'not_found', message: 'No such session.' } })
  await vi.waitFor(() => expect(store.head().status).toBe('missing'))
})

test('tries a session again that could not be loaded', async () => {
  server.session('ses_a')
  server.refuse = (name) => (name.startsWith('GET /api/sessions/') ? 500 : null)
  const client = connect()
  const store = open(client, 'ses_a')
  await vi.waitFor(() => expect(store.head()).toMatchObject({ status: 'error', error: { code: 'refused' } }))
  server.refuse = () => null
  await ready(client, 'ses_a')
})

test('loads older messages before the ones it has', async () => {
  const session = server.session('ses_a')
  for (let index = 0; index < 60; index++) {
    session.messages.push({ id: `m${index}`, role: 'user', parts: [{ type: 'text', text: `${index}` }] })
  }
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  expect(store.messageIds()).toHaveLength(50)
  expect(store.head().hasOlder).toBe(true)
  await client.loadOlder('ses_a')
  await vi.waitFor(() => expect(store.messageIds()).toEqual(session.messages.map(({ id }) => id)))
  expect(store.head().hasOlder).toBe(false)
})

test('stops watching a session that nobody reads any more', async () => {
  server.session('ses_a')
  const client = connect()
  const store = open(client, 'ses_a')
  await ready(client, 'ses_a')
  await vi.waitFor(() => expect(server.streams()).toBe(1))
  store.leave()
  await vi.waitFor(() => expect(server.streams()).toBe(0))
})

test('ends everything when the server no longer knows the user', async () => {
  server.session('ses_a')
  const onSignedOut = vi.fn()
  const client = connect({ onSignedOut })
  open(client, 'ses_a')
  await ready(client, 'ses_a')
  server.refuse = () => 401
  server.cutStreams()
  await vi.waitFor(() => expect(onSignedOut).toHaveBeenCalledTimes(1))
  expect(client.connection.status().state).toBe('signed-out')
})

test('drops what it had folded of a run whose log lost its history, and shows the new one alone', async () => {
  const session = server.session('ses_lost')
  session.ask('run_lost', 'What is wrong?')
  session.append('run_lost', ...begin('run_lost'), ...text('t', 'old ', 'history'))
  const client = connect()
  open(client, 'ses_lost')
  await ready(client, 'ses_lost')
  const id = messageIdOf('run_lost')
  const words = () => JSON.stringify(shown(client, 'ses_lost', id)?.parts)
  await vi.waitFor(() => expect(words()).toContain('old history'), { interval: 2 })
  await vi.waitFor(() => expect(server.streams()).toBe(1), { interval: 2 })
  const log = (logId: string, after: number) =>
    server.say('log', { sessionId: 'ses_lost', runId: 'run_lost', logId, after })
  // The same log again, as after every reconnect: nothing is dropped.
  log('first', 6)
  log('first', 3)
  const loads = () => server.requests.filter((request) => request === 'GET /api/sessions/ses_lost').length
  expect(loads()).toBe(1)
  session.append('run_lost', { type: 'text-delta', id: 't', delta: ' goes on' })
  await vi.waitFor(() => expect(words()).toContain('old history goes on'), { interval: 2 })
  expect(loads()).toBe(1)
  // Another one: what lies behind this page's cursor is of another history.
  Object.assign(session.runs[0] ?? {}, { log: [], logId: 'second' })
  log('second', 7)
  session.append('run_lost', ...begin('run_lost'), ...text('t', 'new'))
  await vi.waitFor(() => expect(words()).toContain('"new"'), { interval: 2 })
  expect(words()).not.toContain('old')
  await vi.waitFor(() => expect(loads()).toBeGreaterThan(1), { interval: 2 })
  session.append('run_lost', { type: 'text-delta', id: 't', delta: 'er' })
  await vi.waitFor(() => expect(words()).toContain('"newer"'), { interval: 2 })
})
