import type { SessionSummary } from '@/components/chat/live/types'

/** Something about a conversation that a person may want to come back for. `id`: the run's, or the approval's. */
export type Happening =
  | { kind: 'ended'; id: string; sessionId: string; title: string; outcome: 'completed' | 'failed'; mine: boolean }
  | { kind: 'waits'; id: string; sessionId: string | null; title: string }

/** What a list has just learnt. */
export interface ListFacts {
  sessions: readonly SessionSummary[]
  /** The approvals that wait for the caller, when they may have changed. */
  waitingForMe?: readonly string[]
}

export interface Changes {
  happened: Happening[]
  /** Ids of happenings that somebody has dealt with, here or on another device. */
  dealtWith: string[]
}

/** Finds what happened in an organisation in what its list learns. What was so before the page is not news. */
export function createHappenings(): { see: (facts: ListFacts) => Changes } {
  const sessions = new Map<string, SessionSummary>()
  let waiting: ReadonlySet<string> | null = null
  /** The server's time as of the first look: a session that is newer began since. */
  let begin: number | null = null

  function ended(session: SessionSummary): Happening[] {
    const { lastRun, lastStatus, id: sessionId, title } = session
    const before = sessions.get(sessionId)
    const isNews = before ? before.lastRun?.id !== lastRun?.id : begin !== null && session.createdAt > begin
    // Who stopped a run knows that it has ended.
    if (!isNews || !lastRun || !lastStatus || lastStatus === 'cancelled') return []
    return [{ kind: 'ended', id: lastRun.id, sessionId, title, outcome: lastStatus, mine: lastRun.mine }]
  }

  function waits(ids: readonly string[]): Happening[] {
    const fresh = waiting ? ids.filter((id) => !waiting?.has(id)) : []
    return fresh.map((id) => {
      const session = [...sessions.values()].find(({ waitingForMe }) => waitingForMe?.includes(id))
      return { kind: 'waits', id, sessionId: session?.id ?? null, title: session?.title ?? '' }
    })
  }

  return {
    see: (facts) => {
      const happened: Happening[] = []
      const dealtWith: string[] = []
      for (const session of facts.sessions) {
        happened.push(...ended(session))
        const before = sessions.get(session.id)
        if (before?.unread && !session.unread && session.lastRun) dealtWith.push(session.lastRun.id)
        sessions.set(session.id, session)
      }
      begin ??= Math.max(0, ...facts.sessions.map(({ updatedAt }) => updatedAt))
      if (facts.waitingForMe) {
        const now = new Set(facts.waitingForMe)
        happened.push(...waits(facts.waitingForMe))
        dealtWith.push(...[...(waiting ?? [])].filter((id) => !now.has(id)))
        waiting = now
      }
      return { happened, dealtWith }
    },
  }
}
