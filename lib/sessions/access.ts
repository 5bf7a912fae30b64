import { requireMembership } from '@/lib/access/memberships'
import { type Membership, principalKey, roleAtLeast } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { forbidden, notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import type { Decider } from '@/lib/runs/approvals/who'
import { type Session, sessions } from '@/lib/sessions/collection'
import type { Versioned } from '@/lib/stores/collection'

export interface SessionAccess {
  session: Versioned<Session>
  membership: Membership
  /** May start runs, edit the queue, rename. */
  mayAct: boolean
  isOwner: boolean
  viewer: Decider
}

/** Where a session is; its id alone tells. */
export interface SessionPlace {
  organisationId: string
  id: string
}

/**
 * The session, if the caller may see it: the owner always; members when it is the organisation's. All others,
 * admins included, get the same 404 as for a session that does not exist.
 */
export const findSession = (ctx: Ctx, sessionId: string): Promise<SessionAccess> =>
  findSessionAnd(ctx, sessionId, async () => undefined)

/** As `findSession`, with what is read of the session meanwhile. */
export async function findSessionAnd<Read>(
  ctx: Ctx,
  sessionId: string,
  alongside: (place: SessionPlace) => Promise<Read>,
): Promise<SessionAccess & { read: Read }> {
  const organisationId = organisationOf('ses', sessionId)
  if (!organisationId) throw notFound('session')
  const finding = Promise.all([
    requireMembership(ctx, organisationId, 'viewer', 'session'),
    sessions.get(ctx.services.store, organisationId, sessionId),
  ])
  const reading = alongside({ organisationId, id: sessionId })
  // Who may not see the session learns nothing of it, a failure neither.
  reading.catch(() => undefined)
  const [membership, session] = await finding
  if (!session || session.body.trash) throw notFound('session')
  const viewer = { key: principalKey(ctx.principal), role: membership.role }
  const isOwner = session.body.owner === viewer.key
  const shared = session.body.visibility === 'organisation'
  if (!isOwner && !shared) throw notFound('session')
  const mayAct = isOwner || roleAtLeast(membership.role, 'editor')
  return { session, membership, viewer, isOwner, mayAct, read: await reading }
}

/** As `findSession`; 403 for those who may only read it. */
export async function findSessionToAct(ctx: Ctx, sessionId: string): Promise<SessionAccess> {
  const access = await findSession(ctx, sessionId)
  if (!access.mayAct) throw forbidden('You may read this conversation, but not act in it.')
  return access
}
