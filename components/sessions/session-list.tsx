'use client'

import { usePathname } from 'next/navigation'
import { useEffect, useMemo, useState } from 'react'
import { useClient, useSessionList } from '@/components/chat/live'
import type { SessionSummary } from '@/components/chat/live/types'
import { groupSessions, type ListFilter } from '@/components/sessions/grouping'
import { sessionIdOfPath } from '@/components/sessions/paths'
import { SessionLink } from '@/components/sessions/session-link'
import { SessionSearch } from '@/components/sessions/session-search'
import { useWorkspace } from '@/components/sessions/workspace'
import { Button } from '@/components/ui/button'
import { toastError } from '@/components/ui/toaster'

const EMPTY: Record<ListFilter, string> = {
  all: 'Your questions will be listed here.',
  mine: 'Nothing of your own yet.',
  organisation: 'Nobody has shared a session with the organisation yet.',
  archived: 'Nothing is archived.',
}

/** The caller's sessions and the organisation's: pinned first, then under the days they were last touched; searched by title. */
export function SessionList({ onNavigate }: { onNavigate: () => void }) {
  const { current, user } = useWorkspace()
  const { id: organisationId, slug } = current.organisation
  const { sessions, nextCursor, status, error } = useSessionList(organisationId)
  const client = useClient()
  const openId = sessionIdOfPath(usePathname())
  const now = useNow()
  const [filter, setFilter] = useState<ListFilter>('all')
  const [found, setFound] = useState<SessionSummary[] | null>(null)
  const owner = `user:${user.id}`
  const groups = useMemo(
    () => groupSessions(found ?? sessions, { filter: found ? 'all' : filter, owner, now }),
    [found, sessions, filter, owner, now],
  )

  const loadMore = () =>
    client
      .loadSessions(organisationId, nextCursor ? { cursor: nextCursor } : undefined)
      .catch((failure: unknown) => toastError('Not loaded', failure))

  return (
    <>
      <SessionSearch organisationId={organisationId} filter={filter} onFilter={setFilter} onFound={setFound} />
      <nav aria-label="Sessions" className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {status === 'error' && sessions.length === 0 && (
          <div className="grid justify-items-start gap-2 px-2 py-3 text-xs text-muted">
            <p>{error?.message ?? 'The sessions could not be loaded.'}</p>
            <Button size="small" onClick={loadMore}>
              Try again
            </Button>
          </div>
        )}
        {status === 'loading' && sessions.length === 0 && <Skeleton />}
        {status === 'ready' && groups.length === 0 && (
          <p className="px-2 py-3 text-xs text-muted">{found ? 'No title holds these words.' : EMPTY[filter]}</p>
        )}
        {groups.map(({ heading, sessions: inGroup }) => (
          <section key={heading} aria-label={heading || undefined}>
            {heading && <p className="px-2 pt-3 pb-1 text-2xs font-medium text-faint">{heading}</p>}
            <ul>
              {inGroup.map((session) => (
                <li key={session.id}>
                  <SessionLink session={session} slug={slug} open={session.id === openId} onNavigate={onNavigate} />
                </li>
              ))}
            </ul>
          </section>
        ))}
        {nextCursor && !found && (
          <Button size="small" variant="quiet" className="mt-1 w-full" busy={status === 'loading'} onClick={loadMore}>
            Show more
          </Button>
        )}
      </nav>
    </>
  )
}

/** The time as of the first render in the browser, renewed each minute; null on the server, whose day may differ. */
function useNow(): number | null {
  const [now, setNow] = useState<number | null>(null)
  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

function Skeleton() {
  return (
    <div aria-hidden className="grid gap-2 px-2 pt-3">
      {[78, 60, 88, 52].map((width) => (
        <div key={width} className="h-4 animate-pulse rounded-sm bg-line" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}
