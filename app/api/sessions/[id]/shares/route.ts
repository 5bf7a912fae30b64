import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/shares'
import { createShare, listShares } from '@/lib/sessions/shares/create'

export const maxDuration = 300

export const GET = handle(operations.listShares, (ctx, { params }) => listShares(ctx, { sessionId: params.id }))

export const POST = handle(operations.createShare, (ctx, { params, body }) =>
  createShare(ctx, { sessionId: params.id, ...body }),
)
