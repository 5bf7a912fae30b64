import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/usage'
import { changeBudget, getBudget } from '@/lib/usage/budget'

export const GET = handle(operations.getBudget, (ctx, { query }) => getBudget(ctx, query))

export const PATCH = handle(operations.changeBudget, (ctx, { query, body }) =>
  changeBudget(ctx, { org: query.org, ...body }),
)
