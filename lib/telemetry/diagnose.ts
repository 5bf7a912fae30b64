import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Ctx } from '@/lib/context'
import { env } from '@/lib/env'
import { LongwatchError } from '@/lib/errors'
import { listServers } from '@/lib/mcp/servers/list'
import { ModelError } from '@/lib/models/errors'
import { streamModel } from '@/lib/models/stream'
import type { ResolvedModel } from '@/lib/models/types'
import { checkSealing, type SealingCheck } from '@/lib/telemetry/check-sealing'
import packageFile from '@/package.json'

export interface Diagnostics {
  version: string
  node: string
  /** The server's clock, unix milliseconds. */
  now: number
  store: { kind: 'sqlite' | 'redis' | 'upstash'; up: boolean; milliseconds: number }
  model: { label: string; scripted: boolean } | null
  servers: {
    name: string
    address: string | null
    state: 'ok' | 'failing' | 'unknown' | 'disabled'
    milliseconds: number | null
    tools: number | null
    lastError: { message: string; at: number } | null
  }[]
  sealing: SealingCheck
}

/** How everything is that an answer depends on. Throws `forbidden` for all but admins, `unavailable` without a store. */
export async function diagnose(ctx: Ctx, input: { org?: string }): Promise<Diagnostics> {
  const { organisation } = await asAdmin(ctx, input.org)
  const { store, secrets, models } = ctx.services
  const [storeCheck, offered, { servers }, sealing] = await Promise.all([
    checkStore(ctx),
    models.list(organisation),
    listServers(ctx, { org: organisation.id, fresh: true }),
    checkSealing(store, secrets, organisation.id),
  ])
  const [model] = offered
  return {
    version: packageFile.version,
    node: process.version,
    now: Date.now(),
    store: storeCheck,
    model: model ? { label: model.label, scripted: model.scripted } : null,
    servers: servers.map(({ name, url, health }) => ({
      name,
      address: url && bareAddress(url),
      state: health.state,
      milliseconds: health.latencyMilliseconds,
      tools: health.tools,
      lastError: health.state === 'ok' ? null : health.lastError,
    })),
    sealing,
  }
}

export type ModelCheck =
  | { status: 'answered'; label: string; firstMilliseconds: number; milliseconds: number; text: string }
  | { status: 'failed'; label: string | null; milliseconds: number; message: string }

const QUESTION = 'Answer with the single word: ready'

/** One small real call of the organisation's model. Throws `forbidden` for all but admins; what the model does is in the answer. */
export async function checkModel(ctx: Ctx, input: { org?: string }, signal: AbortSignal): Promise<ModelCheck> {
  const { organisation } = await asAdmin(ctx, input.org)
  const began = performance.now()
  const elapsed = () => Math.round(performance.now() - began)
  let model: ResolvedModel | null = null
  try {
    model = await ctx.services.models.resolve(organisation)
    let text = ''
    let firstMilliseconds: number | null = null
    const call = {
      prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: QUESTION }] }],
      tools: [],
      // A model that reasons first spends tokens on that, too.
      maxOutputTokens: Math.min(256, model.maxOutputTokens),
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
      timing: { firstDelta: 25_000, betweenParts: 10_000, attempts: 1 },
    }
    for await (const part of streamModel(model, call)) {
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') firstMilliseconds ??= elapsed()
      if (part.type === 'text-delta') text += part.delta
    }
    const milliseconds = elapsed()
    return {
      status: 'answered',
      label: model.label,
      firstMilliseconds: firstMilliseconds ?? milliseconds,
      milliseconds,
      text: text.trim().slice(0, 200),
    }
  } catch (error) {
    signal.throwIfAborted()
    return { status: 'failed', label: model?.label ?? null, milliseconds: elapsed(), message: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ModelError || error instanceof LongwatchError) return error.message
  if (error instanceof Error && error.name === 'TimeoutError') return 'It did not answer within 30 seconds.'
  throw error
}

async function checkStore({ services }: Ctx): Promise<Diagnostics['store']> {
  const began = performance.now()
  await services.store.ping()
  return { kind: env().store.kind, up: true, milliseconds: Math.round((performance.now() - began) * 10) / 10 }
}

async function asAdmin(ctx: Ctx, org: string | undefined) {
  const { organisation } = await chooseOrganisation(ctx, org)
  return requireMembership(ctx, organisation.id, 'admin')
}

/** An address without what may be a secret in it: user, password, query. */
function bareAddress(address: string): string {
  const url = new URL(address)
  return url.origin + url.pathname
}
