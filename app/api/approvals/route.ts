import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/approvals'
import { listApprovals } from '@/lib/runs/approvals/list'

export const GET = handle(operations.listApprovals, (ctx, { query }) => listApprovals(ctx, query))
