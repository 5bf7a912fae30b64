import { badRequest, LongwatchError } from '@/lib/errors'
import type { McpServer } from '@/lib/mcp/config'
import { mcpServers } from '@/lib/mcp/config'
import { Collection, type Versioned } from '@/lib/stores/collection'
import type { Operation, Store } from '@/lib/stores/contract'

/** Of an organisation; the id is a server's name: it makes the names that people choose unique. The server's own document decides. */
export const mcpServerNames = new Collection<{ serverId: string }>({ name: 'mcp-server-names', v: 1 })

/** The built-in server over the organisation's data sources. */
const RESERVED = 'datasources'

/** Every server of the organisation, the oldest first. */
export async function allServers(store: Store, organisationId: string): Promise<Versioned<McpServer>[]> {
  const found: Versioned<McpServer>[] = []
  let cursor: string | null = null
  do {
    const list = { index: 'all', group: 'all', order: 'ascending', limit: 200, cursor } as const
    const page: Awaited<ReturnType<typeof mcpServers.list>> = await mcpServers.list(store, organisationId, list)
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return found
}

/**
 * The operation that takes a name for a server, to be part of the commit that writes it; of two at once one is refused.
 * Throws `conflict` when another server has the name, `bad_request` when nobody may have it.
 */
export async function takeName(
  store: Store,
  organisationId: string,
  name: string,
  serverId: string,
  servers: Versioned<McpServer>[],
): Promise<Operation> {
  if (name === RESERVED) throw badRequest('name', `The name ${RESERVED} belongs to the built-in server.`)
  if (servers.some(({ id, body }) => id !== serverId && body.name === name))
    throw new LongwatchError('conflict', 'There is a server of this name already.', { field: 'name' })
  // What is left of a server that is gone, or that provisioning renamed, does not keep the name.
  const left = await mcpServerNames.get(store, organisationId, name)
  return mcpServerNames.put(name, { serverId }, left ? { ifVersion: left.version } : { ifAbsent: true })
}
