import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/sessions'
import { getCurrentSession, setCurrentSession } from '@/lib/sessions/change'

export const GET = handle(operations.getCurrentSession, (ctx, { query }) => getCurrentSession(ctx, query))

export const PUT = handle(operations.setCurrentSession, (ctx, { query, body }) =>
  setCurrentSession(ctx, { org: query.org, sessionId: body.sessionId }),
)

export const DELETE = handle(operations.clearCurrentSession, async (ctx, { query }) => {
  await setCurrentSession(ctx, { org: query.org, sessionId: null })
})
