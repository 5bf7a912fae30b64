import type { RunChunk } from '@/lib/agent/events'
import { type FoldPart, type FoldState, isSettledTool, isToolPart, type ToolPart } from '@/lib/sessions/fold/state'

function closingToolChunk(part: ToolPart, reason: string): RunChunk {
  const dynamic = part.type === 'dynamic-tool'
  const common = { toolCallId: part.toolCallId, errorText: reason, ...(dynamic && { dynamic: true }) }
  if (part.state !== 'input-streaming') return { type: 'tool-output-error', ...common }
  // Half an input is no JSON. A string, or nothing, in its place makes providers refuse every later turn.
  const toolName = dynamic ? part.toolName : part.type.slice('tool-'.length)
  return { type: 'tool-input-error', toolName, input: {}, ...common }
}

/** What a call gets that waited for a person when its run ended: its intent was never recorded, so it was never sent. */
export const NOT_MADE = 'Nobody had decided about this call when the run ended: it was not made.'

function undecided(state: FoldState): Set<string> {
  const waiting = new Set<string>()
  for (const part of state.parts) {
    if (part.type !== 'data-approval' || part.data.decision) continue
    if (!state.progress[part.data.toolCallId]) waiting.add(part.data.toolCallId)
  }
  return waiting
}

/** True while a text, reasoning or tool part waits for more chunks. */
export function hasOpenParts(state: FoldState): boolean {
  if (Object.keys(state.open).length > 0) return true
  return state.parts.some((part) => isToolPart(part) && !isSettledTool(part))
}

/**
 * The chunks that close whatever is open, in the order of the message: `text-end`, `reasoning-end`, for a call whose
 * input was being written `tool-input-error`, for a call without result `tool-output-error`, both with this reason,
 * or with `NOT_MADE` when it still waited for a decision.
 * They go before `abort` and `error`; after them `hasOpenParts` is false.
 */
export function closingChunks(state: FoldState, reason: string): RunChunk[] {
  const open = new Map(Object.values(state.open).map((entry) => [entry.index, entry]))
  const waiting = undecided(state)
  const chunks: RunChunk[] = []
  for (const [index, slot] of state.parts.entries()) {
    const entry = open.get(index)
    const part: FoldPart = entry?.part ?? slot
    if (isToolPart(part)) {
      if (!isSettledTool(part)) chunks.push(closingToolChunk(part, waiting.has(part.toolCallId) ? NOT_MADE : reason))
    } else if (entry?.kind === 'text') {
      chunks.push({ type: 'text-end', id: entry.id })
    } else if (entry?.kind === 'reasoning') {
      chunks.push({ type: 'reasoning-end', id: entry.id })
    }
  }
  return chunks
}
