import { principalKey } from '@/lib/access/types'
import type { ApprovalData } from '@/lib/agent/events'
import { type Approval, approvalData } from '@/lib/runs/approvals/collection'

/** A question as the API shows it to those who may decide. */
export interface ApprovalView extends Omit<ApprovalData, 'definition'> {
  runId: string
  sessionId: string
  /** Null when the conversation itself is not the caller's to see. */
  sessionTitle: string | null
  asker: { key: string; name: string }
  title: string
  status: Approval['state']['status']
}

export function approvalView(approval: Approval, sessionTitle: string | null): ApprovalView {
  const { definition: _, ...data } = approvalData(approval)
  return {
    ...data,
    runId: approval.runId,
    sessionId: approval.sessionId,
    sessionTitle,
    asker: { key: principalKey(approval.asker), name: approval.askerName },
    title: approval.title,
    status: approval.state.status,
  }
}
