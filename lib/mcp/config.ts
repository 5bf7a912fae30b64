import type { Risk, Role, ToolPolicy } from '@/lib/access/types'
import { Collection } from '@/lib/stores/collection'

/** A secret as it is stored: see `lib/secrets.ts`. */
export type SealedText = { sealed: string }

/** How a server is reached. `stdio` comes from provisioning only. */
export type McpTransport =
  | { kind: 'streamable-http' | 'sse'; url: string }
  | { kind: 'stdio'; command: string; arguments: string[]; environment: Record<string, SealedText> }

/** Milliseconds. */
export interface McpTimeouts {
  dial: number
  list: number
  call: number
}

export const DEFAULT_TIMEOUTS: McpTimeouts = { dial: 10_000, list: 10_000, call: 30_000 }

export type PartialPolicy = Partial<Record<Role, Partial<Record<Risk, ToolPolicy>>>>

export interface ToolOverride {
  risk?: Risk
  policy?: Partial<Record<Role, ToolPolicy>>
}

/** An MCP server of one organisation, as it is stored in the organisation's partition. */
export interface McpServer {
  id: string
  /** Unique in the organisation, `[a-z0-9-]{1,32}`. */
  name: string
  transport: McpTransport
  /** Header name → template (`{{org.externalId}}`, `{{user.email}}` are filled per call), sealed whole. */
  headers: Record<string, SealedText>
  timeouts: McpTimeouts
  /** Take the tools as they are now as reviewed. */
  reviewed: boolean
  policy: PartialPolicy
  tools: Record<string, ToolOverride>
  enabled: boolean
  /** Set by a provisioning file: locked in the settings, exempt from the address guard, removed when it leaves the file. */
  provisioned: boolean
  createdAt: number
  updatedAt: number
}

export const mcpServers = new Collection<McpServer>({
  name: 'mcp-servers',
  v: 1,
  indexes: (server) => [{ index: 'all', group: 'all', sort: server.createdAt }],
})
