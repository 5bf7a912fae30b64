import { handle } from '@/lib/http/handle'
import * as operations from '@/lib/http/operations/mcp-servers'
import { testSettings } from '@/lib/mcp/servers/try'

export const POST = handle(operations.testSettings, (ctx, { query, body }) =>
  testSettings(ctx, { org: query.org, ...body }),
)
