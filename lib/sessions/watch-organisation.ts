import { setTimeout as delay } from 'node:timers/promises'
import { requireMembership } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { organisationTopic } from '@/lib/sessions/collection'
import { visibleSessions } from '@/lib/sessions/list'
import { type SessionSummary, summaryOf } from '@/lib/sessions/view'

export interface OrganisationChange {
  sessions: SessionSummary[]
  /** Ids of sessions that were deleted or are no longer the caller's to see. */
  removed: string[]
}

/** So many of the newest sessions are followed. */
const FOLLOWED = 100
/** Changes that come together are told together. */
const GATHER = 50

/**
 * Follows the newest sessions that the caller sees in an organisation until `signal` aborts: all of them first,
 * then what changed. Throws `not_found` when the caller is not (or no longer) a member.
 */
export async function watchOrganisation(
  ctx: Ctx,
  input: { organisationId: string; signal: AbortSignal; deliver(change: OrganisationChange): Promise<void> },
): Promise<void> {
  const { organisationId, signal } = input
  await requireMembership(ctx, organisationId)
  let wake = Promise.withResolvers<void>()
  const aborted = () => wake.resolve()
  signal.addEventListener('abort', aborted, { once: true })
  const unsubscribe = await ctx.services.store.subscribe(organisationTopic(organisationId), () => wake.resolve())
  const known = new Map<string, number>()
  try {
    while (!signal.aborted) {
      wake = Promise.withResolvers()
      await requireMembership(ctx, organisationId)
      const first = known.size === 0
      const change = await changes(ctx, organisationId, known)
      if (first || change.sessions.length > 0 || change.removed.length > 0) await input.deliver(change)
      if (signal.aborted) return
      await wake.promise
      await delay(GATHER)
    }
  } finally {
    unsubscribe()
    signal.removeEventListener('abort', aborted)
  }
}

async function changes(ctx: Ctx, organisationId: string, known: Map<string, number>): Promise<OrganisationChange> {
  const newest = await visibleSessions(ctx.services.store, {
    organisationId,
    owner: principalKey(ctx.principal),
    limit: FOLLOWED,
  })
  const changed = newest.filter(({ id, version }) => known.get(id) !== version)
  const present = new Set(newest.map(({ id }) => id))
  // A session that fell out of the newest hundred is not gone.
  const full = newest.length >= FOLLOWED
  const removed = full ? [] : [...known.keys()].filter((id) => !present.has(id))
  known.clear()
  for (const { id, version } of newest) known.set(id, version)
  return { sessions: changed.map(({ body }) => summaryOf(body)), removed }
}
