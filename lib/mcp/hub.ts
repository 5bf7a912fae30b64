import type { Logger } from 'pino'
import type { Organisation, PolicyMatrix, User } from '@/lib/access/types'
import { callTool, unknownTool } from '@/lib/mcp/call'
import { ToolLists } from '@/lib/mcp/catalogue'
import { mcpServers } from '@/lib/mcp/config'
import { ConnectionPool } from '@/lib/mcp/connect'
import { toFailure } from '@/lib/mcp/failures'
import { nameTools } from '@/lib/mcp/naming'
import { DEFAULT_POLICY, resolvePolicy, riskOf } from '@/lib/mcp/policy'
import { type BuiltinServer, builtinEntry, type ServerEntry, storedEntry } from '@/lib/mcp/target'
import type { Catalogue, ServerFailure, ToolDescriptor, ToolHub } from '@/lib/mcp/types'
import type { OutboundGuard } from '@/lib/network/guard'
import type { SecretBox } from '@/lib/secrets'
import type { Store } from '@/lib/stores/contract'

export interface ToolHubOptions {
  store: Store
  secrets: SecretBox
  outbound: OutboundGuard
  logger: Logger
  /** Without it `DEFAULT_POLICY`. */
  defaultPolicy?: PolicyMatrix
  /** Servers inside this process that the organisation has besides the stored ones. */
  builtinServers?: (organisation: Organisation) => Promise<BuiltinServer[]>
  /** How much of one answer is read; 20 MB. */
  maxResponseBytes?: number
  /** Milliseconds that a tool list counts as fresh; a minute. */
  freshMilliseconds?: number
  /** Milliseconds that a server is not asked again for its tools after it failed; 5 s. */
  failureMilliseconds?: number
  /** Milliseconds after which an unused connection is closed; 5 minutes. */
  idleMilliseconds?: number
}

type UnnamedTool = Omit<ToolDescriptor, 'name'>

/** The tools of all MCP servers of an organisation; see `ToolHub`. The store's errors pass through `catalogue`. */
export function createToolHub(options: ToolHubOptions): ToolHub {
  const { store, secrets, outbound, logger } = options
  const defaultPolicy = options.defaultPolicy ?? DEFAULT_POLICY
  const maxResponseBytes = options.maxResponseBytes ?? 20 * 1024 * 1024
  const lists = new ToolLists({
    freshMilliseconds: options.freshMilliseconds ?? 60_000,
    failureMilliseconds: options.failureMilliseconds ?? 5000,
  })
  const pool = new ConnectionPool({
    maxResponseBytes,
    idleMilliseconds: options.idleMilliseconds ?? 5 * 60_000,
    logger,
    onStale: (targetKey) => lists.invalidate(targetKey),
  })

  async function builtinEntries(organisation: Organisation): Promise<ServerEntry[]> {
    const servers = (await options.builtinServers?.(organisation)) ?? []
    return servers.map((server) => builtinEntry({ ...server, create: () => createLogged(server) }))
  }

  /** What goes wrong in a server of our own is ours to see whole. */
  function createLogged(server: BuiltinServer) {
    try {
      return server.create()
    } catch (error) {
      logger.error({ err: error, server: server.name }, 'a built-in MCP server could not be made')
      throw error
    }
  }

  async function entriesOf(organisation: Organisation): Promise<ServerEntry[]> {
    const entries = await builtinEntries(organisation)
    let cursor: string | null = null
    do {
      const list = { index: 'all', group: 'all', order: 'ascending', limit: 200, cursor } as const
      const page: Awaited<ReturnType<typeof mcpServers.list>> = await mcpServers.list(store, organisation.id, list)
      for (const { body } of page.items) if (body.enabled) entries.push(storedEntry(body, { secrets, outbound }))
      cursor = page.nextCursor
    } while (cursor)
    return entries
  }

  /** As it is stored now, so that a server that was removed or disabled is not called any more. */
  async function entryOf(organisation: Organisation, serverId: string): Promise<ServerEntry | null> {
    const builtin = (await builtinEntries(organisation)).find(({ id }) => id === serverId)
    if (builtin) return builtin
    const stored = await mcpServers.get(store, organisation.id, serverId)
    return stored?.body.enabled ? storedEntry(stored.body, { secrets, outbound }) : null
  }

  async function toolsOf(entry: ServerEntry, organisation: Organisation, user: User | null, failures: ServerFailure[]) {
    try {
      const { tools, leftOut } = await lists.get(entry.target({ organisation, user }), pool)
      if (leftOut > 0)
        failures.push({
          server: entry.name,
          message: `The server ${entry.name} listed ${leftOut} tools that cannot be used: malformed, listed twice or too many.`,
        })
      return tools.map(({ annotations, ...tool }): UnnamedTool => {
        const override = Object.hasOwn(entry.tools, tool.toolName) ? entry.tools[tool.toolName] : undefined
        const risk = riskOf(annotations, override)
        const policy = resolvePolicy(defaultPolicy, entry.policy, override, risk)
        return { ...tool, serverId: entry.id, serverName: entry.name, risk, policy }
      })
    } catch (error) {
      const { kind, message } = toFailure(error)
      logger.warn({ organisation: organisation.id, server: entry.name, kind }, 'an MCP server could not be listed')
      failures.push({ server: entry.name, message: `The server ${entry.name} ${message}.` })
      return []
    }
  }

  return {
    async catalogue(organisation, user): Promise<Catalogue> {
      const entries = await entriesOf(organisation)
      const failures: ServerFailure[] = []
      const listed = await Promise.all(entries.map((entry) => toolsOf(entry, organisation, user, failures)))
      const named = nameTools(listed.flat())
      const tools = [...named].map(([name, tool]): ToolDescriptor => ({ name, ...tool }))
      return { tools: tools.sort((a, b) => (a.name < b.name ? -1 : 1)), failures }
    },

    async call(input) {
      let entry: ServerEntry | null
      try {
        entry = await entryOf(input.organisation, input.tool.serverId)
      } catch {
        const message = `The server ${input.tool.serverName} was not called: its configuration cannot be read now.`
        return { status: 'error', reason: 'refused', message, content: [], sent: false }
      }
      if (!entry) return unknownTool(input, false)
      return callTool(pool, entry, input, maxResponseBytes)
    },

    async close() {
      await pool.close()
    },
  }
}
