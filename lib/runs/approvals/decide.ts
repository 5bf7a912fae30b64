import { auditOperation } from '@/lib/access/audit'
import { requireMembership } from '@/lib/access/memberships'
import { nameOf } from '@/lib/access/names'
import { type Membership, principalKey } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { conflict, forbidden, notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { applyDecision } from '@/lib/runs/approvals/apply'
import { decisionAudit } from '@/lib/runs/approvals/audit'
import { type Approval, approvals } from '@/lib/runs/approvals/collection'
import { expireApproval } from '@/lib/runs/approvals/expire'
import { type ApprovalView, approvalView } from '@/lib/runs/approvals/view'
import { decidableBy, hiddenFrom, mayDecide, maySee, openApprovalOf } from '@/lib/runs/approvals/who'
import type { Session } from '@/lib/sessions/collection'

export interface DecideInput {
  runId: string
  approvalId: string
  decision: 'approve' | 'reject'
  scope?: 'once' | 'session'
  comment?: string
}

/**
 * A person's verdict on a call that waits for it. The same verdict again changes nothing, whoever gives it. Errors:
 * `not_found` (also: not of this run, or not the caller's to see), `forbidden` (may see it, may not decide),
 * `conflict` (decided otherwise, expired, or the run has ended).
 */
export async function decideApproval(ctx: Ctx, input: DecideInput): Promise<ApprovalView> {
  const organisationId = organisationOf('run', input.runId)
  if (!organisationId || organisationOf('apr', input.approvalId) !== organisationId) throw notFound('approval')
  const membership = await requireMembership(ctx, organisationId, 'viewer', 'approval')
  const { services } = ctx
  const found = await approvals.get(services.store, organisationId, input.approvalId)
  if (!found || found.body.runId !== input.runId) throw notFound('approval')
  const hidden = input.decision === 'approve' ? await hiddenNow(ctx, membership, found.body) : null
  const authorise = (approval: Approval, session: Session) =>
    requireDecider(ctx, membership, { approval, session, hidden: hidden ?? hiddenFrom(approval.policy) })
  if (found.body.state.status === 'open' && found.body.expiresAt <= Date.now()) {
    await expireApproval(services, organisationId, input.approvalId)
  }
  const decided = await applyDecision(services, {
    organisationId,
    approvalId: input.approvalId,
    decision: {
      decision: input.decision,
      scope: input.decision === 'approve' ? (input.scope ?? 'once') : 'once',
      comment: input.comment?.trim() || null,
      by: { key: principalKey(ctx.principal), name: await nameOf(services.store, ctx.principal) },
    },
    grantedBy: ctx.principal,
    authorise,
    audit: (approval) => auditOperation(ctx, decisionAudit(organisationId, approval)),
  })
  if (decided.state.status !== 'decided' || decided.state.decision !== input.decision) {
    const who = decided.state.status === 'decided' && decided.state.by?.name
    throw conflict(who ? `${who} has decided already: ${pastOf(decided)}.` : 'Nobody decided in time: it was rejected.')
  }
  return approvalView(decided, null)
}

const pastOf = ({ state }: Approval) =>
  state.status === 'decided' && state.decision === 'approve' ? 'approved' : 'rejected'

/** From which roles the tool is hidden now; of a tool that cannot be found now, from which it was. */
async function hiddenNow(ctx: Ctx, { organisation }: Membership, approval: Approval) {
  const user = await userOf(ctx.services.store, ctx.principal)
  const { tools } = await ctx.services.tools.catalogue(organisation, user)
  const tool = tools.find(({ name }) => name === approval.toolName)
  return hiddenFrom(tool?.policy ?? approval.policy)
}

function requireDecider(
  ctx: Ctx,
  { role }: Membership,
  found: { approval: Approval; session: Session; hidden: ReturnType<typeof hiddenFrom> },
): void {
  const { approval, session } = found
  const question = { ...openApprovalOf(approval), hiddenFrom: found.hidden }
  const decider = { key: principalKey(ctx.principal), role }
  if (!maySee(session, question, decider)) throw notFound('approval')
  if (mayDecide(session, question, decider)) return
  if (question.hiddenFrom.includes(role)) throw forbidden(`The tool ${approval.tool} is not for the role ${role}.`)
  const by = decidableBy(session, question.asker, approval.risk)
  const who = by === 'asker' ? 'whoever asked' : by === 'admin' ? 'an admin' : 'an editor or an admin'
  throw forbidden(`Only ${who} may decide about this call.`)
}
