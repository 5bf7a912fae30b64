import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

export interface RecordedRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  /** The JSON-RPC message of a POST. */
  message: { method?: string; id?: unknown } | null
}

export interface HttpServerOptions {
  kind?: 'streamable-http' | 'sse'
  serve: () => Server
  /** Answers in JSON instead of a stream. */
  json?: boolean
  /** Numbers its events and can resume a stream that broke. */
  resumable?: boolean
  /** Returning true means that the request was answered (or left unanswered) here. */
  intercept?: (request: RecordedRequest, response: ServerResponse) => boolean | Promise<boolean>
  port?: number
}

export interface TestHttpServer {
  url: string
  port: number
  requests: RecordedRequest[]
  sessions: () => number
  /** As after a restart: every session is unknown. */
  forgetSessions(): void
  /** Breaks every connection at once, as a killed process does, but goes on listening. */
  dropConnections(): void
  close(): Promise<void>
}

/** A real MCP server over real HTTP on loopback. */
export async function startHttpServer(options: HttpServerOptions): Promise<TestHttpServer> {
  const requests: RecordedRequest[] = []
  const streamable = new Map<string, StreamableHTTPServerTransport>()
  const legacy = new Map<string, SSEServerTransport>()
  const sockets = new Set<Socket>()

  async function answerStreamable(request: IncomingMessage, response: ServerResponse, recorded: RecordedRequest) {
    const id = request.headers['mcp-session-id']
    let transport = typeof id === 'string' ? streamable.get(id) : undefined
    if (!transport && (id || recorded.message?.method !== 'initialize'))
      return json(response, 404, { jsonrpc: '2.0', error: { code: -32001, message: 'Session not found' }, id: null })
    if (!transport) {
      const created = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        enableJsonResponse: options.json ?? false,
        eventStore: options.resumable ? new InMemoryEventStore() : undefined,
        onsessioninitialized: (session) => void streamable.set(session, created),
        onsessionclosed: (session) => void streamable.delete(session),
      })
      await options.serve().connect(created)
      transport = created
    }
    await transport.handleRequest(request, response, recorded.message ?? undefined)
  }

  async function answerLegacy(request: IncomingMessage, response: ServerResponse, recorded: RecordedRequest) {
    if (request.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response)
      legacy.set(transport.sessionId, transport)
      response.on('close', () => legacy.delete(transport.sessionId))
      return options.serve().connect(transport)
    }
    const id = new URL(recorded.url, 'http://localhost').searchParams.get('sessionId')
    const transport = legacy.get(id ?? '')
    if (!transport) return json(response, 404, { error: 'no such session' })
    await transport.handlePostMessage(request, response, recorded.message ?? undefined)
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const { method = '', url = '', headers } = request
    const recorded: RecordedRequest = { method, url, headers, message: body ? JSON.parse(body) : null }
    requests.push(recorded)
    if (await options.intercept?.(recorded, response)) return
    await (options.kind === 'sse' ? answerLegacy : answerStreamable)(request, response, recorded)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    port,
    requests,
    sessions: () => streamable.size + legacy.size,
    forgetSessions: () => {
      streamable.clear()
      legacy.clear()
    },
    dropConnections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        dropConnections()
      }),
  }
}

export function json(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
