import { auditOperation } from '@/lib/access/audit'
import { nextMoment } from '@/lib/access/moment'
import { nameOf } from '@/lib/access/names'
import { principalKey, roleAtLeast } from '@/lib/access/types'
import { withBasePath } from '@/lib/base-path'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict, forbidden, notFound } from '@/lib/errors'
import { newResourceId, organisationOf, randomId } from '@/lib/ids'
import { findSession, findSessionToAct } from '@/lib/sessions/access'
import { type Share, shares } from '@/lib/sessions/shares/collection'
import { findShare } from '@/lib/sessions/shares/read'
import { commitOrThrow } from '@/lib/stores/commit'

const HOUR = 3_600
const YEAR = 366 * 24 * HOUR
const MOST_SHARES = 100

export interface ShareView {
  shareId: string
  /** The page's address within the deployment. */
  url: string
  evidence: boolean
  createdAt: number
  expiresAt: number | null
}

const viewOf = (share: Share, slug: string): ShareView => ({
  shareId: share.id,
  url: withBasePath(`/o/${slug}/shared/${share.id}`),
  evidence: share.evidence,
  createdAt: share.createdAt,
  expiresAt: share.expiresAt,
})

/**
 * Shares a session as it is now with the organisation's members. `expiresIn` in seconds, an hour at least; null: never.
 * Throws `bad_request` (`expiresIn`), `conflict` for a session with nothing in it, `forbidden` for those who only read it.
 */
export async function createShare(
  ctx: Ctx,
  input: { sessionId: string; expiresIn: number | null; evidence?: boolean },
): Promise<ShareView> {
  const { expiresIn } = input
  if (expiresIn !== null && (expiresIn < HOUR || expiresIn > YEAR))
    throw badRequest('expiresIn', 'From an hour (3600) to a year, in seconds, or null for never.')
  const { session, membership } = await findSessionToAct(ctx, input.sessionId)
  const { organisationId, messageCount, title, path } = session.body
  if (messageCount === 0) throw conflict('There is nothing to share yet.')
  if ((await sharesOf(ctx, session.id, organisationId)).length >= MOST_SHARES)
    throw conflict(`A conversation has at most ${MOST_SHARES} shares: revoke one first.`)
  const now = nextMoment()
  const share: Share = {
    id: newResourceId('shr', organisationId),
    sessionId: session.id,
    organisationId,
    title,
    position: messageCount,
    ...(path ? { path } : {}),
    evidence: input.evidence ?? false,
    createdBy: principalKey(ctx.principal),
    createdAt: now,
    expiresAt: expiresIn === null ? null : now + expiresIn * 1000,
  }
  await commitOrThrow(ctx.services.store, {
    partition: organisationId,
    operationId: `share:${share.id}`,
    operations: [
      shares.put(share.id, share, {
        ifAbsent: true,
        ...(expiresIn === null ? {} : { expiresIn: expiresIn * 1000 }),
      }),
      await auditOperation(ctx, {
        organisationId,
        action: 'share.create',
        // A private conversation's title is not the audit log's to know.
        target: { kind: 'session', id: session.id, name: session.id },
        after: { shareId: share.id, evidence: share.evidence, expiresAt: share.expiresAt },
      }),
    ],
  })
  return viewOf(share, membership.organisation.slug)
}

async function sharesOf(ctx: Ctx, sessionId: string, organisationId: string): Promise<Share[]> {
  const list = { index: 'session', group: sessionId, order: 'descending', limit: MOST_SHARES } as const
  const page = await shares.list(ctx.services.store, organisationId, list)
  return page.items.map(({ body }) => body)
}

/** A session's shares that are in force, the newest first, for those who may act in it. */
export async function listShares(ctx: Ctx, input: { sessionId: string }): Promise<{ shares: ShareView[] }> {
  const { session, membership } = await findSessionToAct(ctx, input.sessionId)
  const found = await sharesOf(ctx, session.id, session.body.organisationId)
  return { shares: found.map((share) => viewOf(share, membership.organisation.slug)) }
}

/** Ends a share at once: by whoever made it, the session's owner, or an admin. Throws `not_found`, `forbidden`. */
export async function revokeShare(ctx: Ctx, input: { shareId: string }): Promise<void> {
  const { share, membership } = await findShare(ctx, input.shareId)
  const isOwner = await findSession(ctx, share.sessionId).then(
    (found) => found.isOwner,
    () => false,
  )
  const isMaker = share.createdBy === principalKey(ctx.principal)
  if (!isOwner && !isMaker && !roleAtLeast(membership.role, 'admin'))
    throw forbidden('Only who shared it, its owner or an admin may end this share.')
  if (organisationOf('shr', share.id) !== share.organisationId) throw notFound('share')
  await commitOrThrow(ctx.services.store, {
    partition: share.organisationId,
    operationId: `share:${share.id}:${randomId(8)}`,
    operations: [
      shares.delete(share.id),
      await auditOperation(ctx, {
        organisationId: share.organisationId,
        action: 'share.revoke',
        target: { kind: 'session', id: share.sessionId, name: share.sessionId },
        before: { shareId: share.id, by: await nameOf(ctx.services.store, ctx.principal) },
      }),
    ],
  })
}
