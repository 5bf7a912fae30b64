import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Environment } from '@/components/chat/live/environment'
import { HOLD_MILLISECONDS } from '@/components/chat/live/held'
import { type ChatClient, createChatClient } from '@/components/chat/live/store'
import { startTestServer, type TestServer, testEnvironment } from '@/components/chat/live/test-server'
import { UNSENT_KEY } from '@/components/chat/live/unsent'

let server: TestServer
let clients: ChatClient[]
let isOnline: boolean
let kept: Map<string, string>

beforeEach(async () => {
  server = await startTestServer()
  clients = []
  isOnline = true
  kept = new Map()
})
afterEach(async () => {
  for (const client of clients) client.disconnect()
  vi.useRealTimers()
  await server.close()
})

const storage: Environment['storage'] = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
}

/** A page of one tab; `open` again is the same tab after a reload. */
async function open(identity = 'ada', timing: { held?: number } = { held: 15 }) {
  const { environment, fire } = testEnvironment()
  const client = createChatClient({
    baseUrl: server.url,
    identity,
    environment: { ...environment, storage, isOnline: () => isOnline },
    timing: { firstRetry: 1, lastRetry: 10, debounce: 1, ...timing },
    patience: 30,
    grace: 5,
  })
  clients.push(client)
  server.session('ses_a')
  client.connect()
  const session = client.session('ses_a')
  session.subscribe('head', () => {})
  await vi.waitFor(() => expect(session.head().status).toBe('ready'))
  const goOffline = () => {
    isOnline = false
    fire('offline')
  }
  const goOnline = () => {
    isOnline = true
    fire('wake')
  }
  return { client, session, goOffline, goOnline }
}

const say = (message: string) => ({ organisationId: 'org', sessionId: 'ses_a', message })
const asked = () => server.bodies.map(({ body }) => body.message)
const questions = () =>
  server.session('ses_a').messages.flatMap(({ role, parts: [part] }) => (role === 'user' ? [part] : []))

test('what is sent without a network waits, and goes once each, in order, when it is back', async () => {
  const { client, session, goOffline, goOnline } = await open()
  goOffline()
  const first = client.send(say('One?'))
  const second = client.send(say('Two?'))
  await expect(first).rejects.toMatchObject({ code: 'network' })
  await expect(second).rejects.toMatchObject({ code: 'network' })
  await vi.waitFor(() => expect(session.messageIds()).toEqual([first.localId, second.localId]))
  await vi.waitFor(() => expect(session.message(second.localId)?.delivery).toBe('held'))
  expect(session.message(first.localId)?.delivery).toBe('held')
  expect(asked()).toEqual([])
  goOnline()
  await vi.waitFor(() => expect(asked()).toEqual(['One?', 'Two?']))
  await vi.waitFor(() => expect(session.messageIds().some((id) => id.startsWith('local_'))).toBe(false))
  expect(kept.get(UNSENT_KEY)).toBeUndefined()
})

test('what may have arrived before the connection broke is not asked twice', async () => {
  const { client, session } = await open()
  // The server takes it, and the answer is lost five times over.
  const answered: string[] = []
  server.beforeStart = async () => {
    answered.push(server.bodies.at(-1)?.key ?? '')
    if (answered.length <= 5) throw new Error('the socket is destroyed')
  }
  const handle = client.send(say('Once?'))
  await expect(handle).rejects.toMatchObject({ code: 'network' })
  await vi.waitFor(() => expect(session.messageIds().some((id) => id.startsWith('usr_'))).toBe(true))
  expect(new Set(answered)).toEqual(new Set([handle.localId]))
  expect(questions()).toHaveLength(1)
})

