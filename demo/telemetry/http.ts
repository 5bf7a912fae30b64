import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import { Faults, faultSchema } from './faults.ts'
import { Ledger } from './ledger.ts'
import { ShopState } from './state.ts'
import { createToolServer } from './tools.ts'

export interface TelemetryOptions {
  port?: number
  host?: string
  seed?: number
  /** Epoch seconds; the current time rounded down to five minutes when absent. */
  anchor?: number
  pace?: number
  /** Opens `/faults`. */
  faults?: boolean
  clock?: () => number
  /** What `{"crash": true}` does; ends the process when absent. */
  crash?: () => void
}

export interface TelemetryServer {
  /** Of the MCP endpoint. */
  url: string
  /** Of the server itself, without a path. */
  origin: string
  state: ShopState
  ledger: Ledger
  faults: Faults
  close(): Promise<void>
}

const MAX_BODY_BYTES = 4 * 1024 * 1024
const IDLE_MILLISECONDS = 60 * 60 * 1000
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1'])

/** Starts the telemetry server; resolves once it listens. Rejects when the port is taken. */
export async function startTelemetryServer(options: TelemetryOptions = {}): Promise<TelemetryServer> {
  const host = options.host ?? '127.0.0.1'
  const state = new ShopState({ seed: options.seed ?? 1, anchor: options.anchor, clock: options.clock })
  const ledger = new Ledger()
  const faults = new Faults()
  const sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: McpServer; seenAt: number }>()
  const current = new AsyncLocalStorage<ServerResponse>()
  const dropConnection = () => current.getStore()?.socket?.destroy()
  const house = { state, ledger, faults, pace: options.pace ?? 1, dropConnection }

  async function serveMcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (faults.server) {
      if ('hang' in faults.server) return
      return sendJson(response, faults.server.status, { error: 'ordered fault' })
    }
    const body = request.method === 'POST' ? await readJson(request) : undefined
    const sessionId = header(request, 'mcp-session-id')
    const session = sessionId ? sessions.get(sessionId) : undefined
    if (session) {
      session.seenAt = Date.now()
      return current.run(response, () => session.transport.handleRequest(request, response, body))
    }
    if (sessionId) return sendRpcError(response, 404, 'Session not found')
    const first = Array.isArray(body) ? body[0] : body
    if (!isInitializeRequest(first)) return sendRpcError(response, 400, 'No session: send initialize first')
    const server = createToolServer(house)
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, { transport, server, seenAt: Date.now() })
      },
    })
    transport.onclose = () => {
      if (transport.sessionId) sessions.delete(transport.sessionId)
    }
    await server.connect(transport)
    await transport.handleRequest(request, response, body)
  }

  async function serveFaults(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'DELETE') faults.clear()
    if (request.method === 'POST') {
      const parsed = faultSchema.safeParse(await readJson(request))
      if (!parsed.success) return sendJson(response, 400, { error: parsed.error.message })
      if ('crash' in parsed.data) {
        response.on('finish', options.crash ?? (() => process.exit(1)))
        return sendJson(response, 202, { crash: true })
      }
      faults.set(parsed.data)
    }
    sendJson(response, 200, faults.list())
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    // A web page elsewhere must not reach this server by a name that it points to loopback.
    const named = (request.headers.host ?? '').replace(/:\d+$/, '')
    if (LOOPBACK.has(host) && !LOOPBACK.has(named)) return sendJson(response, 403, { error: 'unexpected Host header' })
    if (pathname === '/mcp') return serveMcp(request, response)
    const fromLoopback = /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '')
    if (pathname === '/ledger' && fromLoopback && request.method === 'GET') {
      return sendJson(response, 200, { calls: ledger.calls })
    }
    if (pathname === '/faults' && fromLoopback && options.faults) return serveFaults(request, response)
    if (pathname === '/health') return sendJson(response, 200, { status: 'ok', sessions: sessions.size })
    sendJson(response, 404, { error: `nothing at ${pathname}` })
  }

  const http = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy()
      if (error instanceof BadBody) return sendRpcError(response, error.status, error.message)
      console.error('request failed', error)
      sendRpcError(response, 500, 'Internal error')
    })
  })
  const sweep = setInterval(() => {
    for (const session of sessions.values()) {
      if (Date.now() - session.seenAt > IDLE_MILLISECONDS) void session.server.close()
    }
  }, 60_000)
  sweep.unref()

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(options.port ?? 0, host, () => resolve())
  })
  const { port } = http.address() as AddressInfo
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`

  return {
    url: `${origin}/mcp`,
    origin,
    state,
    ledger,
    faults,
    async close() {
      clearInterval(sweep)
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      await Promise.all([...sessions.values()].map((session) => session.server.close()))
      http.closeAllConnections()
      await closed
    },
  }
}

class BadBody extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new BadBody(413, 'The body is larger than 4 MiB')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new BadBody(400, 'The body is not JSON')
  }
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function sendRpcError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { jsonrpc: '2.0', error: { code: -32000, message }, id: null })
}
