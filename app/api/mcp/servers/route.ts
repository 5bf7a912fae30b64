import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/mcp-servers'
import { createServer } from '@/lib/mcp/servers/create'
import { listServers } from '@/lib/mcp/servers/list'

export const GET = handle(operations.listServers, (ctx, { query }) => listServers(ctx, { org: query.org, fresh: true }))

export const POST = handle(operations.createServer, (ctx, { query, body }) =>
  createServer(ctx, { org: query.org, ...body }),
)
