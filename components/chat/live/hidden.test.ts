import { expect, test, vi } from 'vitest'
import { opening, setUpClients, textIn, word } from '@/components/chat/live/set-up'
import type { ChatClient } from '@/components/chat/live/store'
import { messageIdOf } from '@/lib/agent/events'

const here = setUpClients()
const { openTab } = here

async function open(tab: ChatClient, sessionId: string) {
  const session = tab.session(sessionId)
  session.subscribe('head', () => {})
  tab.list('org').subscribe(() => {})
  await vi.waitFor(() => expect(session.head().status).toBe('ready'))
  await vi.waitFor(() => expect(here.server.watched()).toContain(`session:${sessionId}`))
  return session
}

function startSession(id: string, runId: string) {
  const session = here.server.session(id)
  session.ask(runId, 'Why?')
  session.append(runId, ...opening(runId), word('one '))
  return session
}

test('while every tab is hidden one stream carries the list alone, and no token', async () => {
  const [first, second] = [openTab(), openTab()]
  const session = startSession('ses_a', 'run_a')
  startSession('ses_b', 'run_b')
  await open(first.tab, 'ses_a')
  await open(second.tab, 'ses_b')
  await vi.waitFor(() => expect(here.server.watched()).toEqual(['org:org', 'session:ses_a', 'session:ses_b']))
  first.hide()
  await vi.waitFor(() => expect(here.server.watched()).toEqual(['org:org', 'session:ses_b']))
  second.hide()
  await vi.waitFor(() => expect(here.server.watched()).toEqual(['org:org']))
  expect(here.server.streams()).toBe(1)

  const before = here.server.sent('run')
  session.append('run_a', word('two '), word('three '))
  first.fire('wake')
  // The list goes on: this is how a hidden tab hears that something ended.
  here.server.say('org', { organisationId: 'org', sessions: [{ ...session.info, title: 'Renamed' }] })
  await vi.waitFor(() => expect(second.tab.list('org').view().sessions[0]?.title).toBe('Renamed'))
  expect(here.server.sent('run')).toBe(before)
  expect(textIn(first.tab, 'ses_a', 'run_a')).toBe('one ')

  first.show()
  await vi.waitFor(() => expect(textIn(first.tab, 'ses_a', 'run_a')).toBe('one two three '))
  await vi.waitFor(() => expect(here.server.watched()).toEqual(['org:org', 'session:ses_a']))
  expect(here.server.streams()).toBe(1)
  expect(
    here.server.requests.filter((request) => decodeURIComponent(request).includes('session:ses_a@run_a.3')),
  ).not.toEqual([])
})

test('a whole exchange that went by while hidden is there when the tab is shown', async () => {
  const { tab, hide, show } = openTab()
  const session = startSession('ses_a', 'run_a')
  const store = await open(tab, 'ses_a')
  hide()
  await vi.waitFor(() => expect(here.server.watched()).toEqual(['org:org']))
  session.append('run_a', word('two'), { type: 'text-end', id: 't' }, { type: 'finish' })
  session.settle('run_a')
  session.ask('run_b', 'And now?')
  session.append('run_b', ...opening('run_b'), word('later'))
  show()
  await vi.waitFor(() => expect(textIn(tab, 'ses_a', 'run_b')).toBe('later'))
  expect(textIn(tab, 'ses_a', 'run_a')).toBe('one two')
  expect(store.messageIds()).toEqual(['usr_run_a', messageIdOf('run_a'), 'usr_run_b', messageIdOf('run_b')])
})

test('what another tab watched meanwhile is caught up with too, and the head with it', async () => {
  const [hidden, seen] = [openTab(), openTab()]
  const session = startSession('ses_a', 'run_a')
  const store = await open(hidden.tab, 'ses_a')
  hidden.hide()
  await vi.waitFor(() => expect(here.server.watched()).toEqual(['org:org']))
  session.append('run_a', word('two '))
  await open(seen.tab, 'ses_a')
  session.append('run_a', word('three '))
  session.info = { ...session.info, title: 'Renamed' }
  session.changed()
  await vi.waitFor(() => expect(textIn(seen.tab, 'ses_a', 'run_a')).toBe('one two three '))
  expect(textIn(hidden.tab, 'ses_a', 'run_a')).toBe('one ')
  hidden.show()
  await vi.waitFor(() => expect(textIn(hidden.tab, 'ses_a', 'run_a')).toBe('one two three '))
  await vi.waitFor(() => expect(store.head().session?.title).toBe('Renamed'))
  session.append('run_a', word('four'))
  for (const { tab } of [hidden, seen])
    await vi.waitFor(() => expect(textIn(tab, 'ses_a', 'run_a')).toBe('one two three four'))
})

test('who looks elsewhere for a moment only makes no new connection', async () => {
  const { tab, hide, show } = openTab()
  startSession('ses_a', 'run_a')
  await open(tab, 'ses_a')
  const connections = () => here.server.requests.filter((request) => request.startsWith('GET /api/events')).length
  await vi.waitFor(() => expect(here.server.watched()).toEqual(['org:org', 'session:ses_a']))
  const before = connections()
  hide()
  show()
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(connections()).toBe(before)
})
