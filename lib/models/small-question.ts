import { ModelError } from '@/lib/models/errors'
import { streamModel } from '@/lib/models/stream'
import type { ResolvedModel } from '@/lib/models/types'

const QUESTION = 'Answer with one word: ready'
/** A model that reasons first spends tokens on that, too. */
const MOST_TOKENS = 256
const MOST_TEXT = 500
const SECONDS = 30

export interface SmallAnswer {
  text: string
  /** As the answer itself says; null when it does not. */
  model: string | null
  finishReason: string
  usage: { inputTokens: number | null; outputTokens: number | null }
  milliseconds: { firstPart: number; whole: number }
}

/**
 * Asks a model one small question, once. Throws `ModelError` for what the model does wrong, also when it takes too long (30 s);
 * when `signal` fires, its reason.
 */
export async function askSmallQuestion(
  model: ResolvedModel,
  signal?: AbortSignal,
  seconds = SECONDS,
): Promise<SmallAnswer> {
  const began = performance.now()
  const elapsed = () => Math.round(performance.now() - began)
  const limit = AbortSignal.timeout(seconds * 1000)
  const seen = { text: '', model: null as string | null, firstPart: null as number | null }
  const call = {
    prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: QUESTION }] }],
    tools: [],
    maxOutputTokens: Math.min(MOST_TOKENS, model.maxOutputTokens),
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
    timing: { attempts: 1 },
  }
  try {
    for await (const part of streamModel(model, call)) {
      if (part.type === 'response-metadata') seen.model = part.modelId ?? seen.model
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') seen.firstPart ??= elapsed()
      if (part.type === 'text-delta' && seen.text.length < MOST_TEXT) seen.text += part.delta
      if (part.type === 'finish') {
        const { inputTokens, outputTokens } = part.usage
        return {
          text: seen.text.slice(0, MOST_TEXT),
          model: seen.model,
          finishReason: part.finishReason.unified,
          usage: { inputTokens: inputTokens.total ?? null, outputTokens: outputTokens.total ?? null },
          milliseconds: { firstPart: seen.firstPart ?? elapsed(), whole: elapsed() },
        }
      }
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (limit.aborted && error === limit.reason)
      throw new ModelError('model_timeout', `The language model did not answer within ${seconds} s.`)
    throw error
  }
  throw new ModelError('model_protocol', 'The language model gave no answer.')
}
