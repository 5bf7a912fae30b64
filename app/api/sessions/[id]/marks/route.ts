import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/sessions'
import { markSession } from '@/lib/sessions/marks'

export const maxDuration = 300

export const PATCH = handle(operations.markSession, (ctx, { params, body }) =>
  markSession(ctx, { sessionId: params.id, ...body }),
)
