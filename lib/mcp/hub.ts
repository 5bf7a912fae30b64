import type { Logger } from 'pino'
import { DEFAULT_POLICY } from '@/lib/access/policy'
import type { Organisation, PolicyMatrix, User } from '@/lib/access/types'
import { callTool, unknownTool } from '@/lib/mcp/call'
import { type ListedTool, ToolLists } from '@/lib/mcp/catalogue'
import { mcpServers } from '@/lib/mcp/config'
import { ConnectionPool } from '@/lib/mcp/connect'
import { McpFailure, toFailure } from '@/lib/mcp/failures'
import { BUILT_IN, HealthRecorder, type HealthRecorderOptions, type ServerRef } from '@/lib/mcp/health'
import { nameTools } from '@/lib/mcp/naming'
import { probe } from '@/lib/mcp/probe'
import { readReviews, trustFirstSeen } from '@/lib/mcp/reviews'
import { applyRules, type Decisions, noticesOf, readDecisions } from '@/lib/mcp/rules'
import { type BuiltinServer, builtinEntry, type ServerEntry, storedEntry } from '@/lib/mcp/target'
import type { Catalogue, CatalogueServer, ServerFailure, ToolDescriptor, ToolHub, ToolOutcome } from '@/lib/mcp/types'
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
  builtinServers?: (organisation: Pick<Organisation, 'id'>) => Promise<BuiltinServer[]>
  /** How much of one answer is read; 20 MB. */
  maxResponseBytes?: number
  /** Milliseconds that a tool list counts as fresh; a minute. */
  freshMilliseconds?: number
  /** Milliseconds that a server is not asked again for its tools after it failed; 5 s. */
  failureMilliseconds?: number
  /** Milliseconds after which an unused connection is closed; 5 minutes. */
  idleMilliseconds?: number
  /** How often the health of servers is written; see `HealthRecorder`. */
  health?: Omit<HealthRecorderOptions, 'store' | 'logger'>
}

