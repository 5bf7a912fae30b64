'use client'

import { useClient } from '@/components/chat/live'
import type { MessageView } from '@/components/chat/live/types'
import { RunNote } from '@/components/chat/run-note'
import { draftKey, forgetDraft } from '@/components/chat/use-draft'
import { useWorkspace } from '@/components/sessions/workspace'
import { Button } from '@/components/ui/button'

/** Under a message that did not reach the server: why, once more (it cannot be asked twice), or not at all. */
export function UnsentNote({ sessionId, message }: { sessionId: string; message: MessageView }) {
  const client = useClient()
  const { current } = useWorkspace()
  const key = draftKey(sessionId, current.organisation.id)

  const retry = () => {
    const part = client.session(sessionId).part(message.id, 0)
    const text = part?.type === 'text' ? part.text : ''
    // A failure shows here again.
    client.resend(sessionId, message.id)?.then(
      () => forgetDraft(key, text),
      () => {},
    )
  }

  const discard = () => {
    const text = client.takeBack(sessionId, message.id)
    if (text !== null) forgetDraft(key, text)
  }

  return (
    <div className="flex flex-wrap items-center justify-end gap-1.5" role="alert">
      <RunNote kind="failed">Not sent: {message.error?.message ?? 'the server cannot be reached.'}</RunNote>
      <Button size="small" onClick={retry} data-testid="resend">
        Try again
      </Button>
      <Button size="small" variant="quiet" onClick={discard}>
        Discard
      </Button>
    </div>
  )
}
