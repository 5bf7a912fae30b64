import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Ctx } from '@/lib/context'
import { env } from '@/lib/env'
import { LongwatchError } from '@/lib/errors'
import { listServers } from '@/lib/mcp/servers/list'
import { ModelError } from '@/lib/models/errors'
import { askSmallQuestion } from '@/lib/models/small-question'
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

/** One small real call of the organisation's model. Throws `forbidden` for all but admins; what the model does is in the answer. */
export async function checkModel(ctx: Ctx, input: { org?: string }, signal: AbortSignal): Promise<ModelCheck> {
  const { organisation } = await asAdmin(ctx, input.org)
  const began = performance.now()
  const elapsed = () => Math.round(performance.now() - began)
  let model: ResolvedModel | null = null
  try {
    model = await ctx.services.models.resolve(organisation)
    const { text, milliseconds } = await askSmallQuestion(model, signal)
    return {
      status: 'answered',
      label: model.label,
      firstMilliseconds: milliseconds.firstPart,
      milliseconds: milliseconds.whole,
      text: text.trim().slice(0, 200),
    }
  } catch (error) {
    signal.throwIfAborted()
    return { status: 'failed', label: model?.label ?? null, milliseconds: elapsed(), message: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ModelError || error instanceof LongwatchError) return error.message
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
