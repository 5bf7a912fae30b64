import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/tool-policy'
import { describeReview, reviewTools } from '@/lib/mcp/manage/review'

export const GET = handle(operations.getToolReview, (ctx, { params }) => describeReview(ctx, { serverId: params.id }))

export const POST = handle(operations.reviewTools, (ctx, { params, body }) =>
  reviewTools(ctx, { serverId: params.id, tools: body.tools }),
)
