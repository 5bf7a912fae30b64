import { auditOperation } from '@/lib/access/audit'
import { chooseOrganisation, requireMembership } from '@/lib/access/memberships'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { conflict } from '@/lib/errors'
import { newResourceId, randomId } from '@/lib/ids'
import { DEFAULT_TIMEOUTS, type McpServer, mcpServers } from '@/lib/mcp/config'
import { applySettings, type ServerSettings } from '@/lib/mcp/servers/input'
import { allServers, takeName } from '@/lib/mcp/servers/names'
import { type McpServerView, viewServer } from '@/lib/mcp/servers/view'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'

/** Every one is asked for its tools at every question. */
const MOST_SERVERS = 100

/** A server that is not stored yet, with nothing said of it. */
export function blankServer(organisation: Organisation): McpServer {
  const now = Date.now()
  return {
    id: newResourceId('mcp', organisation.id),
    name: '',
    transport: { kind: 'streamable-http', url: '' },
    headers: {},
    timeouts: DEFAULT_TIMEOUTS,
    reviewed: false,
    policy: {},
    tools: {},
    enabled: true,
    provisioned: false,
    createdAt: now,
    updatedAt: now,
  }
}

export type CreateServerInput = Pick<ServerSettings, 'name' | 'transport' | 'url'> &
  Partial<Pick<ServerSettings, 'headers' | 'timeouts' | 'enabled'>> & { org?: string }

/** Adds a server. Throws `forbidden` for all but admins, `bad_request` that names the field, `conflict` for a name that is taken. */
export async function createServer(ctx: Ctx, input: CreateServerInput): Promise<McpServerView> {
  const { store, secrets, outbound } = ctx.services
  const chosen = await chooseOrganisation(ctx, input.org)
  const { organisation } = await requireMembership(ctx, chosen.organisation.id, 'admin')
  const settings = { ...input, headers: input.headers ?? [] }
  const server = applySettings(blankServer(organisation), settings, {
    secrets,
    outbound,
    organisationId: organisation.id,
  })
  return retryOnConflict(5, async () => {
    const servers = await allServers(store, organisation.id)
    const name = await takeName(store, organisation.id, server.name, server.id, servers)
    if (servers.length >= MOST_SERVERS) throw conflict(`An organisation has at most ${MOST_SERVERS} MCP servers.`)
    const target = { kind: 'mcp-server', id: server.id, name: server.name }
    const [version = 1] = await commitOrThrow(store, {
      partition: organisation.id,
      operationId: `mcp-server:${server.id}:${randomId(10)}`,
      operations: [
        mcpServers.put(server.id, server, { ifAbsent: true }),
        name,
        await auditOperation(ctx, {
          organisationId: organisation.id,
          action: 'mcp-server.create',
          target,
          after: server,
        }),
      ],
    })
    return viewServer({ id: server.id, version, body: server }, null)
  })
}
