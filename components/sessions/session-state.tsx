import { CircleDot, Hand, TriangleAlert } from 'lucide-react'
import type { SessionSummary } from '@/components/chat/live/types'
import { sessionState } from '@/components/sessions/grouping'
import { LiveDot } from '@/components/ui/live-dot'

/** A sign for the most urgent thing about a session, with its word for who listens. */
export function SessionStateSign({ session }: { session: SessionSummary }) {
  const state = sessionState(session)
  switch (state) {
    case 'running':
      return <LiveDot />
    case 'waiting-for-me':
    case 'waiting':
      return (
        <Hand
          size={14}
          data-testid="session-waiting"
          data-mine={state === 'waiting-for-me'}
          aria-label={state === 'waiting-for-me' ? 'Waits for your approval' : 'Waits for an approval'}
          className={`shrink-0 ${state === 'waiting-for-me' ? 'text-warn' : 'text-faint'}`}
        />
      )
    case 'failed':
      return <TriangleAlert size={14} aria-label="Failed" className="shrink-0 text-danger" />
    case 'new-answer':
      return <CircleDot size={13} aria-label="New answer" className="shrink-0 text-accent" />
    case 'quiet':
      return null
  }
}
