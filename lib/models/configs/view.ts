import type { ModelConfig, Provider } from '@/lib/models/config'
import type { Versioned } from '@/lib/stores/collection'

/** A model as its administrators see it; of the key only whether there is one. */
export interface ModelConfigView {
  id: string
  name: string | null
  provider: Provider
  baseUrl: string | null
  hasKey: boolean
  model: string
  contextTokens: number
  maxOutputTokens: number
  takesImages: boolean
  prices: { input: number; output: number } | null
  enabled: boolean
  /** Answers when nobody chose. */
  isDefault: boolean
  /** Locked: a provisioning file or the environment names it. */
  provisioned: boolean
  createdAt: number
  updatedAt: number
  /** Hand it back with a change, to be told when somebody else was faster. */
  version: number
}

export function viewModel({ version, body }: Versioned<ModelConfig>, isDefault: boolean): ModelConfigView {
  const { apiKey, ...shown } = body
  return { ...shown, hasKey: apiKey !== null, isDefault, version }
}
