import { badRequest } from '@/lib/errors'
import type { ModelConfig, Provider } from '@/lib/models/config'
import type { OutboundGuard } from '@/lib/network/guard'
import type { SecretBox } from '@/lib/secrets'

/** What an administrator says of a model. */
export interface ModelSettings {
  name: string | null
  provider: Provider
  baseUrl: string | null
  /** Left out keeps the stored one, null removes it. */
  apiKey?: string | null
  model: string
  contextTokens: number
  maxOutputTokens: number
  takesImages: boolean
  prices: { input: number; output: number } | null
  enabled: boolean
}

interface Sealing {
  outbound: OutboundGuard
  secrets: SecretBox
  organisationId: string
}

/**
 * The configuration as these settings make it, the key sealed; `before` is what is stored. Throws `bad_request` that names
 * the field, also when the address leads to another origin and the stored key would go there.
 */
export function applySettings(before: ModelConfig, settings: Partial<ModelSettings>, sealing: Sealing): ModelConfig {
  const { apiKey: _, baseUrl: typed, ...plain } = settings
  const changed: ModelConfig = { ...before, ...withoutUndefined(plain) }
  const address = typed === undefined ? before.baseUrl : typed
  const baseUrl =
    address === null || address.trim() === '' ? null : sealing.outbound.requireUrl('baseUrl', address.trim()).href
  if (changed.provider !== 'openai' && baseUrl === null) throw badRequest('baseUrl', 'This provider needs an address.')
  if (changed.maxOutputTokens > changed.contextTokens / 2)
    throw badRequest('maxOutputTokens', 'At most half of the context, or there is no room for the question.')
  return { ...changed, baseUrl, apiKey: keyOf(before, settings.apiKey, baseUrl, sealing) }
}

function keyOf(before: ModelConfig, typed: string | null | undefined, baseUrl: string | null, sealing: Sealing) {
  if (typed === null || typed === '') return null
  if (typed !== undefined) return sealing.secrets.seal(typed, sealing.organisationId)
  // Else whoever may change the address could have the stored key sent to a machine of their own, and read it there.
  if (before.apiKey && originOf(before.baseUrl) !== originOf(baseUrl))
    throw badRequest('apiKey', 'The address leads to another server now: enter the key anew.')
  return before.apiKey
}

const originOf = (url: string | null) => (url === null ? null : new URL(url).origin)

const withoutUndefined = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>
