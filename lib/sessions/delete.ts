import { chooseOrganisation } from '@/lib/access/memberships'
import { findOrganisation } from '@/lib/access/organisations'
import { principalKey } from '@/lib/access/types'
import { removeSessionAttachments } from '@/lib/attachments/remove'
import type { Ctx, Services } from '@/lib/context'
import { forbidden } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { approvals, grants, openApprovalsTopic } from '@/lib/runs/approvals/collection'
import { cancelQueuedOperations } from '@/lib/runs/cancel'
import { waitsForPlace } from '@/lib/runs/capacity'
import { isSettled, logTopic, runLog, runs, stopTopic } from '@/lib/runs/collection'
import { evidence } from '@/lib/runs/evidence'
import { stopOperations } from '@/lib/runs/stop'
import type { Run } from '@/lib/runs/types'
import { findSession } from '@/lib/sessions/access'
import {
  discardMessage,
  messages,
  type Session,
  sessionDeletions,
  sessions,
  sessionTopics,
} from '@/lib/sessions/collection'
import { feedback } from '@/lib/sessions/feedback/collection'
import { sessionMarks } from '@/lib/sessions/marks'
import { shares } from '@/lib/sessions/shares/collection'
import { sessionThreads } from '@/lib/sessions/threads/collection'
import { queuedRuns } from '@/lib/sessions/view'
import { deleteBlob } from '@/lib/stores/blobs'
import type { Collection, Versioned } from '@/lib/stores/collection'
import { CommitRefused, commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Operation, Store } from '@/lib/stores/contract'

const PAGE = 100

/** `DELETE /api/sessions/{id}`, by its owner or an admin who can see it: gone at once, its run cancelled. */
export async function deleteSession(ctx: Ctx, input: { sessionId: string }): Promise<void> {
  await retryOnConflict(10, async () => {
    const { session, isOwner, membership } = await findSession(ctx, input.sessionId)
    if (!isOwner && membership.role !== 'admin')
      throw forbidden('Only its owner or an admin may delete a conversation.')
    await remove(ctx.services, session, principalKey(ctx.principal))
  })
}

/** `DELETE /api/sessions`: all of the caller's own conversations in one organisation. */
export async function deleteOwnSessions(ctx: Ctx, input: { org?: string }): Promise<void> {
  const { organisation } = await chooseOrganisation(ctx, input.org)
  const own = () =>
    sessions.list(ctx.services.store, organisation.id, {
      index: 'visible',
      group: `owner:${principalKey(ctx.principal)}`,
      order: 'descending',
      limit: PAGE,
    })
  for (let page = await own(); page.items.length > 0; page = await own()) {
    for (const { id } of page.items) {
      await deleteSession(ctx, { sessionId: id }).catch((error) => {
        // Somebody else deleted it in between.
        if (error?.code !== 'not_found') throw error
      })
    }
  }
}

/** Deletes for good what was put into the trash and not taken back. Called by every sweep. */
export async function emptyTrash(services: Services, organisationId: string): Promise<void> {
  const list = { index: 'trash', group: 'all', order: 'ascending', limit: PAGE } as const
  const page = await sessions.list(services.store, organisationId, list)
  for (const session of page.items) {
    const { trash } = session.body
    if (!trash || trash.until > Date.now()) return
    await remove(services, session, trash.by).catch((error) => {
      // It was taken back, or its run settled, just now: the next sweep sees how it stands.
      if (!(error instanceof CommitRefused)) throw error
    })
  }
}

/** Retention: deletes sessions that nobody has touched for longer than the organisation keeps them. */
export async function retireSessions(services: Services, organisationId: string): Promise<void> {
  const organisation = await findOrganisation(services.store, organisationId)
  const days = organisation?.limits.sessionDays
  if (!days) return
  const before = Date.now() - days * 24 * 3_600_000
  const page = await sessions.list(services.store, organisationId, {
    index: 'idle',
    group: 'all',
    order: 'ascending',
    limit: PAGE,
  })
  for (const session of page.items) {
    if (session.body.updatedAt >= before) return
    // What waits in a queue is unsettled, and somebody may still want it.
    if ((await queuedRuns(services.store, session.body)).length > 0) continue
    await remove(services, session, 'retention').catch((error) => {
      // Somebody used it just now: then it is not too old.
      if (!(error instanceof CommitRefused)) throw error
    })
  }
}

