import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import type { Organisation, Principal, Risk, Role, ToolPolicy, User } from '@/lib/access/types'
import type { McpServer, PartialPolicy } from '@/lib/mcp/config'
import type { McpHealth } from '@/lib/mcp/health'
import type { ServerTest } from '@/lib/mcp/probe'
import type { Versioned } from '@/lib/stores/collection'

/** Where a tool's risk comes from: what an admin or a provisioning file said, its annotations, or nothing at all. */
export type RiskSource = 'exception' | 'server' | 'provisioned' | 'annotations' | 'none'

/** Which layer decided what a role may do with a tool; `provisioned` ones cannot be changed here. */
export type PolicySource = 'matrix' | 'server' | 'exception' | 'provisioned'

/** Whether an admin has seen the tool as it is now. */
export type ReviewState = 'reviewed' | 'new' | 'changed'

/** Why nobody may use a tool now, whatever the policy says; the sentence is for model and person. */
export interface ToolBlock {
  kind: 'switched-off' | 'new' | 'changed'
  message: string
}

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
  annotations: ToolAnnotations | undefined
  /** Of the definition as it is now; what an admin reviews. */
  fingerprint: string
  /** From the annotations unless an override says otherwise; no annotation counts as destructive. */
  risk: Risk
  riskSource: RiskSource
  /** What each role may do with it now: all `hidden` while `blocked`. */
  policy: Record<Role, ToolPolicy>
  /** What each role may do with it when nothing blocks it: the matrix, then the server's policy, then the tool's own. */
  decided: Record<Role, { policy: ToolPolicy; source: PolicySource }>
  review: ReviewState
  blocked: ToolBlock | null
}

export interface CatalogueServer {
  id: string
  name: string
  origin: 'builtin' | 'provisioned' | 'stored'
  /** Its own policy, between the matrix and the exceptions. */
  policy: PartialPolicy
}

export interface ServerFailure {
  server: string
  /** In words for the model and the person; never the upstream's own text whole. */
  message: string
}

export interface Catalogue {
  tools: ToolDescriptor[]
  servers: CatalogueServer[]
  /** What is switched off now, in sentences for the model and the person. */
  notices: string[]
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
   * old. The user fills `{{user.…}}`; a server that needs one and has none is among the failures. Policy, reviews and
   * switches are read anew each time, after the listing. `fresh` asks that server for its tools again.
   */
  catalogue(organisation: Organisation, user: User | null, options?: { fresh?: string }): Promise<Catalogue>
  /**
   * Asks at once for what is stored about the organisation's tools. Once it is known for whom, the function that it gives
   * makes the catalogue of that; before, nothing is opened, and no server asked. Its errors come from that function.
   */
  catalogueAhead(organisationId: string): (organisation: Organisation, user: User | null) => Promise<Catalogue>
  /** The servers that the organisation has now, without asking any of them anything. */
  servers(organisation: Organisation): Promise<CatalogueServer[]>
  /** Never throws for what a tool or server does wrong: that is an outcome. */
  call(input: ToolCallInput): Promise<ToolOutcome>
  /** Tries a server over a connection of its own, saved or not (version 0). Never throws for what the server does. */
  test(organisation: Organisation, user: User | null, server: Versioned<McpServer>): Promise<ServerTest>
  /** The newest that any process saw of these servers; null: nothing yet. Throws what the store throws. */
  health(organisationId: string, serverIds: string[]): Promise<(McpHealth | null)[]>
  close(): Promise<void>
}