test('a reload keeps what waits, under its key; another person in the same tab does not send it', async () => {
  const before = await open()
  before.goOffline()
  const handle = before.client.send(say('After the reload?'))
  await handle.catch(() => {})
  before.client.disconnect()

  isOnline = true
  const foreign = await open('eddie')
  expect(foreign.session.messageIds()).toEqual([])
  foreign.client.disconnect()
  expect(asked()).toEqual([])

  isOnline = false
  const { client, session, goOnline } = await open()
  await vi.waitFor(() => expect(session.message(handle.localId)?.delivery).toBe('held'))
  expect(client.session('ses_a').part(handle.localId, 0)).toEqual({ type: 'text', text: 'After the reload?' })
  goOnline()
  await vi.waitFor(() => expect(server.bodies.map(({ key }) => key)).toEqual([handle.localId]))
})

test('a message that is taken back is not sent', async () => {
  const { client, session, goOffline, goOnline } = await open()
  goOffline()
  const handle = client.send(say('Never mind'))
  await handle.catch(() => {})
  expect(client.takeBack('ses_a', handle.localId)).toBe('Never mind')
  await vi.waitFor(() => expect(session.messageIds()).toEqual([]))
  goOnline()
  await client.send(say('This instead'))
  expect(asked()).toEqual(['This instead'])
})

test('an outage of the sending alone is waited for as well, with the same key', async () => {
  const { client, session } = await open('ada', { held: 200 })
  server.refuse = (name) => (name === 'POST /api/agent/runs' ? 503 : null)
  const handle = client.send(say('Soon?'))
  await expect(handle).rejects.toMatchObject({ status: 503 })
  await vi.waitFor(() => expect(session.message(handle.localId)?.delivery).toBe('held'))
  server.refuse = () => null
  await vi.waitFor(() => expect(server.bodies.map(({ key }) => key)).toEqual([handle.localId]))
})

test('what is refused when its turn comes stays with the reason, and holds up nothing behind it', async () => {
  const { client, session, goOffline, goOnline } = await open()
  goOffline()
  const refused = client.send(say('Refused'))
  const other = client.send(say('Other'))
  await Promise.allSettled([refused, other])
  let refusals = 1
  server.refuse = (name) => (name === 'POST /api/agent/runs' && refusals-- > 0 ? 403 : null)
  goOnline()
  await vi.waitFor(() => expect(asked()).toEqual(['Other']))
  await vi.waitFor(() =>
    expect(session.message(refused.localId)).toMatchObject({ delivery: 'failed', error: { code: 'refused' } }),
  )
  await client.resend('ses_a', refused.localId)
  expect(asked()).toEqual(['Other', 'Refused'])
})

test('after ten minutes a message is sent only when its writer says so', async () => {
  const { client, session, goOffline, goOnline } = await open('ada', { held: 60_000 })
  goOffline()
  const handle = client.send(say('Old by now?'))
  await handle.catch(() => {})
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOLD_MILLISECONDS })
  goOnline()
  await vi.waitFor(() =>
    expect(session.message(handle.localId)).toMatchObject({ delivery: 'failed', error: { code: 'too_old' } }),
  )
  expect(asked()).toEqual([])
  await client.resend('ses_a', handle.localId)
  expect(server.bodies.map(({ key }) => key)).toEqual([handle.localId])
})

test('the first question of a new session, sent again after an unknown outcome, is the same question', async () => {
  const { client } = await open()
  let breaks = 5
  server.beforeStart = async () => {
    if (breaks-- > 0) throw new Error('the socket is destroyed')
  }
  const question = { organisationId: 'org', message: 'New?' }
  const first = client.send(question)
  await first.catch(() => {})
  const second = client.send(question)
  expect(second.localId).toBe(first.localId)
  await second
  expect(client.send(question).localId).not.toBe(first.localId)
})

test('what is kept in the tab and cannot be read is left alone', async () => {
  kept.set(UNSENT_KEY, '[{"localId":1},null,"x"]')
  const { session } = await open()
  expect(session.messageIds()).toEqual([])
  kept.set(UNSENT_KEY, '{broken')
  expect((await open()).session.messageIds()).toEqual([])
})
