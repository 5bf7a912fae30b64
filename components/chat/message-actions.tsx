'use client'

import { Link2 } from 'lucide-react'
import { useClient } from '@/components/chat/live'
import { messageLink, textOfMessage } from '@/components/chat/message-text'
import { CopyButton } from '@/components/ui/copy-button'

/** Copies the words of a message, or its address. */
export function MessageActions({
  sessionId,
  messageId,
  what,
  hasWords = true,
}: {
  sessionId: string
  messageId: string
  what: 'question' | 'answer'
  /** A question may consist of files alone. */
  hasWords?: boolean
}) {
  const client = useClient()
  return (
    <>
      {hasWords && (
        <CopyButton text={() => textOfMessage(client.session(sessionId), messageId)} label={`Copy ${what}`} />
      )}
      <CopyButton
        text={() => messageLink(window.location.href, messageId)}
        label={`Copy link to this ${what}`}
        icon={Link2}
      />
    </>
  )
}