async function remove(services: Services, session: Versioned<Session>, by: string): Promise<void> {
  const { store, supervisor } = services
  const { organisationId, activeRunId } = session.body
  const at = Date.now()
  const operations: Operation[] = [
    sessions.delete(session.id, session.version),
    sessionDeletions.put(session.id, { sessionId: session.id, at }),
  ]
  const signals = sessionTopics(session.body)
  const active = activeRunId && (await runs.get(store, organisationId, activeRunId))
  if (active && waitsForPlace(active.body)) operations.push(...cancelQueuedOperations(active))
  else if (active) {
    operations.push(...stopOperations(active, by))
    signals.push(stopTopic(active.id), openApprovalsTopic(organisationId))
  }
  await commitOrThrow(store, {
    partition: organisationId,
    operationId: `delete:${session.id}:${randomId(8)}`,
    operations,
    signals,
  })
  if (activeRunId) supervisor.resume(organisationId, activeRunId)
  void finishDeletions(services, organisationId).catch((error) =>
    services.logger.warn({ err: error }, 'the remains of a deleted conversation are removed later'),
  )
}

/** Removes what deleted sessions left, except where a run is still to be settled. Called again by every sweep. */
export async function finishDeletions(services: Pick<Services, 'store'>, organisationId: string): Promise<void> {
  const { store } = services
  const page = await sessionDeletions.list(store, organisationId, {
    index: 'all',
    group: 'all',
    order: 'ascending',
    limit: PAGE,
  })
  for (const { id } of page.items) {
    if (!(await removeRuns(store, organisationId, id))) continue
    await removeMessages(store, organisationId, id)
    await removeEvidence(store, organisationId, id)
    await removeSessionAttachments(store, organisationId, id)
    await removeAll(store, organisationId, approvals, id)
    await removeAll(store, organisationId, grants, id)
    await removeAll(store, organisationId, shares, id)
    await removeAll(store, organisationId, sessionMarks, id)
    await removeAll(store, organisationId, feedback, id)
    await removeAll(store, organisationId, sessionThreads, id)
    await commit(store, organisationId, [sessionDeletions.delete(id)])
  }
}

const commit = (store: Store, partition: string, operations: Operation[], signals: string[] = []) =>
  commitOrThrow(store, { partition, operationId: `remains:${randomId(16)}`, operations, signals })

async function cancelledHere(store: Store, partition: string, run: Versioned<Run>): Promise<boolean> {
  try {
    await commit(store, partition, cancelQueuedOperations(run), [logTopic(run.id)])
    return true
  } catch (error) {
    if (error instanceof CommitRefused) return false
    throw error
  }
}

/** False while a run of the session is not settled. */
async function removeRuns(store: Store, partition: string, sessionId: string): Promise<boolean> {
  const page = () =>
    runs.list(store, partition, { index: 'session', group: sessionId, order: 'ascending', limit: PAGE })
  for (let found = await page(); found.items.length > 0; found = await page()) {
    // Without their session they can never begin. One by one: a queue may be larger than a commit.
    const queued = found.items.filter(({ body }) => body.state.status === 'queued')
    for (const run of queued) {
      // Another sweep is at it too: it, or the next one, goes on.
      if (!(await cancelledHere(store, partition, run))) return false
    }
    if (queued.length > 0) continue
    if (found.items.some(({ body }) => !isSettled(body.state))) return false
    const operations = found.items.flatMap(({ id }): Operation[] => [
      runs.delete(id),
      { kind: 'drop-log', log: runLog(id) },
    ])
    const topics = found.items.map(({ id }) => logTopic(id))
    // Whoever still reads one of these logs learns that it is gone.
    await commit(store, partition, operations, topics)
  }
  return true
}

async function removeMessages(store: Store, partition: string, sessionId: string): Promise<void> {
  const page = () =>
    messages.list(store, partition, { index: 'session', group: sessionId, order: 'ascending', limit: PAGE })
  for (let found = await page(); found.items.length > 0; found = await page()) {
    for (const { body } of found.items) await discardMessage(store, partition, body)
    await commit(
      store,
      partition,
      found.items.map(({ id }) => messages.delete(id)),
    )
  }
}

async function removeEvidence(store: Store, partition: string, sessionId: string): Promise<void> {
  const page = () =>
    evidence.list(store, partition, { index: 'session', group: sessionId, order: 'ascending', limit: PAGE })
  for (let found = await page(); found.items.length > 0; found = await page()) {
    for (const { body } of found.items) await deleteBlob(store, partition, body.blob)
    await commit(
      store,
      partition,
      found.items.map(({ id }) => evidence.delete(id)),
    )
  }
}

/** Everything of a collection that is listed under the session. */
async function removeAll<T>(store: Store, partition: string, collection: Collection<T>, sessionId: string) {
  const page = () =>
    collection.list(store, partition, { index: 'session', group: sessionId, order: 'ascending', limit: PAGE })
  for (let found = await page(); found.items.length > 0; found = await page()) {
    const operations = found.items.map(({ id }) => collection.delete(id))
    await commit(store, partition, operations)
  }
}
