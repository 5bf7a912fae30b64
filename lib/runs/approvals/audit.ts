import type { AuditInput } from '@/lib/access/audit'
import type { Approval } from '@/lib/runs/approvals/collection'
import { boundedArguments } from '@/lib/runs/audit-call'

/** What the audit log says of a decision. */
export function decisionAudit(organisationId: string, decided: Approval): AuditInput {
  const { state } = decided
  return {
    organisationId,
    action: 'approval.decide',
    target: { kind: 'approval', id: decided.id, name: decided.tool },
    after: {
      ...(state.status === 'decided'
        ? { decision: state.by ? state.decision : 'expired', scope: state.scope, comment: state.comment }
        : {}),
      runId: decided.runId,
      sessionId: decided.sessionId,
      toolCallId: decided.toolCallId,
      asker: decided.askerName,
      server: decided.server,
      risk: decided.risk,
      arguments: boundedArguments(decided.arguments),
    },
  }
}
