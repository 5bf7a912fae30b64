import { handle } from '@/lib/http/handle'
import { jsonPiecesAnswer } from '@/lib/http/json-pieces'
import * as operations from '@/lib/http/operations/sessions'
import { changeSession } from '@/lib/sessions/change'
import { deleteSession } from '@/lib/sessions/delete'
import { getSessionJson } from '@/lib/sessions/get'

export const maxDuration = 300

export const GET = handle(operations.getSession, async (ctx, { params, query }) =>
  jsonPiecesAnswer(await getSessionJson(ctx, { sessionId: params.id, ...query })),
)

export const PATCH = handle(operations.changeSession, (ctx, { params, body }) =>
  changeSession(ctx, { sessionId: params.id, ...body }),
)

export const DELETE = handle(operations.deleteSession, (ctx, { params }) =>
  deleteSession(ctx, { sessionId: params.id }),
)
