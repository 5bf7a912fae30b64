import { createHash } from 'node:crypto'
import type { Principal, Risk, Role, ToolPolicy } from '@/lib/access/types'
import type { ApprovalData } from '@/lib/agent/events'
import { canonicalJson } from '@/lib/mcp/arguments'
import { Collection } from '@/lib/stores/collection'
import type { Json } from '@/lib/stores/contract'

/** What came of a question. `by` null: nobody decided in time, which is a rejection. */
export interface Decision {
  decision: 'approve' | 'reject'
  scope: 'once' | 'session'
  comment: string | null
  by: { key: string; name: string } | null
  at: number
}

/** One question to a person about one call of a run. */
export interface Approval {
  id: string
  sessionId: string
  runId: string
  toolCallId: string
  asker: Principal
  askerName: string
  toolName: string
  server: string
  tool: string
  title: string
  risk: Risk
  /** Exactly what is called if it is approved. */
  arguments: Json
  definition: string
  /** As it was when it was asked for; what it is then decides when there is a tool to look at. */
  policy: Record<Role, ToolPolicy>
  decidableBy: ApprovalData['decidableBy']
  askedAt: number
  expiresAt: number
  state: { status: 'open' } | ({ status: 'decided' } & Decision) | { status: 'withdrawn'; at: number }
}

/** Of an organisation. Indexes: `open` (by the moment when they expire), `session` (all of a session, by creation). */
export const approvals = new Collection<Approval>({
  name: 'approvals',
  v: 1,
  indexes: (approval) => [
    { index: 'session', group: approval.sessionId, sort: approval.askedAt },
    ...(approval.state.status === 'open' ? [{ index: 'open', group: 'all', sort: approval.expiresAt }] : []),
  ],
})

/** An approval for a whole session: these exact arguments of this tool, as it was defined then. */
export interface Grant {
  sessionId: string
  approvalId: string
  definition: string
  by: Principal
  at: number
}

export const grants = new Collection<Grant>({
  name: 'approval-grants',
  v: 1,
  indexes: (grant) => [{ index: 'session', group: grant.sessionId, sort: grant.at }],
})

/** Where the grant for these arguments is kept; a definition that changed is looked at by the reader. */
export const grantIdOf = (call: { sessionId: string; toolName: string; arguments: unknown }): string =>
  createHash('sha256')
    .update(`${call.sessionId}\n${call.toolName}\n${canonicalJson(call.arguments)}`)
    .digest('base64url')

/** Woken when a question of this run was decided. */
export const approvalsTopic = (runId: string) => `approvals:${runId}`
/** Woken when what waits for people in the organisation may have changed. */
export const openApprovalsTopic = (organisationId: string) => `open-approvals:${organisationId}`

/** How long a question is kept after it was decided or withdrawn, unless its session is deleted before. */
export const DECIDED_KEPT = 30 * 24 * 3_600_000

/** The event's content: the question, and once there is one the decision. */
export function approvalData(approval: Approval): ApprovalData {
  const { state } = approval
  const asked: ApprovalData = {
    approvalId: approval.id,
    toolCallId: approval.toolCallId,
    toolName: approval.toolName,
    server: approval.server,
    tool: approval.tool,
    risk: approval.risk,
    arguments: approval.arguments,
    definition: approval.definition,
    decidableBy: approval.decidableBy,
    askedAt: approval.askedAt,
    expiresAt: approval.expiresAt,
  }
  if (state.status !== 'decided') return asked
  return {
    ...asked,
    decision: state.decision,
    scope: state.scope,
    decidedAt: state.at,
    ...(state.by ? { decidedBy: state.by.name } : { expired: true }),
    ...(state.comment ? { comment: state.comment } : {}),
  }
}
