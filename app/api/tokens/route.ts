import { issueToken, listTokens } from '@/lib/access/token-administration'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/people'

export const GET = handle(operations.listTokens, (ctx, { query }) => listTokens(ctx, query))

export const POST = handle(operations.createToken, (ctx, { query, body }) =>
  issueToken(ctx, { org: query.org, ...body }),
)
