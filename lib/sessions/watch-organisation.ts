import { setTimeout as delay } from 'node:timers/promises'
import { requireMembership } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { organisationTopic } from '@/lib/sessions/collection'
import { visibleSessions } from '@/lib/sessions/list'
import { type SessionSummary, summaryOf } from '@/lib/sessions/view'
import { RECHECK } from '@/lib/sessions/watch'

export interface OrganisationChange {
  sessions: SessionSummary[]
  /** Ids of sessions that were deleted or are no longer the caller's to see. */
  removed: string[]
}

/** What the watcher was told, by session id. */
type Known = Map<string, { version: number; updatedAt: number }>

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
  const known: Known = new Map()
  let first = true
  try {
    while (!signal.aborted) {
      wake = Promise.withResolvers()
      await requireMembership(ctx, organisationId)
      const change = await changes(ctx, organisationId, known)
      // What happens in sessions that the caller does not see is not told, not even that it happens.
      if (first || change.sessions.length > 0 || change.removed.length > 0) await input.deliver(change)
      first = false
      if (signal.aborted) return
      // Nobody is woken when a membership ends.
      const timer = setTimeout(aborted, RECHECK)
      await wake.promise
      clearTimeout(timer)
      await delay(GATHER)
    }
  } finally {
    unsubscribe()
    signal.removeEventListener('abort', aborted)
  }
}

async function changes(ctx: Ctx, organisationId: string, known: Known): Promise<OrganisationChange> {
  const newest = await visibleSessions(ctx.services.store, {
    organisationId,
    owner: principalKey(ctx.principal),
    limit: FOLLOWED,
  })
  const changed = newest.filter(({ id, version }) => known.get(id)?.version !== version)
  const present = new Set(newest.map(({ id }) => id))
  // A session that fell out of the newest hundred is not gone; one that was newer than the last of them is.
  const oldest = newest.length >= FOLLOWED ? (newest.at(-1)?.body.updatedAt ?? 0) : Number.NEGATIVE_INFINITY
  const removed = [...known].flatMap(([id, { updatedAt }]) => (!present.has(id) && updatedAt > oldest ? [id] : []))
  known.clear()
  for (const { id, version, body } of newest) known.set(id, { version, updatedAt: body.updatedAt })
  return { sessions: changed.map(({ body }) => summaryOf(body)), removed }
}
