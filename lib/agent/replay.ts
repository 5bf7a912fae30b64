import type {
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider'
import type { StepRecord } from '@/lib/agent/context/step-record'
import {
  type ApprovalData,
  isTerminal,
  type RunChunk,
  type ToolMetadata,
  type ToolOutput,
  type Usage,
} from '@/lib/agent/events'

/** A tool call of the current step, as far as the log tells. */
export interface ReplayedCall {
  toolCallId: string
  toolName: string
  input: unknown
  metadata: ToolMetadata | null
  /** The intent to send it is in the log. */
  started: boolean
  /** Null: nobody was asked about it. Without a decision it is an open question. */
  approval: ApprovalData | null
  result: LanguageModelV4ToolResultPart | null
}

type ContentPart = StepRecord['content'][number]

/** The step that is under way; `parts` of the model phase are dropped when a take-over makes the call anew. */
export type ReplayedStep = { phase: 'none' } | ({ phase: 'model' } & StepParts) | ({ phase: 'tools' } & StepParts)

interface StepParts {
  step: number
  content: ContentPart[]
  /** Text and reasoning by their part's id. */
  parts: Map<string, LanguageModelV4TextPart | LanguageModelV4ReasoningPart>
  calls: ReplayedCall[]
  /** Tool call id → evidence id. */
  evidence: Record<string, string>
}

const emptyStep = (step: number): StepParts => ({ step, content: [], parts: new Map(), calls: [], evidence: {} })

/**
 * What a process must know to go on with a run, built from nothing but its log. The living run and its recovery
 * use this same reducer, so a take-over cannot see another history than the owner had.
 */
export interface Replay {
  started: boolean
  ended: boolean
  attempt: number
  /** Take-overs since the last completed step; what a process handed over on purpose does not count. */
  takeOversInStep: number
  /** The last owner gave the run up on purpose. */
  handedOver: boolean
  /** The last owner let it go to wait for people's decisions: who goes on takes nothing over. */
  waiting: boolean
  completed: StepRecord[]
  /** A completed step without tool calls: nothing is left but to settle. */
  answered: boolean
  current: ReplayedStep
  usage: Usage
  callIds: Set<string>
  /** Names of the tools that were called or found, the latest last. */
  reached: Set<string>
}

export const emptyReplay = (): Replay => ({
  started: false,
  ended: false,
  attempt: 0,
  takeOversInStep: 0,
  handedOver: false,
  waiting: false,
  completed: [],
  answered: false,
  current: { phase: 'none' },
  usage: { inputTokens: 0, outputTokens: 0 },
  callIds: new Set(),
  reached: new Set(),
})

function reach(replay: Replay, names: string[]) {
  for (const name of names) {
    replay.reached.delete(name)
    replay.reached.add(name)
  }
}

const options = (metadata: SharedV4ProviderMetadata | undefined) => (metadata ? { providerOptions: metadata } : {})

function openPart(replay: Replay, type: 'text' | 'reasoning', chunk: { id: string; providerMetadata?: unknown }) {
  if (replay.current.phase !== 'model') return
  const part = { type, text: '', ...options(chunk.providerMetadata as SharedV4ProviderMetadata | undefined) }
  replay.current.content.push(part)
  replay.current.parts.set(chunk.id, part)
}

function addCall(replay: Replay, chunk: Extract<RunChunk, { type: 'tool-input-available' | 'tool-input-error' }>) {
  replay.callIds.add(chunk.toolCallId)
  if (replay.current.phase !== 'model') return
  reach(replay, [chunk.toolName])
  const failed = chunk.type === 'tool-input-error'
  const part: LanguageModelV4ToolCallPart = {
    type: 'tool-call',
    toolCallId: chunk.toolCallId,
    toolName: chunk.toolName,
    // An input that did not parse would poison every later call: the model reads of it in the result instead.
    input: failed || typeof chunk.input !== 'object' || chunk.input === null ? {} : chunk.input,
    ...options(chunk.providerMetadata as SharedV4ProviderMetadata | undefined),
  }
  replay.current.content.push(part)
  replay.current.calls.push({
    toolCallId: chunk.toolCallId,
    toolName: chunk.toolName,
    input: part.input,
    metadata: (chunk.toolMetadata as unknown as ToolMetadata | undefined) ?? null,
    started: false,
    approval: null,
    result: failed ? errorResult(chunk.toolCallId, chunk.toolName, chunk.errorText) : null,
  })
}

const errorResult = (toolCallId: string, toolName: string, text: string): LanguageModelV4ToolResultPart => ({
  type: 'tool-result',
  toolCallId,
  toolName,
  output: { type: 'error-text', value: text },
})

/** What the model reads of a result: the preview, and where the rest is. */
export function resultText(output: ToolOutput): string {
  if (!output.truncated) return output.preview
  return `${output.preview}\n[The preview ends here: ${output.bytes} bytes in all. Read on or search with read_evidence, evidenceId "${output.evidenceId}".]`
}

function settleCall(replay: Replay, toolCallId: string, make: (toolName: string) => LanguageModelV4ToolResultPart) {
  if (replay.current.phase === 'none') return
  const call = replay.current.calls.find((candidate) => candidate.toolCallId === toolCallId)
  if (call) call.result = make(call.toolName)
}

/** Takes one event of the log into account; changes and returns `replay`. Work is constant per event. */
export function replayChunk(replay: Replay, chunk: RunChunk): Replay {
  if (isTerminal(chunk)) replay.ended = true
  switch (chunk.type) {
    case 'start':
      replay.started = true
      break
    case 'data-run':
      if (chunk.data.attempt > 1 && chunk.data.attempt > replay.attempt && !replay.handedOver) {
        replay.takeOversInStep += 1
      }
      replay.handedOver = chunk.data.handedOver === true
      replay.waiting = chunk.data.status === 'waiting'
      replay.attempt = Math.max(replay.attempt, chunk.data.attempt)
      break
    case 'data-step':
      if (chunk.data.phase === 'model') {
        replay.current = { phase: 'model', ...emptyStep(chunk.data.step) }
      } else if (replay.current.phase === 'model') {
        replay.current = { ...replay.current, phase: 'tools' }
      }
      break
    case 'data-usage':
      replay.usage = chunk.data
      break
    case 'text-start':
      openPart(replay, 'text', chunk)
      break
    case 'reasoning-start':
      openPart(replay, 'reasoning', chunk)
      break
    case 'text-delta':
    case 'reasoning-delta':
    case 'text-end':
    case 'reasoning-end': {
      const part = replay.current.phase === 'model' ? replay.current.parts.get(chunk.id) : undefined
      if (part && 'delta' in chunk) part.text += chunk.delta
      if (part && chunk.providerMetadata) part.providerOptions = chunk.providerMetadata as SharedV4ProviderMetadata
      break
    }
    case 'tool-input-start':
      replay.callIds.add(chunk.toolCallId)
      break
    case 'tool-input-available':
    case 'tool-input-error':
      addCall(replay, chunk)
      break
    case 'data-approval': {
      const { toolCallId } = chunk.data
      if (replay.current.phase === 'none') break
      const call = replay.current.calls.find((candidate) => candidate.toolCallId === toolCallId)
      if (call) call.approval = chunk.data
      break
    }
    case 'data-tool-progress':
      if (replay.current.phase === 'tools' && chunk.data.status === 'started') {
        const call = replay.current.calls.find((candidate) => candidate.toolCallId === chunk.data.toolCallId)
        if (call) call.started = true
      }
      break
    case 'tool-output-available':
      reach(replay, (chunk.toolMetadata as unknown as ToolMetadata | undefined)?.found ?? [])
      if (replay.current.phase !== 'none') {
        replay.current.evidence[chunk.toolCallId] = (chunk.output as ToolOutput).evidenceId
      }
      settleCall(replay, chunk.toolCallId, (toolName) => ({
        type: 'tool-result',
        toolCallId: chunk.toolCallId,
        toolName,
        output: { type: 'text', value: resultText(chunk.output as ToolOutput) },
      }))
      break
    case 'tool-output-error':
      settleCall(replay, chunk.toolCallId, (toolName) => errorResult(chunk.toolCallId, toolName, chunk.errorText))
      break
    case 'reset-step':
      if (replay.current.phase === 'model') replay.current = { phase: 'model', ...emptyStep(replay.current.step) }
      break
    case 'finish-step':
      finishStep(replay)
      break
  }
  return replay
}

function finishStep(replay: Replay) {
  const { current } = replay
  if (current.phase === 'none') return
  const results = current.calls.flatMap((call) => (call.result ? [call.result] : []))
  // Empty text parts would be refused by some providers when sent back.
  const content = current.content.filter((part) => part.type !== 'text' || part.text !== '')
  replay.completed.push({ content, results, evidence: current.evidence })
  replay.answered = current.calls.length === 0
  replay.takeOversInStep = 0
  replay.current = { phase: 'none' }
}
