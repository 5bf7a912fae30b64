import type { FinishReason } from 'ai'
import type { LongwatchData, LongwatchMessage, MessageMetadata, Usage } from '@/lib/agent/events'

export type FoldPart = LongwatchMessage['parts'][number]
export type ToolPart = Extract<FoldPart, { toolCallId: string }>

/** A part that still receives deltas. Its current value is here, not in its slot of `parts`. */
export interface OpenPart {
  kind: 'text' | 'reasoning' | 'input'
  /** The chunks' `id` or `toolCallId`. */
  id: string
  /** Its slot in `parts`. */
  index: number
  part: FoldPart
}

export type FoldEnd =
  | { kind: 'finish'; finishReason?: FinishReason }
  | { kind: 'abort'; reason?: string }
  | { kind: 'error'; errorText: string }

/** How far a running call is; kept until the call has its output. */
export type ToolProgress = Omit<LongwatchData['tool-progress'], 'toolCallId'>

/**
 * A message while it is being folded from its run's events. Plain JSON: it can be stored, sent, and folded on elsewhere.
 *
 * A delta copies this object, the record of open parts (as many as the model writes at once) and one part. The array
 * `parts` grows with the message, so it is copied only when a part opens, closes or is replaced as a whole.
 */
export interface FoldState {
  v: 1
  messageId: string
  /** Number of events folded: the cursor to go on from. */
  events: number
  /** Chunks that named something unknown, or came after the end. */
  ignored: number
  metadata?: MessageMetadata
  /** Slots of open parts hold their first value; read through `partAt` or `messageOf`. */
  parts: FoldPart[]
  open: Record<string, OpenPart>
  /** Slot of the last step-start part; -1 before the first. */
  stepStart: number
  step: LongwatchData['step'] | null
  run: LongwatchData['run'] | null
  usage: Usage | null
  /** By tool call id, of the calls without output. */
  progress: Record<string, ToolProgress>
  ended: FoldEnd | null
}

export const openKey = (kind: OpenPart['kind'], id: string) => `${kind}:${id}`

export const isToolPart = (part: FoldPart): part is ToolPart =>
  part.type === 'dynamic-tool' || part.type.startsWith('tool-')

/** The tool has answered, failed or been denied: nothing more is expected of it. */
export const isSettledTool = (part: ToolPart) =>
  part.state === 'output-error' ||
  part.state === 'output-denied' ||
  (part.state === 'output-available' && part.preliminary !== true)

/** The current value of the part in a slot; undefined when there is no such slot. */
export function partAt(state: FoldState, index: number): FoldPart | undefined {
  for (const key in state.open) {
    const open = state.open[key] as OpenPart
    if (open.index === index) return open.part
  }
  return state.parts[index]
}

/** A copy without the keys whose value is undefined, so that a state survives JSON unchanged. */
export function defined<T extends object>(value: T): T {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries) as T
}

export function without<T>(record: Record<string, T>, key: string): Record<string, T> {
  if (!Object.hasOwn(record, key)) return record
  const { [key]: _, ...rest } = record
  return rest
}

/** The same state with one more ignored chunk. */
export const ignore = (state: FoldState): FoldState => ({ ...state, ignored: state.ignored + 1 })

export const pushPart = (state: FoldState, part: FoldPart): FoldState => ({ ...state, parts: [...state.parts, part] })

/** Puts a finished part into a slot; if it was open, it is no longer. */
export function settlePart(state: FoldState, index: number, part: FoldPart): FoldState {
  let open = state.open
  for (const key in open) if (open[key]?.index === index) open = without(open, key)
  return { ...state, parts: state.parts.with(index, part), open }
}
