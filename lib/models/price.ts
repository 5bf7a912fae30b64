import type { Usage } from '@/lib/agent/events'
import type { ResolvedModel } from '@/lib/models/types'

/** What a call took, with what it cost when the model has prices. */
export function priced(
  { inputTokens, outputTokens }: Pick<Usage, 'inputTokens' | 'outputTokens'>,
  { pricePerMillion: price }: Pick<ResolvedModel, 'pricePerMillion'>,
): Usage {
  if (!price) return { inputTokens, outputTokens }
  return { inputTokens, outputTokens, costUsd: (inputTokens * price.input + outputTokens * price.output) / 1_000_000 }
}
