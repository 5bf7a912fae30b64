import type { LongwatchMessage, MessageMetadata, RunChunk } from '@/lib/agent/events'
import {
  defined,
  type FoldPart,
  type FoldState,
  ignore,
  openKey,
  partAt,
  pushPart,
  settlePart,
} from '@/lib/sessions/fold/state'
import { foldToolChunk, noteProgress, type ToolChunk } from '@/lib/sessions/fold/tools'

export type { FoldEnd, FoldPart, FoldState, ToolPart, ToolProgress } from '@/lib/sessions/fold/state'
export { isSettledTool, isToolPart, partAt } from '@/lib/sessions/fold/state'

type ChunkOf<Type extends RunChunk['type']> = Extract<RunChunk, { type: Type }>

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The state before the first event of a run whose message has this id. */
export function emptyFold(messageId: string): FoldState {
  return {
    v: 1,
    messageId,
    events: 0,
    ignored: 0,
    parts: [],
    open: {},
    stepStart: -1,
    step: null,
    run: null,
    usage: null,
    progress: {},
    ended: null,
  }
}

function startBlock(state: FoldState, chunk: ChunkOf<'text-start' | 'reasoning-start'>): FoldState {
  const { id, providerMetadata } = chunk
  const kind = chunk.type === 'text-start' ? ('text' as const) : ('reasoning' as const)
  const part = defined({
    type: kind,
    ...(kind === 'reasoning' && { id }),
    text: '',
    state: 'streaming',
    providerMetadata,
  })
  const open = { kind, id, index: state.parts.length, part: part as FoldPart }
  return { ...pushPart(state, open.part), open: { ...state.open, [openKey(kind, id)]: open } }
}

function appendBlock(state: FoldState, chunk: ChunkOf<'text-delta' | 'reasoning-delta'>): FoldState {
  const key = openKey(chunk.type === 'text-delta' ? 'text' : 'reasoning', chunk.id)
  const open = state.open[key]
  if (!open || !('text' in open.part)) return ignore(state)
  const part = { ...open.part, text: open.part.text + chunk.delta }
  if (chunk.providerMetadata) part.providerMetadata = chunk.providerMetadata
  return { ...state, open: { ...state.open, [key]: { ...open, part } } }
}

function endBlock(state: FoldState, chunk: ChunkOf<'text-end' | 'reasoning-end'>): FoldState {
  const open = state.open[openKey(chunk.type === 'text-end' ? 'text' : 'reasoning', chunk.id)]
  if (!open) return ignore(state)
  const part = defined({
    ...open.part,
    state: 'done',
    ...(chunk.providerMetadata && { providerMetadata: chunk.providerMetadata }),
    ...(chunk.type === 'text-end' && chunk.citations && { citations: chunk.citations }),
  })
  return settlePart(state, open.index, part as FoldPart)
}

/** Removes the current step's parts: its model call is made anew. */
const resetStep = (state: FoldState): FoldState => ({
  ...state,
  parts: state.parts.slice(0, state.stepStart + 1),
  open: {},
  progress: {},
})

/** What the model thought before it called tools leaves the message, live and stored alike; the log keeps it. */
function dropReasoning(state: FoldState): FoldState {
  const slots = new Map<number, number>()
  const parts = state.parts.filter((part, index) => {
    const kept = index <= state.stepStart || part.type !== 'reasoning'
    if (kept) slots.set(index, slots.size)
    return kept
  })
  if (parts.length === state.parts.length) return state
  let open: FoldState['open'] = {}
  for (const [key, entry] of Object.entries(state.open)) {
    const index = slots.get(entry.index)
    if (index !== undefined) open = { ...open, [key]: { ...entry, index } }
  }
  return { ...state, parts, open }
}

function placeData(state: FoldState, chunk: Extract<RunChunk, { type: `data-${string}` }>): FoldState {
  if (chunk.transient) return state
  const index =
    chunk.id === undefined
      ? -1
      : state.parts.findIndex((part) => part.type === chunk.type && 'id' in part && part.id === chunk.id)
  const part = defined({ type: chunk.type, id: chunk.id, data: chunk.data }) as FoldPart
  return index < 0 ? pushPart(state, part) : settlePart(state, index, part)
}

const OWN_FACTS = new Set(['data-run', 'data-step', 'data-usage', 'data-tool-progress'])

function foldData(state: FoldState, chunk: Extract<RunChunk, { type: `data-${string}` }>): FoldState {
  const next = placeData(state, chunk)
  if (OWN_FACTS.has(chunk.type) && !isRecord(chunk.data)) return ignore(state)
  switch (chunk.type) {
    case 'data-run':
      return { ...next, run: chunk.data }
    case 'data-step':
      return { ...(chunk.data.phase === 'tools' ? dropReasoning(next) : next), step: chunk.data }
    case 'data-usage':
      return { ...next, usage: chunk.data }
    case 'data-tool-progress':
      return noteProgress(next, chunk)
    default:
      return next
  }
}

