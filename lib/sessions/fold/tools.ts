import type { RunChunk } from '@/lib/agent/events'
import {
  defined,
  type FoldPart,
  type FoldState,
  ignore,
  isSettledTool,
  isToolPart,
  openKey,
  partAt,
  pushPart,
  settlePart,
  type ToolPart,
  without,
} from '@/lib/sessions/fold/state'

type ChunkOf<Type extends RunChunk['type']> = Extract<RunChunk, { type: Type }>
export type ToolChunk = Extract<RunChunk, { type: `tool-${string}` }>

/** Every field that a chunk can set, before it becomes one of the AI SDK's part types. */
interface ToolFields {
  state: ToolPart['state']
  toolName: string
  toolCallId: string
  dynamic: boolean
  input?: unknown
  rawInput?: unknown
  inputEncoding?: 'json' | 'text'
  output?: unknown
  errorText?: string
  preliminary?: boolean
  title?: string
  toolMetadata?: ToolPart['toolMetadata']
  providerExecuted?: boolean
  providerMetadata?: ToolPart['callProviderMetadata']
}

const toolNameOf = (part: ToolPart) => (part.type === 'dynamic-tool' ? part.toolName : part.type.slice('tool-'.length))

/** The next value of a tool part: what a chunk does not say is kept, but input, output and error are always as given. */
function toolPart(fields: ToolFields, before?: ToolPart): FoldPart {
  const isResult = fields.state === 'output-available' || fields.state === 'output-error'
  const resultMetadata = before && 'resultProviderMetadata' in before ? before.resultProviderMetadata : undefined
  return defined({
    ...(fields.dynamic ? { type: 'dynamic-tool', toolName: fields.toolName } : { type: `tool-${fields.toolName}` }),
    toolCallId: fields.toolCallId,
    state: fields.state,
    input: fields.input,
    rawInput: fields.rawInput,
    inputEncoding: fields.inputEncoding,
    output: fields.output,
    errorText: fields.errorText,
    preliminary: fields.preliminary,
    title: fields.title ?? before?.title,
    toolMetadata: fields.toolMetadata ?? before?.toolMetadata,
    providerExecuted: fields.providerExecuted ?? before?.providerExecuted,
    callProviderMetadata: (isResult ? undefined : fields.providerMetadata) ?? before?.callProviderMetadata,
    resultProviderMetadata: (isResult ? fields.providerMetadata : undefined) ?? resultMetadata,
    approval: before?.approval,
  }) as FoldPart
}

/** Slot of a call's part: the newest one, because providers reuse call ids from step to step; -1 when there is none. */
function findTool(state: FoldState, toolCallId: string, from = 0): number {
  for (let index = state.parts.length - 1; index >= from; index--) {
    const part = state.parts[index] as FoldPart
    if (isToolPart(part) && part.toolCallId === toolCallId) return index
  }
  return -1
}

const toolAt = (state: FoldState, index: number) => partAt(state, index) as ToolPart

/** Puts the call's part into the current step: over the one with the same id, or behind the others. */
function placeInStep(state: FoldState, fields: ToolFields): { state: FoldState; index: number } {
  const index = findTool(state, fields.toolCallId, state.stepStart + 1)
  if (index < 0) return { state: pushPart(state, toolPart(fields)), index: state.parts.length }
  return { state: settlePart(state, index, toolPart(fields, toolAt(state, index))), index }
}

function startInput(state: FoldState, chunk: ChunkOf<'tool-input-start'>): FoldState {
  const { type: _, dynamic, ...fields } = chunk
  const placed = placeInStep(state, { ...fields, dynamic: dynamic === true, state: 'input-streaming' })
  const open = {
    kind: 'input' as const,
    id: chunk.toolCallId,
    index: placed.index,
    part: toolAt(placed.state, placed.index),
  }
  return { ...placed.state, open: { ...placed.state.open, [openKey('input', chunk.toolCallId)]: open } }
}

/** Only gathers the text. Parsing it with each delta would cost the square of its length. */
function appendInput(state: FoldState, chunk: ChunkOf<'tool-input-delta'>): FoldState {
  const key = openKey('input', chunk.toolCallId)
  const open = state.open[key]
  if (!open) return ignore(state)
  const before = open.part as ToolPart & { rawInput?: string }
  const part = { ...before, rawInput: (before.rawInput ?? '') + chunk.inputTextDelta } as FoldPart
  return { ...state, open: { ...state.open, [key]: { ...open, part } } }
}

