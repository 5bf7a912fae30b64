'use client'

import { memo } from 'react'
import { AssistantMessage } from '@/components/chat/assistant-message'
import { useMessage } from '@/components/chat/live'
import { UserMessage } from '@/components/chat/user-message'

/** One message of the thread. */
export const MessageRow = memo(function MessageRow({ sessionId, messageId }: { sessionId: string; messageId: string }) {
  const message = useMessage(sessionId, messageId)
  if (!message) return null
  return message.role === 'user' ? (
    <UserMessage sessionId={sessionId} message={message} />
  ) : (
    <AssistantMessage sessionId={sessionId} message={message} />
  )
})
