import { previewPrompt } from '@/lib/access/prompts'
import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/settings'

export const POST = handle(operations.previewPrompt, (ctx, { query, body }) =>
  previewPrompt(ctx, { org: query.org, ...body }),
)
