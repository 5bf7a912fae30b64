import { type Organisation, principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict, notFound } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { cancelRun } from '@/lib/runs/cancel'
import { runs, stopTopic } from '@/lib/runs/collection'
import { checkMessage, checkWords, wordsOf } from '@/lib/runs/question'
import { promote } from '@/lib/runs/settle'
import { stopOperations } from '@/lib/runs/stop'
import type { Run } from '@/lib/runs/types'
import { findSessionToAct } from '@/lib/sessions/access'
import { type Session, sessions, sessionTopics } from '@/lib/sessions/collection'
import { type QueueItem, queuedRuns, queueItemOf } from '@/lib/sessions/view'
import type { Versioned } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Operation } from '@/lib/stores/contract'
import { requireBudget } from '@/lib/usage/budget'

const ATTEMPTS = 10

interface Queue {
  session: Versioned<Session>
  items: Versioned<Run>[]
  organisation: Organisation
}

async function readQueue(ctx: Ctx, sessionId: string): Promise<Queue> {
  const { session, membership } = await findSessionToAct(ctx, sessionId)
  const items = await queuedRuns(ctx.services.store, session.body)
  return { session, items, organisation: membership.organisation }
}

/** The queued item; 409 when it has begun or ended meanwhile, 404 when it never was one of this session's. */
async function findItem(ctx: Ctx, { session, items }: Queue, itemId: string): Promise<Versioned<Run>> {
  const item = items.find(({ id }) => id === itemId)
  if (item) return item
  const run = await runs.get(ctx.services.store, session.body.organisationId, itemId)
  if (run?.body.sessionId === session.id) throw conflict(`This message is no longer queued: ${run.body.state.status}.`)
  throw notFound('queue item')
}

/** Every change of a queue also puts its session, so that two changes cannot pass each other. */
async function commitQueue(
  ctx: Ctx,
  session: Versioned<Session>,
  change: Session,
  operations: Operation[],
  signals: string[] = [],
) {
  await commitOrThrow(ctx.services.store, {
    partition: session.body.organisationId,
    operationId: `queue:${randomId(16)}`,
    operations: [sessions.put(session.id, change, { ifVersion: session.version }), ...operations],
    signals: [...sessionTopics(session.body), ...signals],
  })
}

const withPosition = (run: Versioned<Run>, position: number): Operation =>
  runs.put(run.id, { ...run.body, state: { status: 'queued', waitsFor: 'turn', position } }, { ifVersion: run.version })

const positionOf = (run: Versioned<Run> | undefined): number | null =>
  run?.body.state.status === 'queued' && run.body.state.waitsFor === 'turn' ? run.body.state.position : null

/** Puts the changed item between its neighbours: a queue of long messages would not fit into one commit. */
function placing(order: Versioned<Run>[], item: Versioned<Run>): Operation[] {
  const at = order.findIndex(({ id }) => id === item.id)
  const own = positionOf(item) ?? 0
  const before = positionOf(order[at - 1]) ?? Number.NEGATIVE_INFINITY
  const after = positionOf(order[at + 1]) ?? Number.POSITIVE_INFINITY
  if (before < own && own < after) return [withPosition(item, own)]
  const between = Number.isFinite(before) && Number.isFinite(after) ? (before + after) / 2 : null
  const place = between ?? (Number.isFinite(before) ? before + 1 : after - 1)
  if (before < place && place < after) return [withPosition(item, place)]
  // Halved so often that there is no number between them: all are numbered anew.
  return order.map((run, index) => withPosition(run.id === item.id ? item : run, index + 1))
}

