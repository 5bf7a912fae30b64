import type { SealedText } from '@/lib/mcp/config'
import { Collection } from '@/lib/stores/collection'
import type { Json } from '@/lib/stores/contract'

/**
 * `openai`: OpenAI's Responses API. `openai-compatible`: anything that answers as OpenAI's Chat Completions do.
 * `grafana-llm`: Grafana's LLM app; its address is the Grafana's own.
 */
export const PROVIDERS = ['openai', 'openai-compatible', 'grafana-llm'] as const
export type Provider = (typeof PROVIDERS)[number]

/** A language model of one organisation, as stored. Without one, the environment's is used. */
export interface ModelConfig {
  id: string
  /** Unique in the organisation; null: the model's own name. */
  name: string | null
  provider: Provider
  /** Required for all but `openai`. */
  baseUrl: string | null
  apiKey: SealedText | null
  model: string
  contextTokens: number
  maxOutputTokens: number
  takesImages: boolean
  /** US dollars for a million tokens. */
  prices: { input: number; output: number } | null
  enabled: boolean
  provisioned: boolean
  createdAt: number
  updatedAt: number
}

export const modelConfigs = new Collection<ModelConfig>({
  name: 'models',
  v: 2,
  indexes: (config) => [{ index: 'all', group: 'all', sort: config.createdAt }],
  upcast: (body) => {
    const before = body as unknown as ModelConfig & { [name: string]: Json }
    return { ...before, name: null, takesImages: false, enabled: true, updatedAt: before.createdAt }
  },
})

/** Of an organisation; its only document says which model answers when nobody chose. Without it the oldest does. */
export const modelDefaults = new Collection<{ modelId: string }>({ name: 'model-default', v: 1 })
export const DEFAULT_MODEL = 'default'

const PLUGIN = '/api/plugins/grafana-llm-app'
const withoutSlash = (url: string) => url.replace(/\/+$/, '')

/** Where Grafana's LLM app speaks OpenAI's protocol, by the Grafana's address. */
export const grafanaModelUrl = (grafana: string) => `${withoutSlash(grafana)}${PLUGIN}/resources/llm/v1`
/** Where it tells how it is. */
export const grafanaHealthUrl = (grafana: string) => `${withoutSlash(grafana)}${PLUGIN}/health`
