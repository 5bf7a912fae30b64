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
}: {
  sessionId: string
  messageId: string
  what: 'question' | 'answer'
}) {
  const client = useClient()
  return (
    <>
      <CopyButton text={() => textOfMessage(client.session(sessionId), messageId)} label={`Copy ${what}`} />
      <CopyButton
        text={() => messageLink(window.location.href, messageId)}
        label={`Copy link to this ${what}`}
        icon={Link2}
      />
    </>
  )
}
