import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/mcp-servers'
import { changeServer, removeServer } from '@/lib/mcp/servers/change'
import { getServer } from '@/lib/mcp/servers/list'

export const GET = handle(operations.getServer, (ctx, { params }) => getServer(ctx, { serverId: params.id }))

export const PATCH = handle(operations.changeServer, (ctx, { params, body }) =>
  changeServer(ctx, { serverId: params.id, ...body }),
)

export const DELETE = handle(operations.removeServer, (ctx, { params }) => removeServer(ctx, { serverId: params.id }))
