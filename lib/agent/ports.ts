import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { Risk, Role } from '@/lib/access/types'
import type { AttachedFile } from '@/lib/agent/attached'
import type {
  ApprovalData,
  CodedError,
  LongwatchData,
  LongwatchMessage,
  RunChunk,
  ToolOutput,
  Usage,
} from '@/lib/agent/events'
import type { Replay } from '@/lib/agent/replay'
import type { Catalogue, ToolDescriptor, ToolOutcome } from '@/lib/mcp/types'
import type { AskedModel } from '@/lib/models/ask'
import type { ResolvedModel } from '@/lib/models/types'

/** Why a tool may or may not be called now, with the principal's role as it is now. */
export type CallDecision =
  | { allowed: true; tool: ToolDescriptor; needsApproval: boolean }
  | { allowed: false; reason: string; tool?: ToolDescriptor }

/** What was decided about a call and what came of it; for the audit log. */
export interface CallRecord {
  toolCallId: string
  toolName: string
  /** Missing when there is no such tool. */
  tool?: Pick<ToolDescriptor, 'serverName' | 'toolName' | 'risk'>
  arguments: unknown
  decision: 'auto' | 'approved' | 'granted' | 'rejected' | 'expired' | 'refused'
  /** Why it was refused or failed, in words. */
  reason?: string
  outcome: 'ok' | 'failed' | 'not called' | 'unknown'
  durationMs: number
}

export interface EvidencePage {
  mediaType: string
  bytes: number
  text: string
  /** Where the text begins: an offset inside a character moves behind it. */
  offset: number
  nextOffset: number | null
}

/** A step that is about to begin, as far as it could be seen to before: what the model is asked, or what is to be called. */
export type PreparedStep =
  /** The run cannot go on. */
  | { kind: 'refused'; error: CodedError }
  | {
      kind: 'model'
      prompt: LanguageModelV4Prompt
      /** What was left out of the prompt; null when everything is there. */
      context: Omit<LongwatchData['context'], 'step'> | null
      tools: LanguageModelV4FunctionTool[]
      descriptors: ToolDescriptor[]
      /** The last step: the model must answer with what it has. */
      concludes: boolean
      /** It was asked already. */
      asked?: AskedModel
    }
  /** Its model phase is over. */
  | { kind: 'tools'; descriptors: ToolDescriptor[] }

/** Prepares the step that comes next from where `replay` stands. */
export type PrepareStep = (replay: Replay) => Promise<PreparedStep>

/** What a step is prepared from; it takes no lease, and nothing is written for it. */
export type StepPorts = Pick<
  LoopPorts,
  | 'model'
  | 'organisationName'
  | 'promptTemplate'
  | 'question'
  | 'attachments'
  | 'runType'
  | 'history'
  | 'limits'
  | 'startedAt'
  | 'exhausted'
  | 'catalogue'
  | 'readAttachment'
  | 'onRetry'
>

/**
 * All that the loop needs of the world. It knows no HTTP, no store and no driver; `lib/runs` gives it these.
 * A port may throw `LeaseLost`, which ends the loop at once without another event.
 */
export interface LoopPorts {
  model: ResolvedModel
  organisationName: string
  /** The organisation's own prompt for this type of run; null: the built-in one. */
  promptTemplate: string | null
  question: string
  /** What was sent along with the question. */
  attachments: AttachedFile[]
  runType: 'chat' | 'investigation'
  /** Earlier turns of the session, oldest first, without this run's. */
  history: LongwatchMessage[]
  limits: { stepsPerRun: number; minutesPerRun: number }
  /** Unix milliseconds; the time limit counts from here, across take-overs. */
  startedAt: number
  /** Aborted when the person stops the run, with a `RunStopped` reason; when the lease is lost, with `LeaseLost`. */
  signal: AbortSignal
  /** True once this process wants to give the run to another one at the next safe point. */
  handOverRequested(): boolean
  /** Aborted when a hand-over may not wait for the model any longer. */
  handOverSignal: AbortSignal
  /** Aborted when it may not wait for tool calls in flight either. */
  handOverToolsSignal: AbortSignal

