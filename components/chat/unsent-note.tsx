'use client'

import { CloudOff } from 'lucide-react'
import { useEffect } from 'react'
import { useClient } from '@/components/chat/live'
import type { MessageView } from '@/components/chat/live/types'
import { RunNote } from '@/components/chat/run-note'
import { Button } from '@/components/ui/button'

/** Under a message that did not reach the server: that it waits, or why it was refused; once more (it cannot be asked twice), or not at all. */
export function UnsentNote({ sessionId, message }: { sessionId: string; message: MessageView }) {
  const client = useClient()
  useStay()
  const isHeld = message.delivery === 'held'
  return (
    <div
      className="flex flex-wrap items-center justify-end gap-1.5"
      role={isHeld ? 'status' : 'alert'}
      data-testid="unsent"
    >
      {isHeld ? (
        <span className="inline-flex items-center gap-1.5 text-xs text-muted">
          <CloudOff size={13} aria-hidden className="shrink-0 text-warn" />
          Not sent yet. It goes as soon as the server is in reach.
        </span>
      ) : (
        <RunNote kind="failed">Not sent: {message.error?.message ?? 'the server cannot be reached.'}</RunNote>
      )}
      {/* A failure shows here again. */}
      <Button size="small" onClick={() => client.resend(sessionId, message.id)} data-testid="resend">
        {isHeld ? 'Send now' : 'Try again'}
      </Button>
      <Button size="small" variant="quiet" onClick={() => client.takeBack(sessionId, message.id)} data-testid="discard">
        Discard
      </Button>
    </div>
  )
}

/** A reload keeps what is unsent; closing the tab would lose it, so the browser asks. */
function useStay() {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [])
}