/** `PATCH …/queue/{itemId}`: another text (none only for an item with files), or another place (`before: null` is the end). */
export async function changeQueueItem(
  ctx: Ctx,
  input: { sessionId: string; itemId: string; message?: string; before?: string | null },
): Promise<{ queue: QueueItem[] }> {
  const { message, before } = input
  if (message !== undefined) checkMessage(message)
  return retryOnConflict(ATTEMPTS, async () => {
    const queue = await readQueue(ctx, input.sessionId)
    const item = await findItem(ctx, queue, input.itemId)
    if (message !== undefined) checkWords(message, item.body.attachments?.length ?? 0)
    const body = { ...item.body, ...(message === undefined ? {} : { message: wordsOf(message) }) }
    const changed = { ...item, body }
    const order = before === undefined ? queue.items : moved(queue.items, item, before)
    const operations = placing(order, changed)
    // A steering message promised that the queue goes on after the stop; now the new first one does.
    const steered = queue.session.body.steeredRunId && (order[0]?.id ?? null)
    await commitQueue(ctx, queue.session, { ...queue.session.body, steeredRunId: steered }, operations)
    return {
      queue: order.map((run) => queueItemOf(run.id === item.id ? changed : run)),
    }
  })
}

function moved(items: Versioned<Run>[], item: Versioned<Run>, before: string | null): Versioned<Run>[] {
  if (before === item.id) return items
  const rest = items.filter(({ id }) => id !== item.id)
  if (before === null) return [...rest, item]
  const place = rest.findIndex(({ id }) => id === before)
  if (place < 0) throw badRequest('before', 'There is no such item in the queue.')
  return [...rest.slice(0, place), item, ...rest.slice(place)]
}

/**
 * `POST …/queue/{itemId}/now`: the message goes first, and what runs is stopped for it, in one commit; a paused queue
 * goes on. Throws `conflict` when it has begun or ended meanwhile, `not_found`, `rate_limited` without budget.
 */
export async function sendQueueItemNow(ctx: Ctx, input: { sessionId: string; itemId: string }): Promise<void> {
  const interrupted = await retryOnConflict(ATTEMPTS, async () => {
    const queue = await readQueue(ctx, input.sessionId)
    const item = await findItem(ctx, queue, input.itemId)
    await requireBudget(ctx.services.store, queue.organisation)
    const { session, items } = queue
    const { organisationId, activeRunId } = session.body
    const active = activeRunId ? await runs.get(ctx.services.store, organisationId, activeRunId) : null
    const order = moved(items, item, items[0]?.id ?? null)
    const body: Session = { ...session.body, steeredRunId: active ? item.id : session.body.steeredRunId }
    const stop = active ? stopOperations(active, principalKey(ctx.principal)) : []
    const signals = active ? [stopTopic(active.id)] : []
    await commitQueue(ctx, session, body, [...placing(order, item), ...stop], signals)
    return active && { organisationId, runId: active.id }
  })
  if (interrupted) ctx.services.supervisor.resume(interrupted.organisationId, interrupted.runId)
  else await resumeQueue(ctx, { sessionId: input.sessionId })
}

/** `DELETE …/queue/{itemId}`: cancels that run. */
export async function removeQueueItem(ctx: Ctx, input: { sessionId: string; itemId: string }): Promise<void> {
  const queue = await readQueue(ctx, input.sessionId)
  const item = await findItem(ctx, queue, input.itemId)
  await cancelRun(ctx, { runId: item.id })
}

/** `POST …/queue/resume`: a queue that paused after a cancel, or without budget, goes on. Throws `rate_limited` while there is none. */
export async function resumeQueue(ctx: Ctx, input: { sessionId: string }): Promise<{ queue: QueueItem[] }> {
  const { next, queue } = await retryOnConflict(ATTEMPTS, async () => {
    const { session, items, organisation } = await readQueue(ctx, input.sessionId)
    await requireBudget(ctx.services.store, organisation)
    const body: Session = { ...session.body, queuePaused: false }
    const [first, ...rest] = items
    if (body.activeRunId || !first) {
      if (session.body.queuePaused) await commitQueue(ctx, session, body, [])
      return { next: null, queue: items }
    }
    const promoted = await promote(ctx.services.store, first, body)
    await commitQueue(ctx, session, promoted.session, promoted.operations)
    return { next: first, queue: rest }
  })
  if (next) await ctx.services.supervisor.admit(next.body.organisationId)
  return { queue: queue.map(queueItemOf) }
}
