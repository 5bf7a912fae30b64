'use client'

import { ApprovalCard } from '@/components/approvals/approval-card'
import { useMessage, useSessionHead } from '@/components/chat/live'
import type { ApprovalData } from '@/lib/agent/events'

/** A question in the thread. Who may decide about it the server says, with the session. */
export function ApprovalPart({
  sessionId,
  messageId,
  approval,
  live,
}: {
  sessionId: string
  messageId: string
  approval: ApprovalData
  live: boolean
}) {
  const { session, activeRun } = useSessionHead(sessionId)
  const runId = useMessage(sessionId, messageId)?.metadata?.runId ?? activeRun?.runId ?? ''
  const mayDecide = session?.waitingForMe?.includes(approval.approvalId) ?? false
  return <ApprovalCard runId={runId} approval={approval} mayDecide={mayDecide} isOver={!live} />
}
