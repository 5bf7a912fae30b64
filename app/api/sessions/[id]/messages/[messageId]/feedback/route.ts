import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/feedback'
import { giveFeedback } from '@/lib/sessions/feedback/give'

export const maxDuration = 300

export const PUT = handle(operations.giveFeedback, (ctx, { params, body }) =>
  giveFeedback(ctx, { sessionId: params.id, messageId: params.messageId, ...body }),
)
