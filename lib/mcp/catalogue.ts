import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import type { ConnectionPool } from '@/lib/mcp/connect'
import { McpFailure, toFailure } from '@/lib/mcp/failures'
import { fingerprintOf, type ToolDefinition, toolKeyOf } from '@/lib/mcp/fingerprint'
import { request } from '@/lib/mcp/request'
import type { Target } from '@/lib/mcp/target'

/** A tool as its server lists it, before policy and naming. Both marks are made once per listing, not once per call. */
export interface ListedTool extends ToolDefinition {
  /** `fingerprintOf` of the definition. */
  fingerprint: string
  /** `toolKeyOf` of its name. */
  key: string
}

export interface ServerTools {
  tools: ListedTool[]
  /** Definitions that were left out because they are malformed or too many. */
  leftOut: number
}

export interface ToolListsOptions {
  freshMilliseconds: number
  /** How long a failure is believed, so that a dead server does not cost its timeout at every step. */
  failureMilliseconds: number
  /** A target was really asked: it listed, or failed. */
  onListed?: (target: Target, outcome: ServerTools | McpFailure, milliseconds: number) => void
}

interface Entry {
  target: Target
  tools: Promise<ServerTools>
  /** Null while it is being listed. */
  expiresAt: number | null
  stale: boolean
}

const MAX_PAGES = 200
const MAX_TOOLS = 2000
const MAX_DESCRIPTION = 16 * 1024

/** The tools of each target, listed anew when the server says so or after a while. */
export class ToolLists {
  readonly #entries = new Map<string, Entry>()
  readonly #options: ToolListsOptions

  constructor(options: ToolListsOptions) {
    this.#options = options
  }

  /** Concurrent askers share one listing. Throws `McpFailure`. */
  get(target: Target, pool: ConnectionPool): Promise<ServerTools> {
    this.#forgetExpired()
    const known = this.#entries.get(target.key)
    if (known && !known.stale) return known.tools
    const { freshMilliseconds, failureMilliseconds, onListed } = this.#options
    const began = Date.now()
    const entry: Entry = { target, tools: listServerTools(target, pool), expiresAt: null, stale: false }
    this.#entries.set(target.key, entry)
    entry.tools.then(
      (listed) => {
        entry.expiresAt = Date.now() + freshMilliseconds
        onListed?.(target, listed, Date.now() - began)
      },
      (error: unknown) => {
        entry.stale = false
        entry.expiresAt = Date.now() + failureMilliseconds
        onListed?.(target, toFailure(error), Date.now() - began)
      },
    )
    return entry.tools
  }

  /** Whether `get` answers without asking anybody, or with a failure from memory. */
  knows(targetKey: string): boolean {
    const entry = this.#entries.get(targetKey)
    return entry !== undefined && !entry.stale && (entry.expiresAt ?? 0) > Date.now()
  }

  /** What is known (or just being listed) of this target is not given out again. */
  invalidate(targetKey: string) {
    const entry = this.#entries.get(targetKey)
    if (entry) entry.stale = true
  }

  /** As `invalidate`, for every asker's target of a stored server. */
  invalidateServer(serverId: string) {
    for (const entry of this.#entries.values()) if (entry.target.server?.serverId === serverId) entry.stale = true
  }

  #forgetExpired() {
    for (const [key, { expiresAt }] of this.#entries)
      if (expiresAt !== null && expiresAt <= Date.now()) this.#entries.delete(key)
  }
}

/** Asks the target for all of its tools, page by page. Throws `McpFailure`. */
export async function listServerTools(target: Target, pool: ConnectionPool): Promise<ServerTools> {
  return pool
    .use(target, null, async (connection) => {
      if (!connection.client.getServerCapabilities()?.tools) return { tools: [], leftOut: 0 }
      const deadline = Date.now() + target.timeouts.list
      const tools = new Map<string, ListedTool>()
      const cursors = new Set<string>()
      let leftOut = 0
      let cursor: string | undefined
      for (let page = 0; page < MAX_PAGES; page++) {
        const left = Math.max(1, deadline - Date.now())
        const options = { timeout: left, hardTimeout: left, signal: null }
        const result = await request(connection, { method: 'tools/list', params: cursor ? { cursor } : {} }, options)
        if (!Array.isArray(result.tools)) throw new McpFailure('protocol', 'listed its tools in a form that is not MCP')
        for (const raw of result.tools) {
          const tool = readTool(raw)
          if (tool && !tools.has(tool.toolName) && tools.size < MAX_TOOLS) tools.set(tool.toolName, tool)
          else leftOut++
        }
        if (typeof result.nextCursor !== 'string' || result.nextCursor === '')
          return { tools: [...tools.values()], leftOut }
        cursor = result.nextCursor
        if (cursors.has(cursor)) throw new McpFailure('protocol', 'lists its tools in a circle')
        cursors.add(cursor)
      }
      throw new McpFailure('protocol', `lists its tools on more than ${MAX_PAGES} pages`)
    })
    .catch((error: unknown) => {
      const failure = toFailure(error)
      if (failure.kind !== 'timeout' || failure.unsent) throw failure
      throw new McpFailure('timeout', `did not list its tools within ${target.timeouts.list / 1000} s`)
    })
}

function readTool(raw: unknown): ListedTool | null {
  if (!isObject(raw) || typeof raw.name !== 'string' || raw.name === '' || raw.name.length > 512) return null
  if (!isObject(raw.inputSchema) || (raw.inputSchema.type ?? 'object') !== 'object') return null
  const annotations = isObject(raw.annotations) ? (raw.annotations as ToolAnnotations) : undefined
  const title = [raw.title, annotations?.title].find((value) => typeof value === 'string' && value !== '') as
    | string
    | undefined
  const definition: ToolDefinition = {
    toolName: raw.name,
    title: (title ?? raw.name).slice(0, 200),
    description: typeof raw.description === 'string' ? raw.description.slice(0, MAX_DESCRIPTION) : '',
    inputSchema: raw.inputSchema,
    annotations,
  }
  try {
    return { ...definition, fingerprint: fingerprintOf(definition), key: toolKeyOf(raw.name) }
  } catch {
    // Nested too deeply to be compared: such a definition could never be reviewed.
    return null
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
