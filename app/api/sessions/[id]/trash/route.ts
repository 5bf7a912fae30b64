import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/sessions'
import { restoreSession, trashSession } from '@/lib/sessions/trash'

export const maxDuration = 300

export const POST = handle(operations.trashSession, (ctx, { params }) => trashSession(ctx, { sessionId: params.id }))

export const DELETE = handle(operations.restoreSession, (ctx, { params }) =>
  restoreSession(ctx, { sessionId: params.id }),
)
