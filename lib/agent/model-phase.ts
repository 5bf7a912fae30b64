import type { LanguageModelV4StreamPart, LanguageModelV4ToolCall, LanguageModelV4Usage } from '@ai-sdk/provider'
import type { RunChunk, ToolMetadata } from '@/lib/agent/events'
import type { LoopPorts, PreparedStep } from '@/lib/agent/ports'
import { type AskedModel, askModel } from '@/lib/models/ask'
import { ModelError } from '@/lib/models/errors'

export interface ModelCall {
  prepared: ModelStep
  step: number
  attempt: number
  callIds: ReadonlySet<string>
  describe(toolName: string): ToolMetadata | undefined
}

export interface ModelResult {
  finishReason: string
  usage: LanguageModelV4Usage
  calls: number
  /** Whether there is any text that a person can read. */
  hasText: boolean
}

export type ModelStep = Extract<PreparedStep, { kind: 'model' }>

type PartKind = 'text' | 'reasoning'

/** Arguments longer than this are nobody's question; they would not fit beside others into one commit. */
const MAX_ARGUMENTS_BYTES = 128 * 1024
const MAX_DELTA = 16 * 1024

/** Turns one response of the model into events: unique part ids, call ids that no earlier step used. */
class ResponseWriter {
  private readonly openParts = new Map<string, string>()
  private readonly openInputs = new Map<string, { callId: string; toolName: string; raw: string }>()
  private readonly callIds = new Map<string, string>()
  /** When each part of reasoning began, by its id. */
  private readonly thinkingSince = new Map<string, number>()
  private parts = 0
  calls = 0
  hasText = false

  private readonly call: ModelCall
  private readonly emit: (chunk: RunChunk) => void

  constructor(call: ModelCall, emit: (chunk: RunChunk) => void) {
    this.call = call
    this.emit = emit
  }

  private start(kind: PartKind, providerId: string): string {
    const id = `${kind === 'text' ? 't' : 'r'}${this.call.step}-${this.call.attempt}-${++this.parts}`
    this.openParts.set(kind + providerId, id)
    return id
  }

  private callId(providerId: string): string {
    const known = this.callIds.get(providerId)
    if (known) return known
    // Some providers count their calls anew in every response.
    const taken = this.call.callIds.has(providerId) || providerId === ''
    const id = taken
      ? `${providerId || 'call'}-${this.call.step}-${this.call.attempt}-${this.callIds.size}`
      : providerId
    this.callIds.set(providerId, id)
    return id
  }

  take(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-start':
        this.emit({ type: 'text-start', id: this.start('text', part.id), ...metadataOf(part) })
        return
      case 'reasoning-start': {
        const id = this.start('reasoning', part.id)
        this.thinkingSince.set(id, Date.now())
        this.emit({ type: 'reasoning-start', id, ...metadataOf(part) })
        return
      }
      case 'text-delta':
        if (part.delta.trim() !== '') this.hasText = true
        this.delta('text', part)
        return
      case 'reasoning-delta':
        this.delta('reasoning', part)
        return
      case 'text-end':
      case 'reasoning-end': {
        const kind = part.type === 'text-end' ? 'text' : 'reasoning'
        const id = this.openParts.get(kind + part.id)
        this.openParts.delete(kind + part.id)
        if (id) this.emit({ type: part.type, id, ...metadataOf(part) })
        if (id) this.thought(id)
        return
      }
      case 'tool-input-start':
        this.inputStart(part)
        return
      case 'tool-input-delta': {
        const input = this.openInputs.get(part.id)
        if (!input || part.delta === '' || input.raw.length > MAX_ARGUMENTS_BYTES) return
        input.raw += part.delta
        if (input.raw.length > MAX_ARGUMENTS_BYTES) return
        for (const inputTextDelta of pieces(part.delta)) {
          this.emit({ type: 'tool-input-delta', toolCallId: input.callId, inputTextDelta })
        }
        return
      }
      case 'tool-call':
        this.toolCall(part)
        return
      default:
        return
    }
  }

  private delta(kind: PartKind, part: Extract<LanguageModelV4StreamPart, { type: 'text-delta' | 'reasoning-delta' }>) {
    const id = this.openParts.get(kind + part.id)
    if (!id || (part.delta === '' && !part.providerMetadata)) return
    const [first = '', ...more] = pieces(part.delta)
    this.emit({ type: part.type, id, delta: first, ...metadataOf(part) })
    for (const delta of more) this.emit({ type: part.type, id, delta })
  }

  /** How long a part of reasoning took goes with the message, so that it is known after a reload too. */
  private thought(id: string) {
    const since = this.thinkingSince.get(id)
    if (since === undefined) return
    this.emit({ type: 'message-metadata', messageMetadata: { reasoningMs: { [id]: Math.max(0, Date.now() - since) } } })
  }

  private inputStart(part: Extract<LanguageModelV4StreamPart, { type: 'tool-input-start' }>) {
    if (this.call.prepared.concludes) return
    const callId = this.callId(part.id)
    this.openInputs.set(part.id, { callId, toolName: part.toolName, raw: '' })
    this.emit({
      type: 'tool-input-start',
      toolCallId: callId,
      toolName: part.toolName,
      dynamic: true,
      ...toolMetadataOf(this.call, part.toolName),
    })
  }

  private toolCall(part: LanguageModelV4ToolCall) {
    // A model that was told to conclude and calls a tool all the same is not followed.
    if (this.call.prepared.concludes) return
    this.openInputs.delete(part.toolCallId)
    this.calls += 1
    const common = {
      toolCallId: this.callId(part.toolCallId),
      toolName: part.toolName,
      dynamic: true,
      ...metadataOf(part),
      ...toolMetadataOf(this.call, part.toolName),
    }
    // Another call of this response may come under the same id.
    this.callIds.delete(part.toolCallId)
    const parsed = parseArguments(part.input)
    if (parsed.ok) this.emit({ type: 'tool-input-available', input: parsed.value, ...common })
    else this.emit({ type: 'tool-input-error', input: shown(part.input), errorText: parsed.problem, ...common })
  }

  /** The response is over: what it left open is closed, and a call cut off by the token limit becomes a failed one. */
  end(finishReason: string): void {
    for (const [key, id] of this.openParts) {
      this.emit({ type: key.startsWith('text') ? 'text-end' : 'reasoning-end', id })
      this.thought(id)
    }
    for (const { callId, toolName, raw } of this.openInputs.values()) {
      this.calls += 1
      this.emit({
        type: 'tool-input-error',
        toolCallId: callId,
        toolName,
        input: shown(raw),
        dynamic: true,
        errorText:
          finishReason === 'length'
            ? 'The arguments were cut off by the limit of tokens for one answer. Call the tool again with shorter arguments.'
            : 'The arguments were not complete. Call the tool again.',
        ...toolMetadataOf(this.call, toolName),
      })
    }
  }
}

