import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Api, ApiError } from '@/components/chat/live/api'
import { createQueueActions } from '@/components/chat/live/queue-actions'
import { type ChatClient, createChatClient } from '@/components/chat/live/store'
import { startTestServer, type TestServer, testEnvironment } from '@/components/chat/live/test-server'

let server: TestServer
let client: ChatClient

beforeEach(async () => {
  server = await startTestServer()
  const session = server.session('ses_a')
  session.ask('run_a', 'Hello?')
  session.queue.push({ id: 'run_b', message: 'one' }, { id: 'run_c', message: 'two' })
  const { environment } = testEnvironment()
  client = createChatClient({ baseUrl: server.url, environment, timing: { firstRetry: 2, lastRetry: 20, debounce: 1 } })
  client.connect()
  client.session('ses_a').subscribe('head', () => {})
  await vi.waitFor(() => expect(words()).toEqual(['one', 'two']))
  await vi.waitFor(() => expect(server.streams()).toBe(1))
})
afterEach(async () => {
  client.disconnect()
  await server.close()
})

const words = () =>
  client
    .session('ses_a')
    .queue()
    .items.map(({ message }) => message)

/** The actions, with a server's answer that the test decides on. */
const actions = (answer: () => Promise<void>) =>
  createQueueActions((async () => answer()) as unknown as Api, (id) => client.session(id))

const refused = new ApiError({ code: 'unavailable', message: 'Not now.', status: 503 })

test('a change is shown at once, and taken back when the server refuses it', async () => {
  const { editQueued } = actions(async () => {
    await vi.waitFor(() => expect(words()).toEqual(['one and a half', 'two']))
    throw refused
  })
  await expect(editQueued('ses_a', 'run_b', 'one and a half')).rejects.toBe(refused)
  await vi.waitFor(() => expect(words()).toEqual(['one', 'two']))
})

test('what another did meanwhile stays, whatever becomes of a change', async () => {
  const { moveQueued } = actions(async () => {
    const session = server.session('ses_a')
    session.queue = [{ id: 'run_c', message: 'two, edited elsewhere' }]
    session.changed()
    await vi.waitFor(() => expect(words()).toEqual(['two, edited elsewhere']))
    throw refused
  })
  const asked = server.requests.length
  await expect(moveQueued('ses_a', 'run_b', null)).rejects.toBe(refused)
  // The server is asked how the queue is now.
  await vi.waitFor(() => expect(server.requests.slice(asked)).toContainEqual(expect.stringContaining('ses_a')))
  expect(words()).toEqual(['two, edited elsewhere'])
})
