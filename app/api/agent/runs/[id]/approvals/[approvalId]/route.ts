import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/approvals'
import { decideApproval } from '@/lib/runs/approvals/decide'

export const maxDuration = 300

export const POST = handle(operations.decideApproval, (ctx, { params, body }) =>
  decideApproval(ctx, { runId: params.id, approvalId: params.approvalId, ...body }),
)
