import type { McpServer, McpTimeouts } from '@/lib/mcp/config'
import type { McpHealth } from '@/lib/mcp/health'
import type { Versioned } from '@/lib/stores/collection'

export const HEALTH_STATES = ['ok', 'failing', 'unknown', 'disabled'] as const

/** What was last seen of a server: `unknown` until something was, with its settings as they are now. */
export interface HealthView {
  state: (typeof HEALTH_STATES)[number]
  observedAt: number | null
  lastSuccessAt: number | null
  lastError: { message: string; at: number } | null
  latencyMilliseconds: number | null
  tools: number | null
  lastUsedAt: number | null
}

/** A server as its administrators see it: of headers the names, never a value. */
export interface McpServerView {
  id: string
  name: string
  transport: McpServer['transport']['kind']
  /** Null for `stdio`. */
  url: string | null
  headers: { name: string; set: true }[]
  timeouts: McpTimeouts
  enabled: boolean
  /** Locked: a provisioning file or the environment names it. */
  provisioned: boolean
  createdAt: number
  updatedAt: number
  /** Hand it back with a change, to be told when somebody else was faster. */
  version: number
  health: HealthView
}

export function viewServer({ version, body }: Versioned<McpServer>, health: McpHealth | null): McpServerView {
  const { id, name, transport, headers, timeouts, enabled, provisioned, createdAt, updatedAt } = body
  return {
    id,
    name,
    transport: transport.kind,
    url: transport.kind === 'stdio' ? null : transport.url,
    headers: Object.keys(headers).map((header) => ({ name: header, set: true })),
    timeouts,
    enabled,
    provisioned,
    createdAt,
    updatedAt,
    version,
    health: viewHealth(enabled, version, health),
  }
}

function viewHealth(enabled: boolean, version: number, health: McpHealth | null): HealthView {
  const used = Object.values(health?.used ?? {})
  const lastUsedAt = used.length > 0 ? Math.max(...used) : null
  // What was seen of other settings says nothing of these.
  if (!health || health.configuration !== version)
    return {
      state: enabled ? 'unknown' : 'disabled',
      observedAt: null,
      lastSuccessAt: null,
      lastError: null,
      latencyMilliseconds: null,
      tools: null,
      lastUsedAt,
    }
  const { state, observedAt, lastSuccessAt, lastError, latencyMilliseconds, tools } = health
  return {
    state: enabled ? state : 'disabled',
    observedAt,
    lastSuccessAt,
    lastError,
    latencyMilliseconds,
    tools,
    lastUsedAt,
  }
}
