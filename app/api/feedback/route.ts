import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/feedback'
import { listFeedback } from '@/lib/sessions/feedback/list'

export const GET = handle(operations.listFeedback, (ctx, { query }) => listFeedback(ctx, query))
