'use client'

import { useParts } from '@/components/chat/live'
import { PartView } from '@/components/chat/part-view'
import { ToolGroupFrame } from '@/components/chat/tool-group-frame'
import { isToolPart } from '@/lib/sessions/fold/state'

/** The calls that one step asked for, each subscribed to by itself. */
export function ToolGroup({
  sessionId,
  messageId,
  indexes,
  keys,
  live,
}: {
  sessionId: string
  messageId: string
  indexes: readonly number[]
  /** Of its parts, by index in the message. */
  keys: readonly string[]
  live: boolean
}) {
  const parts = useParts(sessionId, messageId, indexes).filter(isToolPart)
  return (
    <ToolGroupFrame parts={parts} live={live}>
      {indexes.map((index) => (
        <PartView key={keys[index]} sessionId={sessionId} messageId={messageId} index={index} live={live} />
      ))}
    </ToolGroupFrame>
  )
}