function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined || key === '__proto__') continue
    const before = merged[key]
    merged[key] = isRecord(before) && isRecord(value) ? merge(before, value) : value
  }
  return merged
}

function addMetadata(state: FoldState, metadata: MessageMetadata | undefined): FoldState {
  if (metadata === undefined || metadata === null) return state
  return { ...state, metadata: merge({ ...state.metadata }, { ...metadata }) as MessageMetadata }
}

function apply(state: FoldState, chunk: RunChunk): FoldState {
  if (state.ended) return ignore(state)
  switch (chunk.type) {
    case 'start':
      return addMetadata({ ...state, messageId: chunk.messageId ?? state.messageId }, chunk.messageMetadata)
    case 'text-start':
    case 'reasoning-start':
      return startBlock(state, chunk)
    case 'text-delta':
    case 'reasoning-delta':
      return appendBlock(state, chunk)
    case 'text-end':
    case 'reasoning-end':
      return endBlock(state, chunk)
    case 'source-url':
    case 'source-document':
    case 'file':
    case 'reasoning-file':
    case 'custom':
    case 'steering-message':
      return pushPart(state, defined({ ...chunk }))
    case 'start-step':
      return { ...pushPart(state, { type: 'step-start' }), stepStart: state.parts.length }
    case 'finish-step':
      return state
    case 'reset-step':
      return resetStep(state)
    case 'message-metadata':
      return addMetadata(state, chunk.messageMetadata)
    case 'finish': {
      const ended = defined({ kind: 'finish' as const, finishReason: chunk.finishReason })
      return { ...addMetadata(state, chunk.messageMetadata), ended, progress: {} }
    }
    case 'abort':
      return { ...state, ended: defined({ kind: 'abort' as const, reason: chunk.reason }), progress: {} }
    case 'error':
      return { ...state, ended: { kind: 'error', errorText: chunk.errorText }, progress: {} }
    default:
      if (chunk.type.startsWith('data-')) return foldData(state, chunk as Extract<RunChunk, { type: `data-${string}` }>)
      if (chunk.type.startsWith('tool-')) return foldToolChunk(state, chunk as ToolChunk)
      return ignore(state)
  }
}

/**
 * The state after one more event. Pure; parts that the event does not touch keep their identity. Never throws: a
 * chunk that names something unknown, or is unknown itself, is ignored and counted in `ignored`.
 */
export function foldChunk(state: FoldState, chunk: RunChunk): FoldState {
  const next = apply(state, chunk)
  return { ...next, events: state.events + 1 }
}

/** The state after these events. */
export function foldChunks(state: FoldState, chunks: Iterable<RunChunk>): FoldState {
  let next = state
  for (const chunk of chunks) next = foldChunk(next, chunk)
  return next
}

/** The message as it stands. Copies the list of parts while one is open; a view that shows deltas reads `partAt`. */
export function messageOf(state: FoldState): LongwatchMessage {
  let parts = state.parts
  for (const open of Object.values(state.open)) parts = parts.with(open.index, open.part)
  const message: LongwatchMessage = { id: state.messageId, role: 'assistant', parts }
  return state.metadata ? { ...message, metadata: state.metadata } : message
}

/** Slots whose part differs between two states of one message. Without opened or closed parts this looks at open ones only. */
export function changedParts(before: FoldState, after: FoldState): number[] {
  const changed: number[] = []
  if (before.parts === after.parts) {
    for (const [key, open] of Object.entries(after.open)) {
      if (before.open[key]?.part !== open.part) changed.push(open.index)
    }
    return changed
  }
  const count = Math.max(before.parts.length, after.parts.length)
  for (let index = 0; index < count; index++) if (partAt(before, index) !== partAt(after, index)) changed.push(index)
  return changed
}

/**
 * One key per part, unique in the message and the same for the folded and the stored message: a tool's call id, a
 * data part's id, else the part's number among those of its type.
 */
export function partKeys(parts: readonly FoldPart[]): string[] {
  const seen = new Map<string, number>()
  return parts.map((part) => {
    const own = 'toolCallId' in part ? part.toolCallId : part.type.startsWith('data-') && 'id' in part ? part.id : ''
    const key = `${'toolCallId' in part ? 'tool' : part.type}:${own ?? ''}`
    const ordinal = seen.get(key) ?? 0
    seen.set(key, ordinal + 1)
    return ordinal === 0 ? key : `${key}#${ordinal}`
  })
}
