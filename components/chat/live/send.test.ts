import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/components/chat/live/api'
import { setUpClients } from '@/components/chat/live/set-up'
import type { ChatClient } from '@/components/chat/live/store'

const here = setUpClients({
  timing: { firstRetry: 2, lastRetry: 20, debounce: 1 },
  patience: 400,
  grace: 5,
})
let client: ChatClient

beforeEach(() => {
  client = here.make()
  client.connect()
})

async function open(sessionId: string) {
  here.server.session(sessionId)
  const session = client.session(sessionId)
  session.subscribe('head', () => {})
  await vi.waitFor(() => expect(session.head().status).toBe('ready'))
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  return session
}

const input = { organisationId: 'org', sessionId: 'ses_a', message: 'Why?' }
const posts = () => here.server.requests.filter((request) => request === 'POST /api/agent/runs')
const cancels = () => here.server.requests.filter((request) => request.endsWith('/cancel'))

test('shows a message at once, and the stored one in its place', async () => {
  const session = await open('ses_a')
  const release = Promise.withResolvers<void>()
  here.server.beforeStart = () => release.promise
  const handle = client.send(input)
  await vi.waitFor(() => expect(session.messageIds()).toEqual([handle.localId]))
  expect(session.message(handle.localId)).toMatchObject({ role: 'user', delivery: 'sending' })
  expect(session.part(handle.localId, 0)).toEqual({ type: 'text', text: 'Why?' })
  release.resolve()
  const { runId, status } = await handle
  expect(status).toBe('running')
  await vi.waitFor(() => expect(session.messageIds()).toEqual([`usr_${runId}`]))
  expect(session.message(handle.localId)).toBeUndefined()
  expect(session.message(`usr_${runId}`)).toMatchObject({ delivery: 'stored' })
})

test('a message stands before its answer, also while its stored form is late', async () => {
  const session = await open('ses_a')
  here.server.beforeStart = async () => {
    const [runId, chunk] = ['run_early', { type: 'start', messageId: 'msg_run_early' }]
    here.server.say('run', { sessionId: 'ses_a', runId, n: 1, chunk })
    await vi.waitFor(() => expect(session.messageIds()).toContain('msg_run_early'))
    expect(session.messageIds()).toEqual([handle.localId, 'msg_run_early'])
  }
  const handle = client.send(input)
  await handle
})

test('a failed message stays with its error, can be sent again under the same key, or be taken back', async () => {
  const session = await open('ses_a')
  here.server.refuse = (name) => (name === 'POST /api/agent/runs' ? 400 : null)
  const handle = client.send(input)
  const error = await handle.catch((failure: unknown) => failure)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ code: 'refused', field: 'message', status: 400, message: 'Refused by the test.' })
  await vi.waitFor(() =>
    expect(session.message(handle.localId)).toMatchObject({ delivery: 'failed', error: { code: 'refused' } }),
  )
  const second = client.resend('ses_a', handle.localId)
  await expect(second).rejects.toBeInstanceOf(ApiError)
  here.server.refuse = () => null
  const third = client.send({ ...input, message: 'Other' })
  await third
  const fourth = client.resend('ses_a', handle.localId)
  await fourth
  expect(here.server.bodies.map(({ key }) => key)).toEqual([third.localId, handle.localId])
  await vi.waitFor(() => expect(session.messageIds().some((id) => id.startsWith('local_'))).toBe(false))

  here.server.refuse = (name) => (name === 'POST /api/agent/runs' ? 400 : null)
  const fifth = client.send({ ...input, message: 'Back to me' })
  await fifth.catch(() => {})
  expect(client.takeBack('ses_a', fifth.localId)).toBe('Back to me')
  await vi.waitFor(() => expect(session.messageIds()).not.toContain(fifth.localId))
  expect(client.resend('ses_a', fifth.localId)).toBeNull()
})