/** A provider may send much at once; an event stays small. Never cuts between the halves of one character. */
function pieces(text: string): string[] {
  if (text.length <= MAX_DELTA) return [text]
  const all: string[] = []
  for (let start = 0; start < text.length; ) {
    const end = start + MAX_DELTA
    const splits = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800
    all.push(text.slice(start, splits ? end - 1 : end))
    start = splits ? end - 1 : end
  }
  return all
}

/** Arguments that cannot be used, for people to see. */
const shown = (raw: string) => (raw.length <= MAX_DELTA ? raw : `${raw.slice(0, MAX_DELTA).toWellFormed()}…`)

const metadataOf = (part: { providerMetadata?: unknown }) =>
  part.providerMetadata ? { providerMetadata: part.providerMetadata as never } : {}

const toolMetadataOf = (call: ModelCall, toolName: string) => {
  const metadata = call.describe(toolName)
  return metadata ? { toolMetadata: metadata as never } : {}
}

/** A tool's arguments: an object, however the provider writes "none". */
function parseArguments(input: string): { ok: true; value: unknown } | { ok: false; problem: string } {
  if (input.trim() === '') return { ok: true, value: {} }
  const bytes = Buffer.byteLength(input)
  if (bytes > MAX_ARGUMENTS_BYTES) {
    const problem = `The arguments are too long: ${bytes} bytes, at most ${MAX_ARGUMENTS_BYTES}. Nothing was called.`
    return { ok: false, problem }
  }
  try {
    const value: unknown = JSON.parse(input)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ok: true, value }
    return { ok: false, problem: 'The arguments must be one JSON object. Call the tool again.' }
  } catch {
    return {
      ok: false,
      problem: 'The arguments were not valid JSON (perhaps cut off). Call the tool again with complete, shorter ones.',
    }
  }
}

/** Sends what a step asks the model; nobody has to want the answer. */
export function askStep(
  { model, onRetry }: Pick<LoopPorts, 'model' | 'onRetry'>,
  { prompt, tools, concludes }: ModelStep,
): AskedModel {
  return askModel(model, {
    prompt,
    tools,
    toolChoice: concludes ? { type: 'none' } : { type: 'auto' },
    maxOutputTokens: model.maxOutputTokens,
    onRetry,
  })
}

/**
 * Phase one of a step: the model's response, streamed into the log as it comes.
 * Throws `ModelError`, or the reason of the signal that aborted it; what was shown stays in the log.
 */
export async function runModelPhase(ports: LoopPorts, call: ModelCall): Promise<ModelResult> {
  const { signal, handOverSignal } = ports
  const goOn = () => {
    signal.throwIfAborted()
    handOverSignal.throwIfAborted()
  }
  const writer = new ResponseWriter(call, ports.emit)
  let finish: Extract<LanguageModelV4StreamPart, { type: 'finish' }> | null = null
  const asked = call.prepared.asked ?? askStep(ports, call.prepared)
  for await (const part of asked.parts(signal, handOverSignal)) {
    goOn()
    if (part.type === 'finish') finish = part
    else writer.take(part)
    await ports.ready()
  }
  goOn()
  if (!finish) throw new ModelError('model_interrupted', 'The model’s answer broke off.')
  writer.end(finish.finishReason.unified)
  return {
    finishReason: finish.finishReason.unified,
    usage: finish.usage,
    calls: writer.calls,
    hasText: writer.hasText,
  }
}
