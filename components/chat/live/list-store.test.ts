import { beforeEach, expect, test, vi } from 'vitest'
import { setUpClients } from '@/components/chat/live/set-up'
import type { ChatClient } from '@/components/chat/live/store'

const here = setUpClients({ timing: { firstRetry: 2, lastRetry: 20, debounce: 1 }, patience: 5 })
let client: ChatClient

beforeEach(() => {
  client = here.make()
  client.connect()
})

const summary = (id: string, updatedAt: number) => ({ ...here.server.session(id).info, title: id, updatedAt })

async function open() {
  const list = client.list('org')
  list.subscribe(() => {})
  await vi.waitFor(() => expect(list.view().status).toBe('ready'))
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  return list
}

test('lists sessions newest first and follows what changes, comes and goes', async () => {
  here.server.organisation.sessions = [summary('a', 1), summary('b', 2)]
  const list = await open()
  const ids = () => list.view().sessions.map(({ id }) => id)
  await vi.waitFor(() => expect(ids()).toEqual(['b', 'a']))
  const untouched = list.view().sessions[0]
  here.server.say('org', {
    organisationId: 'org',
    sessions: [{ ...summary('a', 3), title: 'New' }, summary('c', 0)],
    removed: [],
  })
  await vi.waitFor(() => expect(ids()).toEqual(['a', 'b', 'c']))
  expect(list.view().sessions[0]?.title).toBe('New')
  expect(list.view().sessions[1]).toEqual(untouched)
  here.server.say('org', { organisationId: 'org', sessions: [], removed: ['b'] })
  await vi.waitFor(() => expect(ids()).toEqual(['a', 'c']))
})

test('notices what was deleted while the connection was broken', async () => {
  here.server.organisation.sessions = [summary('a', 1), summary('b', 2)]
  const list = await open()
  await vi.waitFor(() => expect(list.view().sessions).toHaveLength(2))
  here.server.refuse = (name) => (name === 'GET /api/events' ? 503 : null)
  here.server.cutStreams()
  await vi.waitFor(() => expect(client.connection.status().state).toBe('reconnecting'))
  here.server.organisation.sessions = [summary('a', 1)]
  here.server.refuse = () => null
  await vi.waitFor(() => expect(list.view().sessions.map(({ id }) => id)).toEqual(['a']))
})

test('renames and deletes in the list once the server agreed; a search does not touch it', async () => {
  here.server.organisation.sessions = [summary('a', 1)]
  const list = await open()
  here.server.refuse = (name) => (name.startsWith('PATCH') ? 403 : null)
  await expect(client.renameSession('a', 'Mine')).rejects.toMatchObject({ status: 403 })
  expect(list.view().sessions[0]?.title).toBe('a')
  here.server.refuse = () => null
  await client.renameSession('a', 'Mine')
  await vi.waitFor(() => expect(list.view().sessions[0]?.title).toBe('Mine'))
  here.server.organisation.sessions = [summary('found', 1)]
  expect((await client.loadSessions('org', { q: 'fo' })).sessions.map(({ id }) => id)).toEqual(['found'])
  expect(here.server.requests.at(-1)).toBe('GET /api/sessions?org=org&q=fo')
  await client.deleteSession('a')
  await vi.waitFor(() => expect(list.view().sessions).toEqual([]))
})