/** The tools of all MCP servers of an organisation; see `ToolHub`. The store's errors pass through `catalogue`. */
export function createToolHub(options: ToolHubOptions): ToolHub {
  const { store, secrets, outbound, logger } = options
  const defaultPolicy = options.defaultPolicy ?? DEFAULT_POLICY
  const maxResponseBytes = options.maxResponseBytes ?? 20 * 1024 * 1024
  const health = new HealthRecorder({ store, logger, ...options.health })
  const lists = new ToolLists({
    onListed: ({ server }, outcome, milliseconds) => {
      if (!server) return
      if (outcome instanceof McpFailure) recordFailure(server, outcome)
      else health.succeeded(server, { tools: outcome.tools.length, latencyMilliseconds: milliseconds })
    },
    freshMilliseconds: options.freshMilliseconds ?? 60_000,
    failureMilliseconds: options.failureMilliseconds ?? 5000,
  })
  const pool = new ConnectionPool({
    maxResponseBytes,
    idleMilliseconds: options.idleMilliseconds ?? 5 * 60_000,
    logger,
    onStale: (targetKey) => lists.invalidate(targetKey),
  })

  function recordFailure(server: ServerRef, failure: McpFailure) {
    if (failure.kind !== 'cancelled' && !failure.ofAsker) health.failed(server, `The server ${failure.message}.`)
  }

  /** The state of each organisation's servers when its entries were last read: another one makes connections outdated. */
  const configured = new Map<string, string>()

  function releaseOutdated(organisation: Organisation, entries: ServerEntry[]) {
    const current = new Map(entries.map(({ id, configuration }) => [id, configuration]))
    const state = JSON.stringify([...current])
    if (configured.get(organisation.id) === state) return
    configured.set(organisation.id, state)
    pool.release(
      ({ organisationId, serverId, configuration }) =>
        organisationId !== organisation.id || current.get(serverId) === configuration,
    )
  }

  async function builtinEntries(organisation: Pick<Organisation, 'id'>): Promise<ServerEntry[]> {
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

  async function readEntries(organisationId: string): Promise<ServerEntry[]> {
    const reading = [builtinEntries({ id: organisationId }), storedEntries(organisationId)]
    return (await Promise.all(reading)).flat()
  }

  async function storedEntries(organisationId: string): Promise<ServerEntry[]> {
    const entries: ServerEntry[] = []
    let cursor: string | null = null
    do {
      const list = { index: 'all', group: 'all', order: 'ascending', limit: 200, cursor } as const
      const page: Awaited<ReturnType<typeof mcpServers.list>> = await mcpServers.list(store, organisationId, list)
      for (const item of page.items) if (item.body.enabled) entries.push(storedEntry(item, { secrets, outbound }))
      cursor = page.nextCursor
    } while (cursor)
    return entries
  }

  /** As it is stored now, so that a server that was removed or disabled is not called any more. */
  async function entryOf(organisation: Organisation, serverId: string): Promise<ServerEntry | null> {
    const builtin = (await builtinEntries(organisation)).find(({ id }) => id === serverId)
    if (builtin) return builtin
    const stored = await mcpServers.get(store, organisation.id, serverId)
    return stored?.body.enabled ? storedEntry(stored, { secrets, outbound }) : null
  }

  interface Listing {
    entry: ServerEntry
    tools: ListedTool[]
    /** Nobody was asked. */
    known: boolean
  }

  async function list(
    entry: ServerEntry,
    asker: { organisation: Organisation; user: User | null },
    fresh: boolean,
    failures: ServerFailure[],
  ): Promise<Listing> {
    let listing = false
    let known = false
    try {
      const target = entry.target(asker)
      listing = true
      if (fresh) lists.invalidate(target.key)
      const asked = lists.get(target, pool)
      known = lists.knows(target.key)
      const { tools, leftOut } = await asked
      if (leftOut > 0)
        failures.push({
          server: entry.name,
          message: `The server ${entry.name} listed ${leftOut} tools that cannot be used: malformed, listed twice or too many.`,
        })
      return { entry, tools, known }
    } catch (error) {
      const failure = toFailure(error)
      const { kind, message } = failure
      const { organisation } = asker
      // What a listing met is recorded once for all who wait for it.
      if (!listing && entry.configuration !== null) recordFailure(refOf(organisation, entry), failure)
      logger.warn({ organisation: organisation.id, server: entry.name, kind }, 'an MCP server could not be listed')
      failures.push({ server: entry.name, message: `The server ${entry.name} ${message}.` })
      return { entry, tools: [], known }
    }
  }

  function recordCall(entry: ServerEntry, organisation: Organisation, tool: string, outcome: ToolOutcome) {
    const ref = refOf(organisation, entry)
    if (outcome.status === 'ok' || outcome.reason === 'tool') health.succeeded(ref, { used: tool })
    else if (outcome.reason !== 'cancelled' && outcome.reason !== 'refused' && outcome.reason !== 'unknown_tool')
      health.failed(ref, outcome.message)
  }

  async function decideOn(
    organisation: Organisation,
    listings: Listing[],
    deciding: Promise<Decisions>,
  ): Promise<Pick<Catalogue, 'tools' | 'notices'>> {
    const stored = listings.filter(({ entry }) => entry.origin !== 'builtin')
    const ids = stored.map(({ entry }) => entry.id)
    const [decisions, reviews] = await Promise.all([deciding, readReviews(store, organisation.id, ids)])
    const rules = { ...decisions, reviews }
    for (const { entry, tools } of stored)
      if (entry.trusted && tools.length > 0 && !rules.reviews.has(entry.id))
        rules.reviews.set(entry.id, await trustFirstSeen(store, organisation.id, entry.id, tools))
    const decided = listings.flatMap(({ entry, tools }) => tools.map((tool) => applyRules(entry, tool, rules)))
    const named = [...nameTools(decided)].map(([name, tool]): ToolDescriptor => ({ name, ...tool }))
    return { tools: named.sort((a, b) => (a.name < b.name ? -1 : 1)), notices: noticesOf(rules) }
  }

  /** Asks for all that is stored; of it the function that it gives makes catalogues. */
  function readAhead(organisationId: string) {
    const decide = () => readDecisions(store, organisationId, defaultPolicy)
    const ahead = decide()
    const reading = readEntries(organisationId)
    // Whether they are needed is known later.
    for (const read of [ahead, reading]) read.catch(() => undefined)
    return async (organisation: Organisation, user: User | null, fresh?: string): Promise<Catalogue> => {
      const entries = await reading
      releaseOutdated(organisation, entries)
      const failures: ServerFailure[] = []
      const asker = { organisation, user }
      const listings = await Promise.all(entries.map((entry) => list(entry, asker, entry.id === fresh, failures)))
      // A server that is slow to list its tools must not delay what an admin decides.
      const deciding = listings.every(({ known }) => known) ? ahead : decide()
      return { ...(await decideOn(organisation, listings, deciding)), servers: entries.map(serverOf), failures }
    }
  }

  return {
    catalogue: (organisation, user, asked) => readAhead(organisation.id)(organisation, user, asked?.fresh),

    catalogueAhead: (organisationId) => readAhead(organisationId),

    async servers(organisation) {
      const entries = await readEntries(organisation.id)
      releaseOutdated(organisation, entries)
      return entries.map(serverOf)
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
      const outcome = await callTool(pool, entry, input, maxResponseBytes)
      recordCall(entry, input.organisation, input.tool.toolName, outcome)
      return outcome
    },

    async test(organisation, user, server) {
      const entry = storedEntry(server, { secrets, outbound })
      const ref = server.version > 0 ? refOf(organisation, entry) : null
      const onFailure = (failure: McpFailure) => ref && recordFailure(ref, failure)
      const test = await probe(entry, { organisation, user }, { maxResponseBytes, logger, onFailure })
      if (ref && test.outcome === 'answered')
        health.succeeded(ref, { tools: test.tools.length, latencyMilliseconds: test.milliseconds })
      // What it answered just now is newer than any list.
      lists.invalidateServer(server.id)
      return test
    },

    health: (organisationId, serverIds) => health.read(organisationId, serverIds),

    async close() {
      await pool.close()
      await health.close()
    },
  }
}

const refOf = (organisation: Organisation, entry: ServerEntry): ServerRef => ({
  organisationId: organisation.id,
  serverId: entry.id,
  configuration: entry.configuration ?? BUILT_IN,
})
const serverOf = ({ id, name, origin, policy }: ServerEntry): CatalogueServer => ({ id, name, origin, policy })
