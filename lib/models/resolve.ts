import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { Logger } from 'pino'
import type { Organisation } from '@/lib/access/types'
import type { EnvironmentModel } from '@/lib/env'
import { badRequest, LongwatchError } from '@/lib/errors'
import { type ModelConfig, modelConfigs } from '@/lib/models/config'
import type { ModelResolver, ResolvedModel } from '@/lib/models/types'
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

interface Endpoint {
  provider: 'openai' | 'openai-compatible'
  baseUrl: string | null
  apiKey: string | null
  model: string
  contextTokens: number | null
  maxOutputTokens: number | null
  prices: { input: number; output: number } | null
  /** Whether a provisioning file or the environment named it, and not a person in the settings. */
  provisioned: boolean
}

const labelOf = (model: string) => (model === SCRIPTED_MODEL_ID ? SCRIPTED_MODEL_LABEL : model)
const describe = (model: string) => ({ id: model, label: labelOf(model), scripted: model === SCRIPTED_MODEL_ID })

/**
 * Finds an organisation's models: its own as they are stored now, the oldest being the default, else the environment's.
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

  async function configured(organisation: Organisation): Promise<Versioned<ModelConfig>[]> {
    const page = await modelConfigs.list(store, organisation.id, {
      index: 'all',
      group: 'all',
      order: 'ascending',
      limit: MODELS_PER_ORGANISATION,
    })
    return page.items
  }

  function fromConfig(organisation: Organisation, { id, version, body }: Versioned<ModelConfig>): ResolvedModel {
    const key = `${organisation.id}/${id}/${version}`
    const known = made.get(key)
    if (known) return known
    const apiKey = body.apiKey && secrets.open(body.apiKey, organisation.id)
    const model = makeModel({ ...body, apiKey }, outbound)
    logger.debug({ organisationId: organisation.id, model: body.model, version }, 'a language model was set up')
    made.set(key, model)
    if (made.size > CACHED_MODELS) made.delete(made.keys().next().value as string)
    return model
  }

  return {
    async resolve(organisation, requested) {
      const configs = await configured(organisation)
      const [first] = configs
      if (!first && !environment)
        throw new LongwatchError('unavailable', 'No language model is configured.', { dependency: 'model' })
      if (first) {
        const chosen = requested === undefined ? first : configs.find(({ body }) => body.model === requested)
        if (chosen) return fromConfig(organisation, chosen)
      } else if (environment && (requested === undefined || requested === environment.id)) return environment
      throw badRequest('model', 'There is no language model of this name.')
    },

    async list(organisation) {
      const names = (await configured(organisation)).map(({ body }) => body.model)
      if (names.length > 0) return [...new Set(names)].map(describe)
      return environment ? [describe(environment.id)] : []
    },
  }
}

const environmentEndpoint = (model: EnvironmentModel): Endpoint => ({
  ...model,
  model: model.model ?? DEFAULT_OPENAI_MODEL,
  prices: null,
  provisioned: true,
})

function makeModel(endpoint: Endpoint, outbound: OutboundGuard): ResolvedModel {
  const contextTokens = endpoint.contextTokens ?? DEFAULT_CONTEXT_TOKENS
  const maxOutputTokens = endpoint.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS
  return {
    ...describe(endpoint.model),
    contextTokens,
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
  const fetch = (url: string) => outbound.fetchFor(url, provisioned ? 'configured' : 'typed')
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
  const compatible = createOpenAICompatible({
    name: 'longwatch',
    baseURL: baseUrl,
    includeUsage: true,
    fetch: fetch(baseUrl),
    ...(apiKey ? { apiKey } : {}),
  })
  return { languageModel: compatible(model) }
}
