import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/sessions'
import { createSession } from '@/lib/sessions/change'
import { deleteOwnSessions } from '@/lib/sessions/delete'
import { listSessions } from '@/lib/sessions/list'

export const maxDuration = 300

export const GET = handle(operations.listSessions, (ctx, { query }) => listSessions(ctx, query))

export const POST = handle(operations.createSession, (ctx, { query, body }) =>
  createSession(ctx, { org: query.org, ...body }),
)

export const DELETE = handle(operations.deleteSessions, (ctx, { query }) => deleteOwnSessions(ctx, query))
