'use client'

import { CloudOff, LoaderCircle } from 'lucide-react'
import { useConnectionStatus, useOutage } from '@/components/chat/live'
import type { Outage } from '@/components/chat/live/outage'

/** What is said of an outage; nothing of one that nobody need know of. */
function wordsFor(outage: Outage): string | null {
  switch (outage.state) {
    case 'none':
    case 'brief':
      return null
    case 'reconnecting':
      return 'Reconnecting…'
    case 'offline':
      return outage.reason === 'network'
        ? 'Offline. Your text is kept; runs go on.'
        : 'The server is out of reach. Your text is kept.'
  }
}

/** Silent while connected; one quiet line when that takes longer. It lies over the thread, so nothing moves. */
export function ConnectionLine() {
  const status = useConnectionStatus()
  const outage = useOutage()
  const words = wordsFor(outage)
  return (
    <div
      data-testid="connection"
      data-state={status.state}
      data-outage={outage.state}
      className="pointer-events-none absolute inset-x-0 top-13 z-10 flex justify-center px-3"
    >
      {words && (
        <p className="animate-appear mt-2 flex items-center gap-2 rounded-full border border-line bg-raised px-3 py-1 text-xs text-muted shadow-float">
          {outage.state === 'offline' ? (
            <CloudOff size={13} aria-hidden className="shrink-0 text-warn" />
          ) : (
            <LoaderCircle size={13} aria-hidden className="shrink-0 animate-spin" />
          )}
          {words}
        </p>
      )}
    </div>
  )
}
