import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'

export interface ToolCaller {
  client: Client
  /** The text and structured result of a call; the client checks the latter against the declared schema. */
  call(
    name: string,
    input?: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<{ text: string; failed: boolean; structured: Record<string, unknown> }>
  close(): Promise<void>
}

/** Talks to a server as any MCP client would, in one process. */
export async function connectTo(server: McpServer): Promise<ToolCaller> {
  const [near, far] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: 'test', version: '1' })
  await Promise.all([server.connect(far), client.connect(near)])
  // Listing makes the client know the output schemas that it then checks.
  await client.listTools()
  return {
    client,
    async call(name, input = {}, signal) {
      const result = (await client.callTool({ name, arguments: input }, undefined, { signal })) as CallToolResult
      const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
      return {
        text,
        failed: result.isError === true,
        structured: result.structuredContent ?? {},
      }
    },
    close: () => client.close(),
  }
}
