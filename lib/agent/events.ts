import type { UIMessage, UIMessageChunk } from 'ai'
import type { Risk } from '@/lib/access/types'

export type RunStatus = 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled'

export interface CodedError {
  code: string
  message: string
}

export interface Usage {
  inputTokens: number
  outputTokens: number
  costUsd?: number
}

/** One question to a person about one call; told again under the same id, with the decision, once there is one. */
export interface ApprovalData {
  approvalId: string
  toolCallId: string
  /** As the model calls it. */
  toolName: string
  server: string
  /** As its server calls it. */
  tool: string
  risk: Risk
  /** Exactly what is called if it is approved. */
  arguments: unknown
  /** Of the tool as it was when it was asked for (`definitionOf`). */
  definition: string
  /** Who could decide when it was asked for. */
  decidableBy: 'asker' | 'editor' | 'admin'
  askedAt: number
  expiresAt: number
  decision?: 'approve' | 'reject'
  scope?: 'once' | 'session'
  /** The decider's name as it was then; missing when nobody decided in time. */
  decidedBy?: string
  decidedAt?: number
  comment?: string
  /** Nobody decided in time, which is a rejection. */
  expired?: true
}

/** The `data-*` chunks of our own; all but `approval` and `context` are transient. */
export type LongwatchData = {
  /** `handedOver`: this attempt's process gives the run up on purpose; the next one goes on. */
  run: { runId: string; status: RunStatus; attempt: number; handedOver?: true }
  step: { step: number; phase: 'model' | 'tools' }
  approval: ApprovalData
  /** What the step's context left out so that it fits; tokens of the prompt before and after. */
  context: {
    step: number
    shrunkResults: number
    droppedTurns: number
    /** Files that are not whole in it. */
    shortenedFiles?: number
    tokensBefore: number
    tokensAfter: number
  }
  usage: Usage
  /** `started` is the recorded intent: it is in the log before the call is sent. */
  'tool-progress': {
    toolCallId: string
    status: 'started' | 'running'
    progress?: number
    total?: number
    message?: string
  }
}

export interface MessageMetadata {
  runId?: string
  model?: string
  createdAt?: number
  finishedAt?: number
  /** Set with the run's last events. */
  status?: 'completed' | 'cancelled' | 'failed'
  error?: CodedError
  usage?: Usage
  /** 2 and more: the run was taken over after an interruption. */
  attempts?: number
  /** By the id of each part of reasoning, how long the model thought, in milliseconds. */
  reasoningMs?: Record<string, number>
  /** Of a question that was replaced, or replaced another: the ids of all its versions in the order asked. Never stored. */
  versions?: string[]
}

/** One entry of a run's log. */
export type RunChunk = UIMessageChunk<MessageMetadata, LongwatchData>
export type LongwatchMessage = UIMessage<MessageMetadata, LongwatchData>

/** A tool's output in the log and in the message; the whole is evidence. */
export interface ToolOutput {
  /** At most 32 KiB of UTF-8. */
  preview: string
  evidenceId: string
  bytes: number
  truncated: boolean
  /** What the evidence holds, as an IANA media type. */
  mediaType: string
}

/** Carried as `toolMetadata` on a tool call's chunks and part (every tool chunk is `dynamic`). */
export interface ToolMetadata {
  server: string
  tool: string
  risk: Risk
  title?: string
  startedAt?: number
  durationMs?: number
  /** Of `find_tools`: the tools that it found, to be offered from the next step on. */
  found?: string[]
}

export const MAX_PREVIEW_BYTES = 32 * 1024

export const isTerminal = (chunk: { type: string }) =>
  chunk.type === 'finish' || chunk.type === 'abort' || chunk.type === 'error'

/** The assistant message of a run; storing it twice changes nothing. */
export const messageIdOf = (runId: string) => `msg_${runId}`
