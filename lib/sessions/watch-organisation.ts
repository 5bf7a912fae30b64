import { setTimeout as delay } from 'node:timers/promises'
import { requireMembership } from '@/lib/access/memberships'
import { readSwitches, type SwitchView, switchesTopic, viewSwitch } from '@/lib/access/tool-switches'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { openApprovalsTopic } from '@/lib/runs/approvals/collection'
import { idsWaitingFor } from '@/lib/runs/approvals/list'
import type { Decider } from '@/lib/runs/approvals/who'
import { organisationTopic } from '@/lib/sessions/collection'
import { visibleSessions } from '@/lib/sessions/list'
import { type MarksView, marksOf } from '@/lib/sessions/marks'
import { type ListedSession, listedOf } from '@/lib/sessions/view'
import { RECHECK } from '@/lib/sessions/watch'

export interface OrganisationChange {
  sessions: ListedSession[]
  /** Ids of sessions that were deleted or are no longer the caller's to see. */
  removed: string[]
  /** With the first change and whenever it may have changed: the ids of the approvals that wait for the caller. */
  waitingForMe?: string[]
  /** With the first change and whenever it changed: what an administrator switched off. */
  switches?: SwitchView[]
}

/** What the watcher was told, by session id. */
type Known = Map<string, { version: number; marked: number; updatedAt: number }>

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
  let asked = true
  let waiting = ''
  const aborted = () => wake.resolve()
  signal.addEventListener('abort', aborted, { once: true })
  const { store } = ctx.services
  const unsubscribe = await store.subscribe(organisationTopic(organisationId), () => wake.resolve())
  const unsubscribeAsked = await store.subscribe(openApprovalsTopic(organisationId), () => {
    asked = true
    wake.resolve()
  })
  let turned = true
  const unsubscribeTurned = await store.subscribe(switchesTopic(organisationId), () => {
    turned = true
    wake.resolve()
  })
  const known: Known = new Map()
  let first = true
  try {
    while (!signal.aborted) {
      wake = Promise.withResolvers()
      const { role } = await requireMembership(ctx, organisationId)
      const viewer = { key: principalKey(ctx.principal), role }
      const change = await changes(ctx, organisationId, known, viewer)
      if (asked) {
        asked = false
        const ids = await idsWaitingFor(store, organisationId, viewer)
        if (first || ids.join() !== waiting) change.waitingForMe = ids
        waiting = ids.join()
      }
      if (turned) {
        turned = false
        change.switches = (await readSwitches(store, organisationId)).map(viewSwitch)
      }
      // What happens in sessions that the caller does not see is not told, not even that it happens.
      const { sessions, removed, waitingForMe, switches } = change
      if (first || sessions.length > 0 || removed.length > 0 || waitingForMe || switches) await input.deliver(change)
      first = false
      if (signal.aborted) return
      // Nobody is woken when a membership ends.
      const timer = setTimeout(() => {
        // Nor when a question expires, or a role changes.
        asked = true
        wake.resolve()
      }, RECHECK)
      await wake.promise
      clearTimeout(timer)
      await delay(GATHER)
    }
  } finally {
    unsubscribe()
    unsubscribeAsked()
    unsubscribeTurned()
    signal.removeEventListener('abort', aborted)
  }
}

async function changes(ctx: Ctx, organisationId: string, known: Known, viewer: Decider): Promise<OrganisationChange> {
  const newest = await visibleSessions(ctx.services.store, {
    organisationId,
    owner: viewer.key,
    limit: FOLLOWED,
  })
  const ids = newest.map(({ id }) => id)
  const marks = await marksOf(ctx.services.store, organisationId, viewer.key, ids)
  const marksAt = (position: number) => marks[position] as MarksView
  const changed = newest.flatMap(({ id, version, body }, position) => {
    const told = known.get(id)
    const isTold = told?.version === version && told.marked === marksAt(position).version
    return isTold ? [] : [listedOf(body, viewer, marksAt(position))]
  })
  const present = new Set(newest.map(({ id }) => id))
  // A session that fell out of the newest hundred is not gone; one that was newer than the last of them is.
  const oldest = newest.length >= FOLLOWED ? (newest.at(-1)?.body.updatedAt ?? 0) : Number.NEGATIVE_INFINITY
  const removed = [...known].flatMap(([id, { updatedAt }]) => (!present.has(id) && updatedAt > oldest ? [id] : []))
  known.clear()
  for (const [position, { id, version, body }] of newest.entries())
    known.set(id, { version, marked: marksAt(position).version, updatedAt: body.updatedAt })
  return { sessions: changed, removed }
}
