import { requireMembership } from '@/lib/access/memberships'
import type { Organisation, User } from '@/lib/access/types'
import { userOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import { type McpServer, mcpServers } from '@/lib/mcp/config'
import type { Versioned } from '@/lib/stores/collection'

export interface FoundServer {
  organisation: Organisation
  server: Versioned<McpServer>
}

/** A server for its administrators. Throws `not_found` for strangers and for what is not there, `forbidden` for all but admins. */
export async function findServer(ctx: Ctx, serverId: string): Promise<FoundServer> {
  const organisationId = organisationOf('mcp', serverId)
  if (!organisationId) throw notFound('MCP server')
  const { organisation } = await requireMembership(ctx, organisationId, 'admin', 'MCP server')
  const server = await mcpServers.get(ctx.services.store, organisationId, serverId)
  if (!server) throw notFound('MCP server')
  return { organisation, server }
}

/** The person who calls, for `{{user.…}}`; null for tokens. */
export const callerOf = (ctx: Ctx): Promise<User | null> => userOf(ctx.services.store, ctx.principal)
