'use client'

import { usePathname } from 'next/navigation'
import { useEffect, useState } from 'react'
import { useClient, useSessionList } from '@/components/chat/live'
import { sessionIdOfPath } from '@/components/sessions/paths'
import { SessionLink } from '@/components/sessions/session-link'
import { useWorkspace } from '@/components/sessions/workspace'
import { Button } from '@/components/ui/button'
import { dayGroup } from '@/components/ui/format'
import { toastError } from '@/components/ui/toaster'

/** The caller's sessions in this organisation, newest first, under the days they were last touched. */
export function SessionList({ onNavigate }: { onNavigate: () => void }) {
  const { current } = useWorkspace()
  const { id: organisationId, slug } = current.organisation
  const { sessions, nextCursor, status, error } = useSessionList(organisationId)
  const client = useClient()
  const openId = sessionIdOfPath(usePathname())
  const now = useNow()

  const loadMore = () =>
    client
      .loadSessions(organisationId, nextCursor ? { cursor: nextCursor } : undefined)
      .catch((error: unknown) => toastError('Not loaded', error))
  let group = ''

  return (
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
      {status === 'ready' && sessions.length === 0 && (
        <p className="px-2 py-3 text-xs text-muted">Your questions will be listed here.</p>
      )}
      <ul>
        {sessions.map((session) => {
          const day = now === null ? '' : dayGroup(session.updatedAt, now)
          const heading = day !== group ? day : null
          group = day
          return (
            <li key={session.id}>
              {heading && <p className="px-2 pt-3 pb-1 text-2xs font-medium text-faint">{heading}</p>}
              <SessionLink session={session} slug={slug} open={session.id === openId} onNavigate={onNavigate} />
            </li>
          )
        })}
      </ul>
      {nextCursor && (
        <Button size="small" variant="quiet" className="mt-1 w-full" busy={status === 'loading'} onClick={loadMore}>
          Show more
        </Button>
      )}
    </nav>
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
