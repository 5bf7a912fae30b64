import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider'
import type { Organisation } from '@/lib/access/types'

/** A language model, ready to be called for one organisation. */
export interface ResolvedModel {
  languageModel: LanguageModelV4
  /** The provider's id of the model; stored with the run. */
  id: string
  /** What the page calls it. The demo's is "demo model: scripted, not a language model". */
  label: string
  scripted: boolean
  /** The window, in tokens, and how much of it is kept for the answer. */
  contextTokens: number
  maxOutputTokens: number
  takesImages: boolean
  pricePerMillion?: { input: number; output: number }
  /** Sent with every call of this model. */
  providerOptions?: SharedV4ProviderOptions
}

/** A model as it is offered; its `id` is what a question names. */
export interface ModelChoice {
  id: string
  label: string
  scripted: boolean
  contextTokens: number
  takesImages: boolean
}

export interface ModelResolver {
  /** Throws `unavailable` (dependency `model`) when none is configured, `bad_request` (field `model`) when the name is unknown. */
  resolve(organisation: Organisation, requested?: string): Promise<ResolvedModel>
  /** The models that may be chosen, the default first; empty when none is configured. */
  list(organisation: Organisation): Promise<ModelChoice[]>
}
