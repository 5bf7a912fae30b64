'use client'

import { useToolProgress } from '@/components/chat/live'
import { ToolCard } from '@/components/chat/tool-card'
import { isSettledTool, type ToolPart } from '@/lib/sessions/fold/state'

/** A card with the progress of its call, while there is any. */
export function LiveToolCard({ sessionId, part, live }: { sessionId: string; part: ToolPart; live: boolean }) {
  if (!live || isSettledTool(part)) return <ToolCard part={part} live={live} />
  return <RunningToolCard sessionId={sessionId} part={part} />
}

function RunningToolCard({ sessionId, part }: { sessionId: string; part: ToolPart }) {
  const progress = useToolProgress(sessionId, part.toolCallId)
  return <ToolCard part={part} progress={progress} live />
}
