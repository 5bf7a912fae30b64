import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/shares'
import { revokeShare } from '@/lib/sessions/shares/create'
import { getShare } from '@/lib/sessions/shares/read'

export const GET = handle(operations.getShare, (ctx, { params, query }) =>
  getShare(ctx, { shareId: params.id, before: query.before }),
)

export const DELETE = handle(operations.revokeShare, (ctx, { params }) => revokeShare(ctx, { shareId: params.id }))
