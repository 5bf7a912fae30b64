import { toolMetadataOf } from '@/components/chat/tool-state'
import type { ToolPart } from '@/lib/sessions/fold/state'

/** What is drawn as one block of a message: one part, or the calls that one step asked for together. */
export type PartGroup = { kind: 'part'; index: number } | { kind: 'calls'; indexes: readonly number[] }

const isCall = (type: string) => type === 'dynamic-tool' || type.startsWith('tool-')

/** Neighbouring calls of one step become one group; a lone call stays a part. `step-start` parts separate and vanish. */
export function groupParts(types: readonly string[]): PartGroup[] {
  const groups: PartGroup[] = []
  let calls: number[] = []
  const close = () => {
    const [first] = calls
    if (calls.length > 1) groups.push({ kind: 'calls', indexes: calls })
    else if (first !== undefined) groups.push({ kind: 'part', index: first })
    calls = []
  }
  types.forEach((type, index) => {
    if (isCall(type)) {
      calls.push(index)
      return
    }
    close()
    if (type !== 'step-start') groups.push({ kind: 'part', index })
  })
  close()
  return groups
}

/** One call's stretch of its group's time, from 0 to 1. `end` is null while it runs. */
export interface Lane {
  toolCallId: string
  start: number
  end: number | null
}

export interface CallTimes {
  lanes: Lane[]
  /** From the first start to the last end; null while one is running or when no time is known. */
  durationMs: number | null
  /** At least two of them ran at the same time. */
  parallel: boolean
}

/** How the calls lie in time, so that those that ran side by side are seen side by side. Calls without times have no lane. */
export function timesOf(parts: readonly ToolPart[]): CallTimes {
  const spans = parts.flatMap((part) => {
    const { startedAt, durationMs } = toolMetadataOf(part)
    if (startedAt === undefined) return []
    return [
      { toolCallId: part.toolCallId, from: startedAt, to: durationMs === undefined ? null : startedAt + durationMs },
    ]
  })
  if (spans.length === 0) return { lanes: [], durationMs: null, parallel: false }
  const from = Math.min(...spans.map((span) => span.from))
  const isOpen = spans.some(({ to }) => to === null)
  const to = Math.max(...spans.map((span) => span.to ?? span.from), from)
  const length = Math.max(1, to - from)
  const ordered = spans.toSorted((left, right) => left.from - right.from)
  let latest = Number.NEGATIVE_INFINITY
  let parallel = false
  for (const span of ordered) {
    if (span.from < latest) parallel = true
    latest = Math.max(latest, span.to ?? Number.POSITIVE_INFINITY)
  }
  return {
    lanes: spans.map((span) => ({
      toolCallId: span.toolCallId,
      start: (span.from - from) / length,
      end: span.to === null ? null : (span.to - from) / length,
    })),
    durationMs: isOpen ? null : to - from,
    parallel,
  }
}
