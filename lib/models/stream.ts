import { setTimeout as wait } from 'node:timers/promises'
import type {
  LanguageModelV4,
  LanguageModelV4FunctionTool,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolChoice,
} from '@ai-sdk/provider'
import { streamAttempt } from '@/lib/models/attempt'
import { ModelError, type ModelErrorCode } from '@/lib/models/errors'
import type { ResolvedModel } from '@/lib/models/types'

/** Milliseconds, but for `attempts`. */
export interface ModelTiming {
  /** Until the first delta, headers included. A model that thinks before it speaks needs this to be long. */
  firstDelta: number
  /** Between two parts after that. */
  betweenParts: number
  attempts: number
  /** The first pause; each further one is twice as long, up to `maximumBackoff`, less up to half of it at random. */
  backoff: number
  maximumBackoff: number
  /** An upstream that asks for a longer pause than this fails the call at once. */
  maximumRetryAfter: number
}

export const DEFAULT_MODEL_TIMING: ModelTiming = {
  firstDelta: 120_000,
  betweenParts: 60_000,
  attempts: 4,
  backoff: 500,
  maximumBackoff: 20_000,
  maximumRetryAfter: 60_000,
}

export interface ModelCall {
  prompt: LanguageModelV4Prompt
  tools: LanguageModelV4FunctionTool[]
  toolChoice?: LanguageModelV4ToolChoice
  /** Default: the model's. */
  maxOutputTokens?: number
  signal: AbortSignal
  timing?: Partial<ModelTiming>
  /** Called before each pause: the attempt that failed (from 1), why, and how long the pause is. */
  onRetry?: (info: { attempt: number; code: ModelErrorCode; delayMilliseconds: number }) => void
}

/**
 * One call of a language model: its parts as they come, `finish` the last. It reads the provider's `doStream` itself;
 * `streamText` costs about three times the CPU per token (docs/decisions/2026-11-22-read-models-with-dostream.md).
 *
 * Part ids are the provider's and repeat from call to call. Failures that may pass are retried as long as nothing was
 * yielded. Throws `ModelError`; when `signal` fires, its reason. The request upstream is aborted on every early end,
 * `return()` included.
 */
export async function* streamModel(
  model: ResolvedModel,
  call: ModelCall,
): AsyncGenerator<LanguageModelV4StreamPart, void, void> {
  const timing = { ...DEFAULT_MODEL_TIMING, ...call.timing }
  for (let attempt = 1; ; attempt++) {
    call.signal.throwIfAborted()
    let yielded = false
    try {
      for await (const part of streamAttempt(withoutRefused(model), call, timing)) {
        yielded = true
        yield part
      }
      return
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason
      if (error instanceof ModelError && error.refusesSummaries && !yielded && wantsSummaries(model)) {
        withoutSummaries.add(model.languageModel)
        continue
      }
      if (!(error instanceof ModelError) || !error.retryable || yielded || attempt >= timing.attempts) throw error
      const delayMilliseconds = pauseBefore(error, attempt, timing)
      call.onRetry?.({ attempt, code: error.code, delayMilliseconds })
      await pause(delayMilliseconds, call.signal)
    }
  }
}

/** OpenAI summarises reasoning for verified organisations only and refuses the whole request of any other. */
const withoutSummaries = new WeakSet<LanguageModelV4>()

const wantsSummaries = ({ languageModel, providerOptions }: ResolvedModel) =>
  providerOptions?.openai?.reasoningSummary != null && !withoutSummaries.has(languageModel)

function withoutRefused(model: ResolvedModel): ResolvedModel {
  if (!withoutSummaries.has(model.languageModel)) return model
  const { reasoningSummary: _, ...openai } = model.providerOptions?.openai ?? {}
  return { ...model, providerOptions: { ...model.providerOptions, openai } }
}

function pauseBefore(error: ModelError, attempt: number, timing: ModelTiming): number {
  const asked = error.retryAfterMilliseconds ?? 0
  if (asked > timing.maximumRetryAfter) {
    const message = `${error.message} It asks to wait ${Math.ceil(asked / 1000)} seconds.`
    throw new ModelError(error.code, message, false, { status: error.status, retryAfterMilliseconds: asked })
  }
  const backoff = Math.min(timing.backoff * 2 ** (attempt - 1), timing.maximumBackoff)
  return Math.round(asked + backoff * (0.5 + Math.random() / 2))
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal })
  } catch {
    signal.throwIfAborted()
  }
}
