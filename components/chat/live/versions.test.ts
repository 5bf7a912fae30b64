import { beforeEach, expect, test, vi } from 'vitest'
import { setUpClients } from '@/components/chat/live/set-up'
import type { ChatClient } from '@/components/chat/live/store'
import type { TestSession } from '@/components/chat/live/test-server'
import { messageIdOf, type RunChunk } from '@/lib/agent/events'

const here = setUpClients({ timing: { firstRetry: 5, lastRetry: 20 }, patience: 100 })
let client: ChatClient

beforeEach(() => {
  client = here.make()
  client.connect()
})

const begin = (runId: string): RunChunk[] => [
  { type: 'start', messageId: messageIdOf(runId) },
  { type: 'start-step' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: `About ${runId}` },
]
const end: RunChunk[] = [{ type: 'text-end', id: 't' }, { type: 'finish' }]

/** Asked and answered. */
function turn(session: TestSession, runId: string, behind?: number) {
  if (behind === undefined) session.ask(runId, runId)
  else session.replace(runId, runId, behind)
  session.append(runId, ...begin(runId), ...end)
  session.settle(runId)
}

async function open(session: TestSession) {
  const store = client.session(session.info.id)
  for (const topic of ['ids', 'head', 'run'] as const) store.subscribe(topic, () => {})
  await vi.waitFor(() => expect(store.head().status).toBe('ready'))
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  return store
}

/** The questions and answers that are shown, by their runs. */
const shown = (store: { messageIds: () => readonly string[] }) => store.messageIds().map((id) => id.replace('run_', ''))
const loads = () => here.server.requests.filter((request) => request === 'GET /api/sessions/ses_a').length

test('a question that is replaced elsewhere goes at once, with all that followed, and nothing is read anew', async () => {
  const session = here.server.session('ses_a')
  for (const runId of ['run_a', 'run_b', 'run_c']) turn(session, runId)
  const store = await open(session)
  const seen: string[][] = []
  store.subscribe('ids', () => seen.push(shown(store)))
  session.replace('run_d', 'run_d', 2)
  session.append('run_d', ...begin('run_d'))
  await vi.waitFor(() => expect(shown(store)).toEqual(['usr_a', 'msg_a', 'usr_d', 'msg_d']))
  expect(store.part('msg_run_d', 1)).toMatchObject({ text: 'About run_d' })
  session.append('run_d', ...end)
  session.settle('run_d')
  turn(session, 'run_e')
  await vi.waitFor(() => expect(shown(store)).toEqual(['usr_a', 'msg_a', 'usr_d', 'msg_d', 'usr_e', 'msg_e']))
  // Never the old end together with the new one.
  expect(seen.filter((ids) => ids.includes('usr_d') && (ids.includes('usr_b') || ids.includes('msg_c')))).toEqual([])
  expect(loads()).toBe(1)
  expect(store.head().session?.thread).toBe(7)
})

test('older pages that were loaded stay above another thread that has them too', async () => {
  const session = here.server.session('ses_a')
  for (let index = 0; index < 40; index++) turn(session, `run_${index}`)
  session.versions.push([[1, 80]])
  const store = await open(session)
  await client.loadOlder('ses_a')
  turn(session, 'run_new', 70)
  await vi.waitFor(() => expect(shown(store)).toHaveLength(72))
  session.go([[1, 80]])
  await vi.waitFor(() => expect(shown(store)).toHaveLength(80))
  expect(new Set(shown(store)).size).toBe(80)
  expect(store.head().hasOlder).toBe(false)
})

test('the first question can be replaced, and then nothing is older', async () => {
  const session = here.server.session('ses_a')
  for (let index = 0; index < 30; index++) turn(session, `run_${index}`)
  const store = await open(session)
  expect(store.head().hasOlder).toBe(true)
  turn(session, 'run_new', 0)
  await vi.waitFor(() => expect(shown(store)).toEqual(['usr_new', 'msg_new']))
  expect(store.head().hasOlder).toBe(false)
})

test('a question above what is loaded can be replaced', async () => {
  const session = here.server.session('ses_a')
  for (let index = 0; index < 40; index++) turn(session, `run_${index}`)
  const store = await open(session)
  expect(shown(store)).toHaveLength(50)
  turn(session, 'run_new', 10)
  await vi.waitFor(() => expect(shown(store).slice(-2)).toEqual(['usr_new', 'msg_new']))
  await vi.waitFor(() => expect(shown(store)).toHaveLength(12))
})

