import { changePrompts, getPrompts } from '@/lib/access/prompts'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/settings'

export const GET = handle(operations.getPrompts, (ctx, { query }) => getPrompts(ctx, query))

export const PATCH = handle(operations.changePrompts, (ctx, { query, body }) =>
  changePrompts(ctx, { org: query.org, ...body }),
)
