import { requireMembership } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { forbidden, notFound } from '@/lib/errors'
import { organisationOf, randomId } from '@/lib/ids'
import { findSession } from '@/lib/sessions/access'
import { type Session, sessions, sessionTopics } from '@/lib/sessions/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'

/** How long a deletion can be taken back, by the server's clock. */
export const UNDO_MILLISECONDS = 15_000

/**
 * Hides a session from everybody at once and deletes it for good after a while, whether or not a page is still open.
 * By its owner, or an admin who can see it. What runs in it goes on until then, so that taking it back loses nothing.
 */
export async function trashSession(ctx: Ctx, input: { sessionId: string }): Promise<{ until: number }> {
  const until = Date.now() + UNDO_MILLISECONDS
  await retryOnConflict(10, async () => {
    const { session, isOwner, membership } = await findSession(ctx, input.sessionId)
    if (!isOwner && membership.role !== 'admin')
      throw forbidden('Only its owner or an admin may delete a conversation.')
    const changed: Session = { ...session.body, trash: { until, by: principalKey(ctx.principal) } }
    await commitOrThrow(ctx.services.store, {
      partition: session.body.organisationId,
      operationId: `trash:${session.id}:${randomId(10)}`,
      operations: [sessions.put(session.id, changed, { ifVersion: session.version })],
      signals: sessionTopics(changed),
    })
  })
  return { until }
}

/** Takes a deletion back, by whoever made it. Throws `not_found` once it is deleted for good, and for everybody else. */
export async function restoreSession(ctx: Ctx, input: { sessionId: string }): Promise<void> {
  const organisationId = organisationOf('ses', input.sessionId)
  if (!organisationId) throw notFound('session')
  await requireMembership(ctx, organisationId, 'viewer', 'session')
  await retryOnConflict(10, async () => {
    const session = await sessions.get(ctx.services.store, organisationId, input.sessionId)
    if (session?.body.trash?.by !== principalKey(ctx.principal)) throw notFound('session')
    const { trash: _, ...restored } = session.body
    await commitOrThrow(ctx.services.store, {
      partition: organisationId,
      operationId: `restore:${session.id}:${randomId(10)}`,
      operations: [sessions.put(session.id, restored, { ifVersion: session.version })],
      signals: sessionTopics(restored),
    })
  })
}
