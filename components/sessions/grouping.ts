import type { SessionSummary } from '@/components/chat/live/types'
import { dayGroup } from '@/components/ui/format'

export const LIST_FILTERS = ['all', 'mine', 'organisation', 'archived'] as const
export type ListFilter = (typeof LIST_FILTERS)[number]

export interface SessionGroup {
  heading: string
  sessions: SessionSummary[]
}

/** What the list shows: pinned ones first, then by the day they were last touched; archived ones only when asked for. */
export function groupSessions(
  sessions: readonly SessionSummary[],
  { filter, owner, now }: { filter: ListFilter; owner: string; now: number | null },
): SessionGroup[] {
  const shown = sessions.filter((session) => {
    if (filter === 'archived') return session.archived === true
    if (session.archived) return false
    if (filter === 'mine') return session.owner === owner
    return filter === 'all' || session.visibility === 'organisation'
  })
  const groups = new Map<string, SessionSummary[]>()
  const add = (heading: string, session: SessionSummary) => {
    const group = groups.get(heading)
    if (group) group.push(session)
    else groups.set(heading, [session])
  }
  for (const session of shown) if (session.pinned) add('Pinned', session)
  for (const session of shown) if (!session.pinned) add(now === null ? '' : dayGroup(session.updatedAt, now), session)
  return [...groups].map(([heading, inGroup]) => ({ heading, sessions: inGroup }))
}

export type SessionState = 'waiting-for-me' | 'waiting' | 'running' | 'failed' | 'new-answer' | 'quiet'

/** The one thing that the list tells about a session, the most urgent first. */
export function sessionState(session: SessionSummary): SessionState {
  if ((session.waitingForMe ?? []).length > 0) return 'waiting-for-me'
  if (session.waiting) return 'waiting'
  if (session.activeRunId) return 'running'
  if (session.unread) return session.lastStatus === 'failed' ? 'failed' : 'new-answer'
  return 'quiet'
}
