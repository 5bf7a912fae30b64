import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js'

export interface CallContext {
  signal: AbortSignal
  progress(progress: number, message?: string): Promise<void>
}

type Run = (args: Record<string, unknown>, context: CallContext) => Promise<CallToolResult> | CallToolResult

/** What a test's MCP server offers, and what happened to it; one script may serve many sessions. */
export class Script {
  readonly tools = new Map<string, { definition: Tool; run: Run }>()
  readonly calls: { tool: string; args: Record<string, unknown> }[] = []
  /** Tools whose call the client cancelled. */
  readonly aborted: string[] = []
  pageSize = Number.POSITIVE_INFINITY
  lists = 0
  announcesChanges = true
  readonly servers = new Set<Server>()

  add(name: string, definition: Partial<Tool>, run: Run = () => text(`${name} ran`)): this {
    this.tools.set(name, { definition: { name, inputSchema: { type: 'object' }, ...definition }, run })
    return this
  }

  /** A server over this script, for one session. */
  serve(): Server {
    const server = new Server(
      { name: 'scripted', version: '1' },
      { capabilities: { tools: { listChanged: this.announcesChanges } } },
    )
    this.servers.add(server)
    server.onclose = () => this.servers.delete(server)
    server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
      this.lists++
      const from = Number(params?.cursor ?? 0)
      const all = [...this.tools.values()].map(({ definition }) => definition)
      const page = all.slice(from, from + this.pageSize)
      const end = from + page.length
      return { tools: page, nextCursor: end < all.length ? String(end) : undefined }
    })
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
      const tool = this.tools.get(params.name)
      if (!tool) throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${params.name}`)
      this.calls.push({ tool: params.name, args: params.arguments ?? {} })
      extra.signal.addEventListener('abort', () => this.aborted.push(params.name))
      const progressToken = params._meta?.progressToken
      return tool.run(params.arguments ?? {}, {
        signal: extra.signal,
        progress: async (progress, message) => {
          if (progressToken === undefined) return
          await extra.sendNotification({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 100, message },
          })
        },
      })
    })
    return server
  }

  async announceChange() {
    await Promise.all([...this.servers].map((server) => server.sendToolListChanged()))
  }
}

export const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] })

/** A tool's run that answers only when the call is cancelled. */
export const untilCancelled: Run = (_, { signal }) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(text('too late'))))
