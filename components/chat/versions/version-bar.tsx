'use client'

import { History } from 'lucide-react'
import { useState } from 'react'
import { focusComposer } from '@/components/chat/focus-composer'
import { useClient, useSessionHead } from '@/components/chat/live'
import { useVersions } from '@/components/chat/versions/context'
import { Button } from '@/components/ui/button'
import { toastError } from '@/components/ui/toaster'

/** In the composer's place while an earlier version is looked at: the way back, and how to go on from it. */
export function VersionBar({
  sessionId,
  messageId,
  mayAct,
}: {
  sessionId: string
  messageId: string
  mayAct: boolean
}) {
  const client = useClient()
  const { activeRun } = useSessionHead(sessionId)
  const { leave } = useVersions()
  const [busy, setBusy] = useState(false)

  const back = () => {
    leave(true)
    // The composer comes back with the next render.
    requestAnimationFrame(focusComposer)
  }

  const goOn = async () => {
    setBusy(true)
    try {
      await client.setThread(sessionId, messageId)
      back()
    } catch (error) {
      toastError('Not changed', error)
    }
    setBusy(false)
  }

  return (
    <section
      aria-label="Earlier version"
      data-testid="version-bar"
      className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border border-line-strong bg-sunken px-3.5 py-2.5 text-sm"
    >
      <p className="flex min-w-0 flex-1 basis-60 items-start gap-2 text-muted">
        <History size={15} aria-hidden className="mt-0.5 shrink-0" />
        <span>
          This is an earlier version, to be read only.
          {mayAct && activeRun && ' The current one is being answered: when that has ended, you can go on from here.'}
        </span>
      </p>
      <div className="flex flex-wrap gap-1.5">
        <Button size="small" onClick={back} data-testid="version-back">
          Show the current one
        </Button>
        {mayAct && (
          <Button
            size="small"
            variant="primary"
            busy={busy}
            disabled={activeRun !== null}
            onClick={goOn}
            data-testid="version-go-on"
          >
            Go on from here
          </Button>
        )}
      </div>
    </section>
  )
}
