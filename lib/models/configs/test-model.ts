import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import { grafanaHealthUrl, type ModelConfig } from '@/lib/models/config'
import { blankModel } from '@/lib/models/configs/change'
import { applySettings, type ModelSettings } from '@/lib/models/configs/input'
import { findModelConfig } from '@/lib/models/configs/list'
import { isModelError } from '@/lib/models/errors'
import { type Endpoint, makeModel } from '@/lib/models/resolve'
import { askSmallQuestion, type SmallAnswer } from '@/lib/models/small-question'

const HEALTH_TIMEOUT = 10_000

/** What Grafana's LLM app says of itself, in words. */
export interface GrafanaHealth {
  configured: boolean
  ok: boolean
  models: { name: string; ok: boolean }[]
}

/** What really came back. */
export type ModelTestResult = { health: GrafanaHealth | null } & (
  | ({ outcome: 'answered' } & SmallAnswer)
  | { outcome: 'failed'; code: string; message: string; httpStatus: number | null; milliseconds: { whole: number } }
)

export interface TestModelInput {
  org?: string
  /** A stored model; with settings: those, with its stored key where none was typed. */
  modelId?: string
  settings?: Partial<ModelSettings>
}

/**
 * Asks a model one small question and tells what came back. Throws `forbidden` for all but admins, `not_found`, and
 * `bad_request` for settings that cannot be used; what the model does wrong is an answer.
 */
export async function testModel(ctx: Ctx, input: TestModelInput): Promise<ModelTestResult> {
  const { organisation, config } = await configOf(ctx, input)
  const { secrets, outbound } = ctx.services
  const apiKey = config.apiKey && secrets.open(config.apiKey, organisation.id)
  const endpoint: Endpoint = { ...config, apiKey }
  const health = config.provider === 'grafana-llm' ? await grafanaHealth(ctx, endpoint) : null
  return { health, ...(await ask(endpoint, outbound)) }
}

async function configOf(ctx: Ctx, input: TestModelInput): Promise<{ organisation: Organisation; config: ModelConfig }> {
  const { secrets, outbound } = ctx.services
  if (input.modelId) {
    const { organisation, config } = await findModelConfig(ctx, input.modelId)
    if (input.org !== undefined && input.org !== organisation.id && input.org !== organisation.slug)
      throw notFound('model')
    if (!input.settings) return { organisation, config: config.body }
    const sealing = { secrets, outbound, organisationId: organisation.id }
    // What a person typed is theirs, even over what provisioning named.
    return { organisation, config: { ...applySettings(config.body, input.settings, sealing), provisioned: false } }
  }
  const chosen = await chooseOrganisation(ctx, input.org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  const sealing = { secrets, outbound, organisationId: organisation.id }
  return { organisation, config: applySettings(blankModel(organisation), input.settings ?? {}, sealing) }
}

async function ask(endpoint: Endpoint, outbound: Ctx['services']['outbound']) {
  const began = performance.now()
  try {
    return { outcome: 'answered' as const, ...(await askSmallQuestion(makeModel(endpoint, outbound))) }
  } catch (error) {
    if (!isModelError(error)) throw error
    const { code, message, status = null } = error
    const milliseconds = { whole: Math.round(performance.now() - began) }
    return { outcome: 'failed' as const, code, message, httpStatus: status, milliseconds }
  }
}

/** Null when it does not tell. */
async function grafanaHealth(ctx: Ctx, { baseUrl, apiKey, provisioned }: Endpoint): Promise<GrafanaHealth | null> {
  const url = grafanaHealthUrl(baseUrl ?? '')
  try {
    const fetch = ctx.services.outbound.fetchFor(url, provisioned ? 'configured' : 'typed')
    const response = await fetch(url, {
      headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
      signal: AbortSignal.timeout(HEALTH_TIMEOUT),
    })
    const body = (await response.json()) as { details?: { llmProvider?: unknown } }
    return readHealth(body.details?.llmProvider)
  } catch {
    return null
  }
}

/** `details.llmProvider`: `{configured, ok, models: {base: {ok}, large: {ok}}}`, older versions without `models`. */
function readHealth(provider: unknown): GrafanaHealth | null {
  if (typeof provider !== 'object' || provider === null) return null
  const { configured, ok, models } = provider as { configured?: unknown; ok?: unknown; models?: unknown }
  const listed = typeof models === 'object' && models !== null ? Object.entries(models) : []
  return {
    configured: configured === true,
    ok: ok === true,
    models: listed.map(([name, model]) => ({ name, ok: (model as { ok?: unknown } | null)?.ok === true })),
  }
}
