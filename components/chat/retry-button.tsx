'use client'

import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { filesOfMessage } from '@/components/chat/attachments/files-of'
import { ApiError, useClient, useSessionHead } from '@/components/chat/live'
import type { MessageView } from '@/components/chat/live/types'
import { textOfMessage } from '@/components/chat/message-text'
import { useThread } from '@/components/chat/thread-context'
import { useVersions } from '@/components/chat/versions/context'
import { rightsIn } from '@/components/sessions/permissions'
import { useWorkspace } from '@/components/sessions/workspace'
import { Button } from '@/components/ui/button'
import { toastError } from '@/components/ui/toaster'

/** Under a turn that failed or was stopped: sends its question anew. Nothing for those who only read. */
export function RetryButton({ sessionId, metadata }: { sessionId: string; metadata: MessageView['metadata'] }) {
  const client = useClient()
  const workspace = useWorkspace()
  const { session: info } = useSessionHead(sessionId)
  const { jump } = useThread()
  const [busy, setBusy] = useState(false)
  const { looking } = useVersions()
  const isOver = metadata?.status === 'failed' || metadata?.status === 'cancelled'
  if (looking !== null || !isOver || !metadata.runId || !rightsIn(info, workspace).mayAct) return null

  const retry = async () => {
    const session = client.session(sessionId)
    const questionId = session.messageIds().find((id) => {
      const message = session.message(id)
      return message?.role === 'user' && message.metadata?.runId === metadata.runId
    })
    const message = questionId === undefined ? '' : textOfMessage(session, questionId)
    const attachments = questionId === undefined ? [] : filesOfMessage(session, questionId)
    if (message === '' && attachments.length === 0) {
      toastError('Not sent', new Error('Its question is not loaded: load the older messages first.'))
      return
    }
    setBusy(true)
    const organisationId = workspace.current.organisation.id
    const handle = client.send({ organisationId, sessionId, message, attachments, whenBusy: 'queue' })
    jump()
    try {
      await handle
    } catch (error) {
      // What the network lost stays in the thread, with a button of its own; a refusal is told here.
      if (!(error instanceof ApiError && (error.status === 0 || error.status >= 502))) {
        client.takeBack(sessionId, handle.localId)
        toastError('Not sent', error)
      }
    } finally {
      setBusy(false)
    }
  }

  return (
    <Button size="small" busy={busy} onClick={retry} className="justify-self-start" data-testid="retry">
      {!busy && <RotateCcw size={13} aria-hidden />}
      Ask again
    </Button>
  )
}
