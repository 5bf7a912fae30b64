import { createHash } from 'node:crypto'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { McpServer as SdkServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  DEFAULT_TIMEOUTS,
  type McpServer,
  type McpTimeouts,
  type PartialPolicy,
  type ToolOverride,
} from '@/lib/mcp/config'
import type { McpFailure } from '@/lib/mcp/failures'
import { type Asker, fillHeaders, openSealed } from '@/lib/mcp/headers'
import type { ServerRef } from '@/lib/mcp/health'
import { createWire } from '@/lib/mcp/wire'
import type { OutboundGuard } from '@/lib/network/guard'
import type { SecretBox } from '@/lib/secrets'
import type { Versioned } from '@/lib/stores/collection'

/** An MCP server inside this process, over the SDK's in-memory transport. */
export interface BuiltinServer {
  id: string
  name: string
  /** Changes whenever `create` would make a different server. */
  fingerprint: string
  create(): SdkServer
}

const RECONNECTION = {
  initialReconnectionDelay: 500,
  reconnectionDelayGrowFactor: 2,
  maxReconnectionDelay: 30_000,
  maxRetries: 4,
}

/** What one connection is made to: a server with everything filled in for one asker. */
export interface Target {
  /** The same for all askers whose headers are filled alike, another one after every change of the server; holds no secret. */
  key: string
  /** The stored server that this is of; null for built-in ones. */
  server: ServerRef | null
  timeouts: McpTimeouts
  open(limits: TransportLimits): Promise<Transport>
  /** Values that must not leave in any text. */
  secrets: string[]
}

export interface TransportLimits {
  maxResponseBytes: number
  onFailure: (failure: McpFailure) => void
}

/** A server as the hub sees it, stored or built in. */
export interface ServerEntry {
  id: string
  name: string
  /** `builtin`: our own code, which needs no review. */
  origin: 'builtin' | 'provisioned' | 'stored'
  /** Its tools count as reviewed as they are when they are first seen. */
  trusted: boolean
  policy: PartialPolicy
  tools: Record<string, ToolOverride>
  /** The version of the stored document; null for built-in ones. */
  configuration: number | null
  /** Throws `McpFailure` (`refused`) when a header cannot be filled for this asker. */
  target(asker: Asker): Target
}

/** What stored servers are opened with. */
export interface TargetServices {
  secrets: SecretBox
  outbound: OutboundGuard
}

export function storedEntry({ version, body }: Versioned<McpServer>, services: TargetServices): ServerEntry {
  const { id, name, policy, tools, reviewed } = body
  const origin = body.provisioned ? 'provisioned' : 'stored'
  const target = (asker: Asker) => storedTarget(body, version, asker, services)
  return { id, name, origin, trusted: reviewed, policy, tools, configuration: version, target }
}

function storedTarget(
  server: McpServer,
  configuration: number,
  asker: Asker,
  { secrets, outbound }: TargetServices,
): Target {
  const { transport, timeouts } = server
  const organisationId = asker.organisation.id
  const ref: ServerRef = { organisationId, serverId: server.id, configuration }
  if (transport.kind === 'stdio') {
    const environment: Record<string, string> = {}
    for (const [name, sealed] of Object.entries(transport.environment))
      environment[name] = openSealed(sealed, `the environment variable ${name}`, organisationId, secrets)
    return {
      key: keyOf([ref, transport.command, transport.arguments, environment]),
      server: ref,
      timeouts,
      secrets: Object.values(environment),
      // What the child writes to standard error is its own affair and may hold secrets.
      open: async ({ maxResponseBytes }) =>
        new StdioClientTransport({
          command: transport.command,
          args: transport.arguments,
          env: environment,
          stderr: 'ignore',
          maxBufferSize: maxResponseBytes,
        }),
    }
  }
  const headers = fillHeaders(server.headers, asker, secrets)
  const { kind } = transport
  return {
    key: keyOf([ref, kind, transport.url, headers]),
    server: ref,
    timeouts,
    secrets: Object.values(headers),
    open: async ({ maxResponseBytes, onFailure }) => {
      const source = server.provisioned ? 'configured' : 'typed'
      const url = outbound.check(transport.url, source)
      const wire = createWire({ url, kind, dispatcher: outbound.dispatcher(source), maxResponseBytes, onFailure })
      const options = { requestInit: { headers }, fetch: wire }
      if (kind === 'sse') return new SSEClientTransport(url, options)
      return new StreamableHTTPClientTransport(url, { ...options, reconnectionOptions: RECONNECTION })
    },
  }
}

export function builtinEntry(server: BuiltinServer): ServerEntry {
  const { id, name, fingerprint } = server
  return {
    id,
    name,
    origin: 'builtin',
    trusted: true,
    policy: {},
    tools: {},
    configuration: null,
    target: ({ organisation }) => ({
      key: keyOf([organisation.id, 'builtin', id, fingerprint]),
      server: null,
      timeouts: DEFAULT_TIMEOUTS,
      secrets: [],
      open: async () => {
        const [ours, theirs] = InMemoryTransport.createLinkedPair()
        await server.create().connect(theirs)
        return ours
      },
    }),
  }
}

const keyOf = (parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
