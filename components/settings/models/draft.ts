import { KEEP, type SecretChange, secretBody } from '@/components/settings/form/secret'
import type { ModelConfigView } from '@/lib/models/configs/view'

export type Provider = ModelConfigView['provider']

/** What stands in the form. */
export interface ModelDraft {
  name: string
  provider: Provider
  baseUrl: string
  apiKey: SecretChange
  model: string
  contextTokens: number | null
  maxOutputTokens: number | null
  takesImages: boolean
  inputPrice: number | null
  outputPrice: number | null
}

export const newDraft = (provider: Provider): ModelDraft => ({
  name: '',
  provider,
  baseUrl: '',
  apiKey: KEEP,
  model: provider === 'grafana-llm' ? 'base' : '',
  contextTokens: 128_000,
  maxOutputTokens: 8_192,
  takesImages: provider === 'openai',
  inputPrice: null,
  outputPrice: null,
})

export const draftOf = (view: ModelConfigView): ModelDraft => ({
  name: view.name ?? '',
  provider: view.provider,
  baseUrl: view.baseUrl ?? '',
  apiKey: KEEP,
  model: view.model,
  contextTokens: view.contextTokens,
  maxOutputTokens: view.maxOutputTokens,
  takesImages: view.takesImages,
  inputPrice: view.prices?.input ?? null,
  outputPrice: view.prices?.output ?? null,
})

/** As the API takes it. A price that stands alone makes the other one 0. */
export function bodyOf(draft: ModelDraft) {
  const { name, provider, baseUrl, apiKey, model, contextTokens, maxOutputTokens, takesImages } = draft
  const { inputPrice, outputPrice } = draft
  const key = secretBody(apiKey)
  return {
    name: name.trim() || null,
    provider,
    baseUrl: baseUrl.trim() || null,
    ...(key === undefined ? {} : { apiKey: key }),
    model,
    contextTokens,
    maxOutputTokens,
    takesImages,
    prices: inputPrice === null && outputPrice === null ? null : { input: inputPrice ?? 0, output: outputPrice ?? 0 },
  }
}

/** What the providers are called, and what each needs. */
export const PROVIDERS: Record<
  Provider,
  { label: string; description: string; urlLabel: string; urlHint: string; keyLabel: string; modelHint: string }
> = {
  openai: {
    label: 'OpenAI',
    description: 'OpenAI’s own service, over its Responses API.',
    urlLabel: 'Address (only if it is not OpenAI’s own)',
    urlHint: 'Leave it empty for https://api.openai.com/v1.',
    keyLabel: 'API key',
    modelHint: 'As OpenAI calls it.',
  },
  'openai-compatible': {
    label: 'OpenAI-compatible',
    description: 'Any endpoint that answers as OpenAI’s Chat Completions do: a gateway, vLLM, Ollama.',
    urlLabel: 'Address',
    urlHint: 'Up to and with /v1.',
    keyLabel: 'API key',
    modelHint: 'As the endpoint calls it.',
  },
  'grafana-llm': {
    label: 'Grafana’s LLM app',
    description: 'The model that a Grafana has set up in its LLM app; its key stays there.',
    urlLabel: 'Address of Grafana',
    urlHint: 'The Grafana itself, for instance https://grafana.example.com.',
    keyLabel: 'Service account token',
    modelHint: '“base” for every day, “large” for what is difficult.',
  },
}
