import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider'
import type { Organisation } from '@/lib/access/types'
import { LongwatchError } from '@/lib/errors'

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

/** An organisation's models as they were when they were read. No key is opened before one of them is chosen. */
export interface OrganisationModels {
  /** Throws `unavailable` (dependency `model`) when none is configured, `bad_request` (field `model`) when the name is unknown. */
  choose(requested?: string): ResolvedModel
}

export interface ModelResolver {
  /** As they are stored now. */
  read(organisationId: string): Promise<OrganisationModels>
  /** The one that `choose` gives, of the models as they are stored now. Throws as that does. */
  resolve(organisation: Pick<Organisation, 'id'>, requested?: string): Promise<ResolvedModel>
  /** The models that may be chosen, the default first; empty when none is configured. */
  list(organisation: Pick<Organisation, 'id'>): Promise<ModelChoice[]>
}

/** The model that was asked for; one that is there no more gives way to the default. Null: the default. */
export function chooseOrDefault(models: OrganisationModels, requested: string | null): ResolvedModel {
  if (requested === null) return models.choose()
  try {
    return models.choose(requested)
  } catch (error) {
    if (!(error instanceof LongwatchError && error.code === 'bad_request')) throw error
    return models.choose()
  }
}
