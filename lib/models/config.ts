import type { SealedText } from '@/lib/mcp/config'
import { Collection } from '@/lib/stores/collection'

/** A language model of one organisation, as stored. Without one, the environment's is used. */
export interface ModelConfig {
  id: string
  provider: 'openai' | 'openai-compatible'
  /** Required for `openai-compatible`. */
  baseUrl: string | null
  apiKey: SealedText | null
  model: string
  contextTokens: number
  maxOutputTokens: number
  /** US dollars for a million tokens. */
  prices: { input: number; output: number } | null
  provisioned: boolean
  createdAt: number
}

export const modelConfigs = new Collection<ModelConfig>({
  name: 'models',
  v: 1,
  indexes: (config) => [{ index: 'all', group: 'all', sort: config.createdAt }],
})
