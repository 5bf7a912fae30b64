import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/sessions'
import { sendQueueItemNow } from '@/lib/sessions/queue'

export const maxDuration = 300

export const POST = handle(operations.sendQueueItemNow, (ctx, { params }) =>
  sendQueueItemNow(ctx, { sessionId: params.id, itemId: params.itemId }),
)
