'use client'

import { CloudOff, LoaderCircle } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useConnectionStatus } from '@/components/chat/live'

/** Below this a break is nobody's business. */
const QUIET_MILLISECONDS = 2000

/** Silent while connected; one quiet line when that takes longer. It lies over the thread, so nothing moves. */
export function ConnectionLine() {
  const status = useConnectionStatus()
  const since = 'since' in status ? status.since : null
  const isLate = useLate(since)
  const shown = status.state === 'offline' || (status.state === 'reconnecting' && isLate) ? status.state : null

  return (
    <div
      data-testid="connection"
      data-state={status.state}
      role="status"
      className="pointer-events-none absolute inset-x-0 top-13 z-10 flex justify-center"
    >
      {shown && (
        <p className="animate-appear mt-2 flex items-center gap-2 rounded-full border border-line bg-raised px-3 py-1 text-xs text-muted shadow-float">
          {shown === 'offline' ? (
            <CloudOff size={13} aria-hidden className="text-warn" />
          ) : (
            <LoaderCircle size={13} aria-hidden className="animate-spin" />
          )}
          {shown === 'offline' ? 'Offline. Your text is kept; runs go on.' : 'Reconnecting… Runs go on.'}
        </p>
      )}
    </div>
  )
}

function useLate(since: number | null): boolean {
  const [lateSince, setLateSince] = useState<number | null>(null)
  useEffect(() => {
    if (since === null) return
    const timer = setTimeout(() => setLateSince(since), Math.max(0, since + QUIET_MILLISECONDS - Date.now()))
    return () => clearTimeout(timer)
  }, [since])
  return since !== null && lateSince === since
}
