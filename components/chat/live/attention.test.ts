import { beforeEach, expect, test, vi } from 'vitest'
import type { Happening } from '@/components/chat/live/happenings'
import { setUpClients } from '@/components/chat/live/set-up'
import type { SessionInfo } from '@/components/chat/live/types'

const here = setUpClients()

beforeEach(() => {
  for (const id of ['ses_a', 'ses_b', 'ses_c']) here.server.organisation.sessions.push(here.server.session(id).info)
})

/** A tab of one browser that shows the list, and a session if one is named. */
async function openTab(sessionId?: string, gather = 30) {
  const { tab, hide, show } = here.openTab({ timing: { gather } })
  const told: string[] = []
  tab.attention.onTell((_, happenings: Happening[]) => told.push(...happenings.map(({ id }) => id)))
  const list = tab.list('org')
  list.subscribe(() => {})
  if (sessionId !== undefined) tab.session(sessionId).subscribe('head', () => {})
  await vi.waitFor(() => expect(list.view().sessions.length).toBeGreaterThan(2))
  await vi.waitFor(() => expect(tab.connection.status().state).toBe('open'))
  return { tab, told, hide, show, view: () => tab.attention.view() }
}

const say = (sessions: Partial<SessionInfo>[], waitingForMe?: string[]) =>
  here.server.say('org', {
    organisationId: 'org',
    sessions: sessions.map((change) => ({ ...here.server.session(change.id ?? '').info, ...change })),
    removed: [],
    waitingForMe,
  })
const end = (id: string, run: string, more: Partial<SessionInfo> = {}) =>
  say([{ id, lastStatus: 'completed', lastRun: { id: run, mine: true }, unread: true, ...more }])
/** What is not to happen has had the time to. */
const pass = () => new Promise((resolve) => setTimeout(resolve, 120))

test('a hidden tab counts what has ended and what waits, and forgets it when it is shown', async () => {
  const { told, view, hide, show } = await openTab()
  end('ses_a', 'run_seen')
  await pass()
  expect(view()).toEqual({ conversations: 0, waits: false })
  say([], [])
  hide()
  end('ses_a', 'run_a')
  end('ses_a', 'run_b', { lastStatus: 'failed' })
  await vi.waitFor(() => expect(view()).toEqual({ conversations: 1, waits: false }))
  say([{ id: 'ses_b', waiting: true, waitingForMe: ['apr_1'] }], ['apr_1'])
  await vi.waitFor(() => expect(view()).toEqual({ conversations: 2, waits: true }))
  await vi.waitFor(() => expect(told.sort()).toEqual(['apr_1', 'run_a', 'run_b']))
  // The same again, as after a reconnect, is no news.
  end('ses_a', 'run_b', { lastStatus: 'failed' })
  say([], ['apr_1'])
  await pass()
  expect(view()).toEqual({ conversations: 2, waits: true })
  expect(told).toHaveLength(3)
  show()
  expect(view()).toEqual({ conversations: 0, waits: false })
})

test('what is dealt with elsewhere is no longer counted, nor told', async () => {
  const { told, view, hide } = await openTab(undefined, 500)
  say([], [])
  hide()
  end('ses_a', 'run_a')
  say([{ id: 'ses_b', waitingForMe: ['apr_1'] }], ['apr_1'])
  await vi.waitFor(() => expect(view().conversations).toBe(2))
  end('ses_a', 'run_a', { unread: false })
  say([{ id: 'ses_b', waitingForMe: [] }], [])
  await vi.waitFor(() => expect(view()).toEqual({ conversations: 0, waits: false }))
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(told).toEqual([])
})

test('runs of others, cancelled ones, and what had ended before the page are not told of', async () => {
  end('ses_c', 'run_old')
  const { told, view, hide } = await openTab()
  hide()
  end('ses_a', 'run_theirs', { lastRun: { id: 'run_theirs', mine: false } })
  end('ses_b', 'run_stopped', { lastStatus: 'cancelled' })
  await pass()
  expect(view()).toEqual({ conversations: 0, waits: false })
  expect(told).toEqual([])
  // A session that began since is news, one that only moved up the list is not.
  const now = Date.now() + 1_000
  end('ses_new', 'run_new', { createdAt: now, updatedAt: now })
  end('ses_older', 'run_older', { createdAt: 1, updatedAt: now })
  await vi.waitFor(() => expect(told).toEqual(['run_new']))
})

test('of several hidden tabs one tells, and each conversation is counted where it is shown, or else once', async () => {
  const [first, second, third] = [await openTab('ses_a'), await openTab('ses_b'), await openTab()]
  const all = [first, second, third]
  for (const { hide } of all) hide()
  await pass()
  end('ses_a', 'run_a')
  end('ses_b', 'run_b')
  end('ses_c', 'run_c')
  await vi.waitFor(() => expect(all.flatMap(({ told }) => told).sort()).toEqual(['run_a', 'run_b', 'run_c']))
  await pass()
  expect(all.flatMap(({ told }) => told)).toHaveLength(3)
  // The first one leads: what nobody shows is counted there.
  expect(all.map(({ view }) => view().conversations)).toEqual([2, 1, 0])
  first.tab.disconnect()
  // Whoever leads then counts that too, and what the closed tab showed.
  await vi.waitFor(() => expect(second.view().conversations + third.view().conversations).toBe(3))
})

test('nothing is told while another tab is looked at, and only what a hidden tab shows is marked in it', async () => {
  const [hidden, seen] = [await openTab('ses_a'), await openTab()]
  hidden.hide()
  await pass()
  end('ses_a', 'run_a')
  end('ses_b', 'run_b')
  await vi.waitFor(() => expect(hidden.view().conversations).toBe(1))
  await pass()
  expect([...hidden.told, ...seen.told]).toEqual([])
  seen.hide()
  await pass()
  end('ses_b', 'run_c')
  await vi.waitFor(() => expect(hidden.told).toEqual(['run_c']))
  expect(hidden.view().conversations).toBe(2)
  seen.show()
  await vi.waitFor(() => expect(hidden.view().conversations).toBe(1))
})
