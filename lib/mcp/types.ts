import type { Organisation, Principal, Risk, Role, ToolPolicy, User } from '@/lib/access/types'
import type { McpServer } from '@/lib/mcp/config'
import type { McpHealth } from '@/lib/mcp/health'
import type { ServerTest } from '@/lib/mcp/probe'
import type { Versioned } from '@/lib/stores/collection'

export interface ToolDescriptor {
  /** The name that the model sees: unique in the organisation, `[a-zA-Z0-9_-]{1,64}`. */
  name: string
  serverId: string
  serverName: string
  /** The tool's name on its server. */
  toolName: string
  title: string
  description: string
  /** JSON Schema of an object. */
  inputSchema: Record<string, unknown>
  /** From the annotations unless an override says otherwise; no annotation counts as destructive. */
  risk: Risk
  /** What each role may do with it: the matrix, then the server's policy, then the tool's own. `ask` is reported as it is. */
  policy: Record<Role, ToolPolicy>
}

export interface ServerFailure {
  server: string
  /** In words for the model and the person; never the upstream's own text whole. */
  message: string
}

export interface Catalogue {
  tools: ToolDescriptor[]
  /** Servers whose tools could not be listed now. */
  failures: ServerFailure[]
}

/** One block of a tool's result, bounded while it was read. */
export type ToolContent =
  | { type: 'text'; text: string; mediaType: string }
  | { type: 'binary'; mediaType: string; base64: string }

export type ToolOutcome =
  | { status: 'ok'; content: ToolContent[]; structured?: unknown; cut: boolean }
  /** The tool answered that it failed (`tool`), or it could not be reached, timed out, was cancelled, or was refused before sending. */
  | {
      status: 'error'
      reason: 'tool' | 'unreachable' | 'timeout' | 'cancelled' | 'refused' | 'unknown_tool' | 'too_large'
      message: string
      content: ToolContent[]
      /** False when it is certain that the request never left this process. */
      sent: boolean
    }

export interface ToolCallInput {
  organisation: Organisation
  principal: Principal
  /** The person behind the principal, for `{{user.email}}`; null for tokens. */
  user: User | null
  tool: ToolDescriptor
  arguments: Record<string, unknown>
  signal: AbortSignal
  /** Called right before the request is sent (again before it is sent anew on a new session); throwing stops it. */
  beforeSend: () => void
  onProgress?: (progress: { progress?: number; total?: number; message?: string }) => void
}

/** The tools of all MCP servers of an organisation. One per process. */
export interface ToolHub {
  /**
   * As it is now: cached per server and filled headers, refreshed when the server says so or the cache is a minute
   * old. The user fills `{{user.…}}`; a server that needs one and has none is among the failures.
   */
  catalogue(organisation: Organisation, user: User | null): Promise<Catalogue>
  /** Never throws for what a tool or server does wrong: that is an outcome. */
  call(input: ToolCallInput): Promise<ToolOutcome>
  /** Tries a server over a connection of its own, saved or not (version 0). Never throws for what the server does. */
  test(organisation: Organisation, user: User | null, server: Versioned<McpServer>): Promise<ServerTest>
  /** The newest that any process saw of these servers; null: nothing yet. Throws what the store throws. */
  health(organisationId: string, serverIds: string[]): Promise<(McpHealth | null)[]>
  close(): Promise<void>
}