function endInput(state: FoldState, chunk: ChunkOf<'tool-input-available' | 'tool-input-error'>): FoldState {
  const fields = {
    toolCallId: chunk.toolCallId,
    toolName: chunk.toolName,
    dynamic: chunk.dynamic === true,
    input: chunk.input,
    title: chunk.title,
    toolMetadata: chunk.toolMetadata,
    providerExecuted: chunk.providerExecuted,
    providerMetadata: chunk.providerMetadata,
  }
  if (chunk.type === 'tool-input-available') return placeInStep(state, { ...fields, state: 'input-available' }).state
  const failed = placeInStep(state, { ...fields, state: 'output-error', errorText: chunk.errorText }).state
  return { ...failed, progress: without(failed.progress, chunk.toolCallId) }
}

function settleCall(state: FoldState, chunk: ChunkOf<'tool-output-available' | 'tool-output-error'>): FoldState {
  const index = findTool(state, chunk.toolCallId)
  if (index < 0) return ignore(state)
  const before = toolAt(state, index)
  const dynamic = before.type === 'dynamic-tool'
  const fields = {
    toolCallId: chunk.toolCallId,
    toolName: toolNameOf(before),
    dynamic,
    input: before.input,
    toolMetadata: chunk.toolMetadata,
    providerExecuted: chunk.providerExecuted,
    providerMetadata: chunk.providerMetadata,
  }
  const rawInput = !dynamic && 'rawInput' in before ? before.rawInput : undefined
  const part =
    chunk.type === 'tool-output-available'
      ? toolPart({ ...fields, state: 'output-available', output: chunk.output, preliminary: chunk.preliminary }, before)
      : toolPart({ ...fields, state: 'output-error', errorText: chunk.errorText, rawInput }, before)
  const settled = settlePart(state, index, part)
  const isPreliminary = chunk.type === 'tool-output-available' && chunk.preliminary === true
  return isPreliminary ? settled : { ...settled, progress: without(settled.progress, chunk.toolCallId) }
}

function requestApproval(state: FoldState, chunk: ChunkOf<'tool-approval-request'>): FoldState {
  const index = findTool(state, chunk.toolCallId)
  if (index < 0) return ignore(state)
  const approval = defined({
    id: chunk.approvalId,
    descriptor: chunk.approvalDescriptor ?? undefined,
    inputSchemaInput: chunk.inputSchemaInput,
    requestReason: chunk.reason,
    isAutomatic: chunk.isAutomatic || undefined,
    signature: chunk.signature,
  })
  return settlePart(state, index, { ...toolAt(state, index), state: 'approval-requested', approval } as FoldPart)
}

function respondToApproval(state: FoldState, chunk: ChunkOf<'tool-approval-response'>): FoldState {
  const index = state.parts.findIndex((part) => isToolPart(part) && part.approval?.id === chunk.approvalId)
  if (index < 0) return ignore(state)
  const before = toolAt(state, index)
  const part = defined({
    ...before,
    state: 'approval-responded',
    approval: defined({
      ...before.approval,
      approved: chunk.approved,
      reason: chunk.reason ?? before.approval?.reason,
    }),
    providerExecuted: chunk.providerExecuted ?? before.providerExecuted,
    callProviderMetadata: chunk.providerMetadata ?? before.callProviderMetadata,
  })
  return settlePart(state, index, part as FoldPart)
}

function denyCall(state: FoldState, chunk: ChunkOf<'tool-output-denied'>): FoldState {
  const index = findTool(state, chunk.toolCallId)
  if (index < 0) return ignore(state)
  const settled = settlePart(state, index, { ...toolAt(state, index), state: 'output-denied' } as FoldPart)
  return { ...settled, progress: without(settled.progress, chunk.toolCallId) }
}

/** Notes how far a call is. A note about a call that is unknown or has its output is ignored. */
export function noteProgress(state: FoldState, chunk: ChunkOf<'data-tool-progress'>): FoldState {
  const { toolCallId, ...progress } = chunk.data
  const index = findTool(state, toolCallId)
  if (index < 0 || isSettledTool(toolAt(state, index))) return ignore(state)
  return { ...state, progress: { ...state.progress, [toolCallId]: progress } }
}

/** Folds one chunk about a tool call. Unknown calls are ignored and counted. */
export function foldToolChunk(state: FoldState, chunk: ToolChunk): FoldState {
  switch (chunk.type) {
    case 'tool-input-start':
      return startInput(state, chunk)
    case 'tool-input-delta':
      return appendInput(state, chunk)
    case 'tool-input-available':
    case 'tool-input-error':
      return endInput(state, chunk)
    case 'tool-approval-request':
      return requestApproval(state, chunk)
    case 'tool-approval-response':
      return respondToApproval(state, chunk)
    case 'tool-output-available':
    case 'tool-output-error':
      return settleCall(state, chunk)
    case 'tool-output-denied':
      return denyCall(state, chunk)
    default:
      return ignore(state)
  }
}
