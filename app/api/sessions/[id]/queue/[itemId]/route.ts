import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/sessions'
import { changeQueueItem, removeQueueItem } from '@/lib/sessions/queue'

export const maxDuration = 300

export const PATCH = handle(operations.changeQueueItem, (ctx, { params, body }) =>
  changeQueueItem(ctx, { sessionId: params.id, itemId: params.itemId, ...body }),
)

export const DELETE = handle(operations.deleteQueueItem, (ctx, { params }) =>
  removeQueueItem(ctx, { sessionId: params.id, itemId: params.itemId }),
)
