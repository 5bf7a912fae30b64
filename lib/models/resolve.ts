import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { Logger } from 'pino'
import type { EnvironmentModel } from '@/lib/env'
import { badRequest, LongwatchError } from '@/lib/errors'
import {
  DEFAULT_MODEL,
  grafanaModelUrl,
  type ModelConfig,
  modelConfigs,
  modelDefaults,
  type Provider,
} from '@/lib/models/config'
import { createModelFetch } from '@/lib/models/fetch'
import { takesImagesByDefault } from '@/lib/models/images'
import type { ModelChoice, ModelResolver, ResolvedModel } from '@/lib/models/types'
import type { OutboundGuard } from '@/lib/network/guard'
import type { SecretBox } from '@/lib/secrets'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

export const SCRIPTED_MODEL_ID = 'demo-scripted'
export const SCRIPTED_MODEL_LABEL = 'demo model: scripted, not a language model'

const OPENAI_URL = 'https://api.openai.com/v1'
const DEFAULT_OPENAI_MODEL = 'gpt-5.1'
const DEFAULT_CONTEXT_TOKENS = 128_000
const DEFAULT_MAX_OUTPUT_TOKENS = 8_192
const MODELS_PER_ORGANISATION = 100
const CACHED_MODELS = 1_000

interface ResolverInput {
  store: Store
  secrets: SecretBox
  outbound: OutboundGuard
  /** The environment's model, for organisations that set none. */
  model: EnvironmentModel | null
  logger: Logger
}

/** A model as it can be called: a configuration with its key opened. */
export interface Endpoint {
  /** Null: the model's own. */
  name: string | null
  provider: Provider
  baseUrl: string | null
  apiKey: string | null
  model: string
  contextTokens: number | null
  maxOutputTokens: number | null
  takesImages: boolean
  prices: { input: number; output: number } | null
  /** Whether a provisioning file or the environment named it, and not a person in the settings. */
  provisioned: boolean
}

const labelOf = (model: string) => (model === SCRIPTED_MODEL_ID ? SCRIPTED_MODEL_LABEL : model)
const describe = (model: string, name: string | null) => ({
  id: model,
  label: name ?? labelOf(model),
  scripted: model === SCRIPTED_MODEL_ID,
})

/**
 * Finds an organisation's models: its own as they are stored now, the chosen default (else the oldest) first, or the environment's.
 * Opened keys live only in the providers that were made with them, one for each version of a configuration.
 */
export function createModelResolver({
  store,
  secrets,
  outbound,
  model: fromEnvironment,
  logger,
}: ResolverInput): ModelResolver {
  const made = new Map<string, ResolvedModel>()
  const environment = fromEnvironment && makeModel(environmentEndpoint(fromEnvironment), outbound)

  /** Those that may be used, the default first. */
  async function configured(organisationId: string): Promise<Versioned<ModelConfig>[]> {
    const list = { index: 'all', group: 'all', order: 'ascending', limit: MODELS_PER_ORGANISATION } as const
    const [page, chosen] = await Promise.all([
      modelConfigs.list(store, organisationId, list),
      modelDefaults.get(store, organisationId, DEFAULT_MODEL),
    ])
    const usable = page.items.filter(({ body }) => body.enabled)
    const first = usable.find(({ id }) => id === chosen?.body.modelId)
    return first ? [first, ...usable.filter((config) => config !== first)] : usable
  }

  function fromConfig(organisationId: string, { id, version, body }: Versioned<ModelConfig>): ResolvedModel {
    const key = `${organisationId}/${id}/${version}`
    const known = made.get(key)
    if (known) return known
    const apiKey = body.apiKey && secrets.open(body.apiKey, organisationId)
    const model = makeModel({ ...body, apiKey }, outbound)
    logger.debug({ organisationId, model: body.model, version }, 'a language model was set up')
    made.set(key, model)
    if (made.size > CACHED_MODELS) made.delete(made.keys().next().value as string)
    return model
  }

  function choose(organisationId: string, configs: Versioned<ModelConfig>[], requested?: string): ResolvedModel {
    const [first] = configs
    if (!first && !environment)
      throw new LongwatchError('unavailable', 'No language model is configured.', { dependency: 'model' })
    if (first) {
      const chosen = requested === undefined ? first : configs.find((config) => isNamed(config, requested))
      if (chosen) return fromConfig(organisationId, chosen)
    } else if (environment && (requested === undefined || requested === environment.id)) return environment
    throw badRequest('model', 'There is no language model of this name.')
  }

  return {
    async read(organisationId) {
      const configs = await configured(organisationId)
      return { choose: (requested) => choose(organisationId, configs, requested) }
    },

    async resolve({ id }, requested) {
      return choose(id, await configured(id), requested)
    },

    async list({ id: organisationId }) {
      const configs = await configured(organisationId)
      if (configs.length > 0) return configs.map((config) => choiceOf(config, configs))
      if (!environment) return []
      const { id, label, scripted, contextTokens, takesImages } = environment
      return [{ id, label, scripted, contextTokens, takesImages }]
    },
  }
}

