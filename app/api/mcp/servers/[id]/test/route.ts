import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/mcp-servers'
import { testServer } from '@/lib/mcp/servers/try'

export const POST = handle(operations.testServer, (ctx, { params }) => testServer(ctx, { serverId: params.id }))