  /**
   * Adds to the log; order is kept, nobody sees it before it is stored. With a call's result comes what the audit log
   * says of the call, in the same commit; with a question, what is stored of it.
   */
  emit(chunk: RunChunk, call?: CallRecord): void
  /** Resolves when all that was emitted is stored; also slows the loop down when the store is slow. */
  flush(): Promise<void>
  /** Resolves at once unless much is waiting to be stored. */
  ready(): Promise<void>

  /** The run's next step, prepared anew from where it stands. */
  prepare: PrepareStep
  /** Why the organisation may not spend more this month, in words; null while it may. */
  exhausted(): Promise<string | null>
  /** Counts what a step's model call took, once for each attempt at the step. */
  spend(usage: Usage, step: number): Promise<void>
  /** The tools that the principal's role may use now. */
  catalogue(): Promise<Catalogue & { role: Role | null }>
  /** Looks role, policy and tool up anew. */
  decide(toolName: string): Promise<CallDecision>
  /** Whether these exact arguments were approved for the whole session, by somebody who may approve of them still. */
  isGranted(tool: ToolDescriptor, input: unknown): Promise<boolean>
  approvals: ApprovalPorts
  /** Makes the call; `beforeSend` inside checks lease and stop right before the request leaves. `signal` cancels it. */
  call(
    tool: ToolDescriptor,
    args: Record<string, unknown>,
    onProgress: (progress: { progress?: number; total?: number; message?: string }) => void,
    signal: AbortSignal,
  ): Promise<ToolOutcome>
  /** The model's call failed in a way that may pass and is made again; for the server's log. */
  onRetry(info: { attempt: number; code: string; delayMilliseconds: number }): void
  /** Stores a whole result as evidence and gives the bounded output for log and model. */
  keepEvidence(
    tool: { toolCallId: string; name: string; risk: Risk },
    outcome: Extract<ToolOutcome, { status: 'ok' }>,
  ): Promise<ToolOutput>
  /** Bytes of a file that was sent in this session; of a text only whole characters. Null when there is none of that id. */
  readAttachment(id: string, range: { offset: number; limit: number }): Promise<Buffer | null>
  /** A page of a result that this session's runs have kept, or of a file; null when there is none of that id. */
  readEvidence(evidenceId: string, range: { offset: number; limit: number }): Promise<EvidencePage | null>
}

/** Questions to people. The loop asks them and goes on; who may decide, where and until when is not its affair. */
export interface ApprovalPorts {
  /** The questions about these calls as events; emitting them asks. */
  questions(asked: { call: CallToApprove; tool: ToolDescriptor }[]): Promise<ApprovalChunk[]>
  /** Tells the world that there are questions, while other calls go on. */
  announce(): Promise<void>
  /** The events of the decisions that were made about these open questions. From its first call on `changed` wakes. */
  decisions(open: ApprovalData[]): Promise<ApprovalChunk[]>
  /** Resolves when something may have been decided. */
  changed(): Promise<void>
}

export type CallToApprove = { toolCallId: string; toolName: string; input: unknown }
export type ApprovalChunk = Extract<RunChunk, { type: 'data-approval' }>

/** The person (or a deletion, or a lost membership) ended the run. */
export class RunStopped extends Error {
  readonly by: string
  constructor(by: string) {
    super('The run was stopped.')
    this.name = 'RunStopped'
    this.by = by
  }
}

/** Another process owns the run now, or may: nothing more may be written. */
export class LeaseLost extends Error {
  constructor(message = 'The lease of this run is no longer ours.') {
    super(message)
    this.name = 'LeaseLost'
  }
}

/** This process gives the run up for another one to go on with. */
export class HandedOver extends Error {
  constructor() {
    super('The run is handed over.')
    this.name = 'HandedOver'
  }
}

/** The promise's result, or the signal's reason as soon as it fires: what is waited for may hang on a dead server. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody waits for it once the signal has fired; its failure must not end the process.
  promise.catch(() => undefined)
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
