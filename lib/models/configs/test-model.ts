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
import { streamModel } from '@/lib/models/stream'

const TIMEOUT = 30_000
const HEALTH_TIMEOUT = 10_000
const QUESTION = 'Answer with one word: ready'
const MOST_TEXT = 500

/** What Grafana's LLM app says of itself, in words. */
export interface GrafanaHealth {
  configured: boolean
  ok: boolean
  models: { name: string; ok: boolean }[]
}

/** What really came back. */
export type ModelTestResult = { health: GrafanaHealth | null } & (
  | {
      outcome: 'answered'
      text: string
      /** As the answer itself says; null when it does not. */
      model: string | null
      finishReason: string
      usage: { inputTokens: number | null; outputTokens: number | null }
      milliseconds: { firstPart: number; whole: number }
    }
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
  const begin = performance.now()
  const since = () => Math.round(performance.now() - begin)
  const seen = { text: '', model: null as string | null, firstPart: 0 }
  try {
    const call = {
      prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: QUESTION }] }],
      tools: [],
      maxOutputTokens: Math.min(256, endpoint.maxOutputTokens ?? 256),
      signal: AbortSignal.timeout(TIMEOUT),
      timing: { attempts: 1 },
    }
    for await (const part of streamModel(makeModel(endpoint, outbound), call)) {
      if (part.type === 'response-metadata') seen.model = part.modelId ?? seen.model
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') seen.firstPart ||= since()
      if (part.type === 'text-delta' && seen.text.length < MOST_TEXT) seen.text += part.delta
      if (part.type === 'finish')
        return {
          outcome: 'answered' as const,
          text: seen.text.slice(0, MOST_TEXT),
          model: seen.model,
          finishReason: part.finishReason.unified,
          usage: {
            inputTokens: part.usage.inputTokens.total ?? null,
            outputTokens: part.usage.outputTokens.total ?? null,
          },
          milliseconds: { firstPart: seen.firstPart || since(), whole: since() },
        }
    }
    return failed('model_protocol', 'The language model gave no answer.', null, since())
  } catch (error) {
    if (isModelError(error)) return failed(error.code, error.message, error.status ?? null, since())
    if (error instanceof DOMException && error.name === 'TimeoutError')
      return failed('model_timeout', `The language model did not answer within ${TIMEOUT / 1000} s.`, null, since())
    throw error
  }
}

const failed = (code: string, message: string, httpStatus: number | null, whole: number) =>
  ({ outcome: 'failed', code, message, httpStatus, milliseconds: { whole } }) as const

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