test('asks again with the same key when the connection broke or the server was away', async () => {
  await open('ses_a')
  let refusals = 2
  here.server.refuse = (name) => (name === 'POST /api/agent/runs' && refusals-- > 0 ? 503 : null)
  let breaks = 1
  here.server.beforeStart = async () => {
    if (breaks-- > 0) throw new Error('the socket is destroyed')
  }
  const handle = client.send(input)
  await expect(handle).resolves.toMatchObject({ status: 'running' })
  expect(posts()).toHaveLength(4)
  expect(here.server.bodies.map(({ key }) => key)).toEqual([handle.localId, handle.localId])
  expect(here.server.bodies[0]?.body).toEqual({ message: 'Why?', sessionId: 'ses_a', orgId: 'org' })
})

test('carries out a stop that was pressed while the message was under way', async () => {
  const session = await open('ses_a')
  const release = Promise.withResolvers<void>()
  here.server.beforeStart = () => release.promise
  const handle = client.send(input)
  const stopped = client.stopSession('ses_a')
  expect(cancels()).toEqual([])
  release.resolve()
  const { runId } = await handle
  await stopped
  await vi.waitFor(() => expect(cancels()).toEqual([`POST /api/agent/runs/${runId}/cancel`]))
  await vi.waitFor(() => expect(session.run()).toMatchObject({ runId, stopping: true }))
})

test('stops the active run once, and says so until it has ended', async () => {
  const session = await open('ses_a')
  const { runId } = await client.send(input)
  await vi.waitFor(() => expect(session.head().activeRun).toEqual({ runId, status: 'running' }))
  await client.stopSession('ses_a')
  await vi.waitFor(() => expect(session.run().stopping).toBe(true))
  const item = here.server.session('ses_a')
  item.append(runId, { type: 'start', messageId: `msg_${runId}` }, { type: 'abort' })
  item.settle(runId)
  await vi.waitFor(() => expect(session.run()).toMatchObject({ status: 'cancelled', stopping: false }))
  await client.stopSession('ses_a')
  expect(cancels()).toHaveLength(1)
})

test('a refused stop is told, one that came too late is not', async () => {
  const session = await open('ses_a')
  const { runId } = await client.send(input)
  here.server.refuse = (name) => (name.endsWith('/cancel') ? 403 : null)
  await expect(client.stop(runId)).rejects.toMatchObject({ status: 403 })
  await vi.waitFor(() => expect(session.run().stopping).toBe(false))
  here.server.refuse = (name) => (name.endsWith('/cancel') ? 409 : null)
  await expect(client.stop(runId)).resolves.toBeUndefined()
})

test('the first message of a new session is there when its page opens', async () => {
  const handle = client.send({ organisationId: 'org', message: 'New?' })
  const { sessionId, runId } = await handle
  const session = client.session(sessionId)
  await vi.waitFor(() => expect(session.messageIds()).toEqual([handle.localId]))
  await open(sessionId)
  await vi.waitFor(() => expect(session.messageIds()).toEqual([`usr_${runId}`]))
})

test('a message to a busy session goes to the queue, which can be changed; what the server refuses is taken back', async () => {
  const session = await open('ses_a')
  await client.send(input)
  const { runId: first } = await client.send({ ...input, message: 'Then?' })
  const { runId: second } = await client.send({ ...input, message: 'And then?' })
  const items = () => session.queue().items.map(({ id, message }) => [id, message])
  await vi.waitFor(() =>
    expect(items()).toEqual([
      [first, 'Then?'],
      [second, 'And then?'],
    ]),
  )
  expect(session.messageIds()).toHaveLength(1)
  await client.moveQueued('ses_a', second, first)
  await vi.waitFor(() =>
    expect(items()).toEqual([
      [second, 'And then?'],
      [first, 'Then?'],
    ]),
  )
  await client.editQueued('ses_a', first, 'Instead?')
  await vi.waitFor(() =>
    expect(items()).toEqual([
      [second, 'And then?'],
      [first, 'Instead?'],
    ]),
  )
  here.server.refuse = () => 409
  await expect(client.removeQueued('ses_a', second)).rejects.toMatchObject({ status: 409 })
  await vi.waitFor(() => expect(items()).toHaveLength(2))
  here.server.refuse = () => null
  await client.removeQueued('ses_a', second)
  await vi.waitFor(() => expect(items()).toEqual([[first, 'Instead?']]))
})
