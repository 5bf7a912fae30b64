import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

/** `cut-before` and `cut-after`: the connection breaks, before or after the call took effect. */
export type ToolFault = 'hang' | 'cut-before' | 'cut-after'

export interface LedgerEntry {
  tool: string
  key: string
  at: number
}

const input = { key: z.string(), bytes: z.number(), takes: z.number() }

/** An MCP server over streamable HTTP whose calls stand in a ledger at the moment of their effect. */
export class ToolEndpoint {
  readonly ledger: LedgerEntry[] = []
  private readonly sessions = new Map<string, StreamableHTTPServerTransport>()
  private readonly current = new AsyncLocalStorage<ServerResponse>()
  private readonly fault: () => ToolFault | null

  constructor(fault: () => ToolFault | null) {
    this.fault = fault
  }

  async serve(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const id = request.headers['mcp-session-id']
    const known = typeof id === 'string' ? this.sessions.get(id) : undefined
    if (known) return this.current.run(response, () => known.handleRequest(request, response, body))
    if (id || !isInitializeRequest(body)) {
      const error = { jsonrpc: '2.0', error: { code: -32000, message: 'Session not found' }, id: null }
      response.writeHead(id ? 404 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(error))
      return
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => void this.sessions.set(session, transport),
      onsessionclosed: (session) => void this.sessions.delete(session),
    })
    await this.makeServer().connect(transport)
    await transport.handleRequest(request, response, body)
  }

  private makeServer(): McpServer {
    const server = new McpServer({ name: 'chaos', version: '1.0.0' })
    server.registerTool(
      'look_up',
      { description: 'Reads a value.', inputSchema: input, annotations: { readOnlyHint: true } },
      (call) => this.answer('look_up', call),
    )
    server.registerTool(
      'record',
      {
        description: 'Writes a value; must happen once.',
        inputSchema: input,
        annotations: { readOnlyHint: false, destructiveHint: false },
      },
      (call) => this.answer('record', call),
    )
    return server
  }

  private async answer(tool: string, call: { key: string; bytes: number; takes: number }) {
    const socket = this.current.getStore()?.socket
    if (this.fault() === 'cut-before') socket?.destroy()
    else this.ledger.push({ tool, key: call.key, at: Date.now() })
    await delay(call.takes)
    while (this.fault() === 'hang') await delay(50)
    if (this.fault() === 'cut-after') socket?.destroy()
    const text = `${tool} ${call.key} ${'x'.repeat(call.bytes)}`
    return { content: [{ type: 'text' as const, text }] }
  }
}
