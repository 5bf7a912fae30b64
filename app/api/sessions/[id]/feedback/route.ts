import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/feedback'
import { ownFeedback } from '@/lib/sessions/feedback/give'

export const maxDuration = 300

export const GET = handle(operations.ownFeedback, (ctx, { params }) => ownFeedback(ctx, { sessionId: params.id }))