test('events of a run that lag behind the question that replaced it bring nothing back', async () => {
  const session = here.server.session('ses_a')
  turn(session, 'run_a')
  session.ask('run_b', 'run_b')
  session.append('run_b', ...begin('run_b'))
  const store = await open(session)
  await vi.waitFor(() => expect(shown(store)).toHaveLength(4))
  const cancelled = [{ type: 'text-end', id: 't' }, { type: 'abort' }] as RunChunk[]
  session.replace('run_d', 'run_d', 0)
  session.append('run_b', ...cancelled)
  session.append('run_d', ...begin('run_d'))
  await vi.waitFor(() => expect(store.part('msg_run_d', 1)).toMatchObject({ text: 'About run_d' }))
  expect(shown(store)).toEqual(['usr_d', 'msg_d'])
  expect(store.run()).toMatchObject({ runId: 'run_d', status: 'running' })
})

test('another current thread is shown to everybody, and the one before when it is that again', async () => {
  const session = here.server.session('ses_a')
  for (const runId of ['run_a', 'run_b', 'run_c']) turn(session, runId)
  turn(session, 'run_d', 2)
  const store = await open(session)
  expect(shown(store)).toEqual(['usr_a', 'msg_a', 'usr_d', 'msg_d'])
  session.go([[1, 6]])
  await vi.waitFor(() => expect(shown(store)).toEqual(['usr_a', 'msg_a', 'usr_b', 'msg_b', 'usr_c', 'msg_c']))
  turn(session, 'run_e')
  await vi.waitFor(() => expect(shown(store).slice(-4)).toEqual(['usr_c', 'msg_c', 'usr_e', 'msg_e']))
  session.go([
    [1, 2],
    [7, 8],
  ])
  await vi.waitFor(() => expect(shown(store)).toEqual(['usr_a', 'msg_a', 'usr_d', 'msg_d']))
  session.go([
    [1, 6],
    [9, 10],
  ])
  await vi.waitFor(() => expect(shown(store)).toHaveLength(8))
})

test.each([
  ['is replaced', (session: TestSession) => turn(session, 'run_d', 2), ['usr_a', 'msg_a', 'usr_d', 'msg_d']],
  [
    'is replaced twice',
    (session: TestSession) => {
      turn(session, 'run_d', 2)
      turn(session, 'run_e', 2)
    },
    ['usr_a', 'msg_a', 'usr_e', 'msg_e'],
  ],
  [
    'is replaced and put back',
    (session: TestSession) => {
      turn(session, 'run_d', 2)
      session.go([[1, 4]])
    },
    ['usr_a', 'msg_a', 'usr_b', 'msg_b'],
  ],
])('what %s while the network is away is right afterwards', async (_, change, expected) => {
  const session = here.server.session('ses_a')
  turn(session, 'run_a')
  session.ask('run_b', 'run_b')
  session.append('run_b', ...begin('run_b'))
  const store = await open(session)
  here.server.refuse = (name) => (name === 'GET /api/events' ? 503 : null)
  here.server.cutStreams()
  await vi.waitFor(() => expect(client.connection.status().state).toBe('reconnecting'))
  session.append('run_b', ...end)
  session.settle('run_b')
  change(session)
  here.server.refuse = () => null
  await vi.waitFor(() => expect(client.connection.status().state).toBe('open'))
  await vi.waitFor(() => expect(shown(store)).toEqual(expected))
  await store.load()
  await vi.waitFor(() => expect(shown(store)).toEqual(expected))
})

test('replacing a question resolves when it is shown, asks once under one key, and shows nothing of a refusal', async () => {
  const session = here.server.session('ses_a')
  turn(session, 'run_a')
  const store = await open(session)
  const input = { organisationId: 'org', sessionId: 'ses_a', message: 'Better', replaces: 'usr_run_a' }
  here.server.refuse = (name) => (name === 'POST /api/agent/runs' ? 409 : null)
  await expect(client.replace(input, 'key')).rejects.toMatchObject({ status: 409 })
  expect(shown(store)).toEqual(['usr_a', 'msg_a'])
  here.server.refuse = () => null
  const { runId } = await client.replace(input, 'key')
  expect(here.server.bodies.at(-1)).toMatchObject({ key: 'key', body: { replaces: 'usr_run_a', message: 'Better' } })
  await vi.waitFor(() => expect(store.messageIds()).toEqual([`usr_${runId}`]))
})

test('an earlier version is read beside the current one, older pages too, and changes nothing', async () => {
  const session = here.server.session('ses_a')
  for (let index = 0; index < 30; index++) turn(session, `run_${index}`)
  session.versions.push([[1, 60]])
  turn(session, 'run_new', 58)
  const store = await open(session)
  const version = client.version('ses_a', 'usr_run_29')
  const old = version.session('ses_a')
  await old.load()
  await vi.waitFor(() => expect(shown(old).slice(-2)).toEqual(['usr_29', 'msg_29']))
  expect(old.head()).toMatchObject({ hasOlder: true, session: { isCurrent: false } })
  await version.loadOlder('ses_a')
  await vi.waitFor(() => expect(shown(old)).toHaveLength(60))
  expect(shown(store).slice(-2)).toEqual(['usr_new', 'msg_new'])
  expect(version.session('ses_b')).toBe(client.session('ses_b'))
})
