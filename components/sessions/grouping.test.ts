import { describe, expect, it } from 'vitest'
import type { SessionSummary } from '@/components/chat/live/types'
import { groupSessions, sessionState } from '@/components/sessions/grouping'

const NOW = new Date(2026, 10, 25, 12).getTime()
const session = (id: string, more: Partial<SessionSummary> = {}): SessionSummary => ({
  id,
  title: id,
  visibility: 'private',
  owner: 'user:me',
  createdAt: 0,
  updatedAt: NOW,
  messageCount: 2,
  activeRunId: null,
  ...more,
})

describe('the list of sessions', () => {
  const sessions = [
    session('today'),
    session('theirs', { owner: 'user:other', visibility: 'organisation' }),
    session('old', { updatedAt: NOW - 3 * 86_400_000, pinned: true }),
    session('yesterday', { updatedAt: NOW - 86_400_000 }),
    session('away', { archived: true }),
  ]
  const ids = (filter: Parameters<typeof groupSessions>[1]['filter']) =>
    groupSessions(sessions, { filter, owner: 'user:me', now: NOW }).map(({ heading, sessions: inGroup }) => [
      heading,
      ...inGroup.map(({ id }) => id),
    ])

  it('has pinned ones first, then days, and keeps archived ones apart', () => {
    expect(ids('all')).toEqual([
      ['Pinned', 'old'],
      ['Today', 'today', 'theirs'],
      ['Yesterday', 'yesterday'],
    ])
    expect(ids('archived')).toEqual([['Today', 'away']])
  })

  it('parts one’s own from the organisation’s', () => {
    expect(ids('mine').flat()).not.toContain('theirs')
    expect(ids('organisation')).toEqual([['Today', 'theirs']])
  })
})

it('tells the most urgent thing about a session', () => {
  expect(sessionState(session('a', { waiting: true, waitingForMe: ['x'], activeRunId: 'r' }))).toBe('waiting-for-me')
  expect(sessionState(session('a', { waiting: true, activeRunId: 'r' }))).toBe('waiting')
  expect(sessionState(session('a', { activeRunId: 'r', unread: true }))).toBe('running')
  expect(sessionState(session('a', { unread: true, lastStatus: 'failed' }))).toBe('failed')
  expect(sessionState(session('a', { unread: true, lastStatus: 'completed' }))).toBe('new-answer')
  expect(sessionState(session('a', { lastStatus: 'failed' }))).toBe('quiet')
})
