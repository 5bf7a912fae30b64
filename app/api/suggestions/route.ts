import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/tools'
import { suggestQuestions } from '@/lib/mcp/suggest'

export const GET = handle(operations.suggestQuestions, (ctx, { query }) => suggestQuestions(ctx, { org: query.org }))
