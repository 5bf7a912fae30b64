import { chooseOrganisation } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { type Approval, approvals } from '@/lib/runs/approvals/collection'
import { type ApprovalView, approvalView } from '@/lib/runs/approvals/view'
import { type Decider, mayDecide, maySee, openApprovalOf } from '@/lib/runs/approvals/who'
import { type Session, sessions } from '@/lib/sessions/collection'
import { encodeCursor, type Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

const PAGE = 100

/** The open questions that this principal may decide, the one that expires first first. */
async function* waitingFor(
  store: Store,
  organisationId: string,
  decider: Decider,
  from: string | null = null,
): AsyncGenerator<{ approval: Versioned<Approval>; session: Session }> {
  const now = Date.now()
  let cursor = from
  do {
    const page = await approvals.list(store, organisationId, {
      index: 'open',
      group: 'all',
      order: 'ascending',
      limit: PAGE,
      cursor,
    })
    const ids = [...new Set(page.items.map(({ body }) => body.sessionId))]
    const found = await sessions.getMany(store, organisationId, ids)
    const bySession = new Map(found.flatMap((session) => (session ? [[session.id, session.body] as const] : [])))
    for (const approval of page.items) {
      const session = bySession.get(approval.body.sessionId)
      const isLate = approval.body.expiresAt <= now
      if (!session || isLate) continue
      const question = openApprovalOf(approval.body)
      if (mayDecide(session, question, decider) && maySee(session, question, decider)) yield { approval, session }
    }
    cursor = page.nextCursor
  } while (cursor)
}

const isVisible = (session: Session, decider: Decider) =>
  session.visibility === 'organisation' || session.owner === decider.key

/** `GET /api/approvals`: what waits for the caller in one organisation. */
export async function listApprovals(
  ctx: Ctx,
  input: { org?: string; limit: number; cursor?: string },
): Promise<{ approvals: ApprovalView[]; nextCursor: string | null }> {
  const { organisation, role } = await chooseOrganisation(ctx, input.org)
  const decider = { key: principalKey(ctx.principal), role }
  const found: { approval: Versioned<Approval>; session: Session }[] = []
  for await (const item of waitingFor(ctx.services.store, organisation.id, decider, input.cursor ?? null)) {
    found.push(item)
    if (found.length > input.limit) break
  }
  const page = found.slice(0, input.limit)
  const last = page.at(-1)?.approval
  return {
    approvals: page.map(({ approval, session }) =>
      approvalView(approval.body, isVisible(session, decider) ? session.title : null),
    ),
    nextCursor: found.length > input.limit && last ? encodeCursor({ sort: last.body.expiresAt, id: last.id }) : null,
  }
}

const MOST_COUNTED = 200

/** The ids of what waits for this principal, for a badge. */
export async function idsWaitingFor(store: Store, organisationId: string, decider: Decider): Promise<string[]> {
  const ids: string[] = []
  for await (const { approval } of waitingFor(store, organisationId, decider)) {
    ids.push(approval.id)
    if (ids.length >= MOST_COUNTED) break
  }
  return ids
}