/** A model is asked for by its own name; where two have the same, the first is meant, and the other by its id. */
const isNamed = ({ id, body }: Versioned<ModelConfig>, requested: string) =>
  body.model === requested || id === requested

function choiceOf(config: Versioned<ModelConfig>, all: Versioned<ModelConfig>[]): ModelChoice {
  const { model, name, contextTokens, takesImages } = config.body
  const isFirst = all.find(({ body }) => body.model === model) === config
  return { ...describe(model, name), id: isFirst ? model : config.id, contextTokens, takesImages }
}

function environmentEndpoint(environment: EnvironmentModel): Endpoint {
  const model = environment.model ?? DEFAULT_OPENAI_MODEL
  return {
    ...environment,
    name: null,
    model,
    takesImages: environment.takesImages ?? takesImagesByDefault(environment.provider, model),
    prices: null,
    provisioned: true,
  }
}

/** A model ready to be called. Throws `unavailable` when it has no address. */
export function makeModel(endpoint: Endpoint, outbound: OutboundGuard): ResolvedModel {
  const contextTokens = endpoint.contextTokens ?? DEFAULT_CONTEXT_TOKENS
  const maxOutputTokens = endpoint.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS
  return {
    ...describe(endpoint.model, endpoint.name),
    contextTokens,
    takesImages: endpoint.takesImages,
    // A window that is all room for the answer has none for the question.
    maxOutputTokens: Math.min(maxOutputTokens, Math.floor(contextTokens / 2)),
    ...(endpoint.prices ? { pricePerMillion: endpoint.prices } : {}),
    ...provide(endpoint, outbound),
  }
}

function provide(
  { provider, baseUrl, apiKey, model, provisioned }: Endpoint,
  outbound: OutboundGuard,
): Pick<ResolvedModel, 'languageModel' | 'providerOptions'> {
  const fetch = (url: string) => createModelFetch(outbound, url, provisioned ? 'configured' : 'typed')
  if (provider === 'openai') {
    const baseURL = baseUrl ?? OPENAI_URL
    // Both are given even when empty: left out, the provider takes them from the process's environment, which
    // would lend this deployment's key to an organisation without one.
    const openai = createOpenAI({ apiKey: apiKey ?? '', baseURL, fetch: fetch(baseURL) })
    // Nothing is stored at OpenAI: reasoning travels back encrypted, so a run needs no state but its log.
    return {
      languageModel: openai.responses(model),
      providerOptions: { openai: { store: false, reasoningSummary: 'auto' } },
    }
  }
  if (!baseUrl) throw new LongwatchError('unavailable', 'The language model has no address.', { dependency: 'model' })
  const baseURL = provider === 'grafana-llm' ? grafanaModelUrl(baseUrl) : baseUrl
  const compatible = createOpenAICompatible({
    name: 'longwatch',
    baseURL,
    includeUsage: true,
    fetch: fetch(baseURL),
    ...(apiKey ? { apiKey } : {}),
  })
  return { languageModel: compatible(model) }
}
