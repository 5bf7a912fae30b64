'use client'

import { memo } from 'react'
import { ApprovalPart } from '@/components/chat/approval-part'
import { useMessage, usePart } from '@/components/chat/live'
import { LiveToolCard } from '@/components/chat/live-tool-card'
import { Reasoning } from '@/components/chat/reasoning'
import { TrimmedNote } from '@/components/chat/run-note'
import { Markdown } from '@/components/markdown/markdown'
import { isToolPart } from '@/lib/sessions/fold/state'

/** One part of a message, subscribed to by itself: a token rerenders this and nothing else of the thread. */
export const PartView = memo(function PartView({
  sessionId,
  messageId,
  index,
  live,
}: {
  sessionId: string
  messageId: string
  index: number
  live: boolean
}) {
  const part = usePart(sessionId, messageId, index)
  if (!part) return null
  if (isToolPart(part)) return <LiveToolCard sessionId={sessionId} part={part} live={live} />
  switch (part.type) {
    case 'text':
      return part.text === '' ? null : <Markdown text={part.text} streaming={live && part.state === 'streaming'} />
    case 'reasoning':
      return (
        <TimedReasoning
          sessionId={sessionId}
          messageId={messageId}
          reasoningId={'id' in part ? part.id : undefined}
          text={part.text}
          streaming={live && part.state === 'streaming'}
        />
      )
    case 'data-approval':
      return <ApprovalPart sessionId={sessionId} messageId={messageId} approval={part.data} live={live} />
    case 'data-context':
      return <TrimmedNote context={part.data} />
    default:
      return null
  }
})

function TimedReasoning({
  sessionId,
  messageId,
  reasoningId,
  text,
  streaming,
}: {
  sessionId: string
  messageId: string
  reasoningId: unknown
  text: string
  streaming: boolean
}) {
  const durations = useMessage(sessionId, messageId)?.metadata?.reasoningMs
  const durationMs = typeof reasoningId === 'string' ? durations?.[reasoningId] : undefined
  return <Reasoning text={text} streaming={streaming} durationMs={durationMs} />
}
