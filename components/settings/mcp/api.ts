import { requestJson } from '@/components/api/request'
import type { ServerTest } from '@/lib/mcp/probe'
import type { McpServerDetails } from '@/lib/mcp/servers/list'
import type { McpServerView } from '@/lib/mcp/servers/view'

export type { ServerTest } from '@/lib/mcp/probe'
export type { McpServerDetails, ServerTool } from '@/lib/mcp/servers/list'
export type { HealthView, McpServerView } from '@/lib/mcp/servers/view'

const SERVERS = '/api/mcp/servers'
const of = (serverId: string) => `${SERVERS}/${encodeURIComponent(serverId)}`
const within = (organisationId: string) => `?org=${encodeURIComponent(organisationId)}`

/** A server as the form sends it; timeouts in milliseconds. */
export interface ServerBody {
  name: string
  transport: 'streamable-http' | 'sse'
  url: string
  headers: { name: string; value?: string }[]
  timeouts: { dial?: number; list?: number; call?: number }
}

export const fetchServers = (organisationId: string, signal?: AbortSignal) =>
  requestJson<{ servers: McpServerView[] }>(`${SERVERS}${within(organisationId)}`, { signal })
export const fetchServer = (serverId: string, signal?: AbortSignal) =>
  requestJson<McpServerDetails>(of(serverId), { signal })
export const createServer = (organisationId: string, body: ServerBody) =>
  requestJson<McpServerView>(`${SERVERS}${within(organisationId)}`, { method: 'POST', body })
export const changeServer = (serverId: string, body: Partial<ServerBody> & { enabled?: boolean; version?: number }) =>
  requestJson<McpServerView>(of(serverId), { method: 'PATCH', body })
export const removeServer = (serverId: string) => requestJson<void>(of(serverId), { method: 'DELETE' })
export const testServer = (serverId: string) => requestJson<ServerTest>(`${of(serverId)}/test`, { method: 'POST' })
export const testSettings = (organisationId: string, { name: _, ...settings }: ServerBody, serverId?: string) =>
  requestJson<ServerTest>(`${SERVERS}/test${within(organisationId)}`, {
    method: 'POST',
    body: { ...settings, ...(serverId && { serverId }) },
  })
