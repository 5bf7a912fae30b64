// An MCP server over standard input and output, run by plain Node in tests.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'

const server = new McpServer({ name: 'stdio', version: '1' })
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })
server.registerTool('environment', { annotations: { readOnlyHint: true } }, () =>
  text(`${process.env.TEST_TOKEN} ${process.env.LLM_API_KEY ?? 'nothing inherited'}`),
)
server.registerTool('large', {}, () => text('x'.repeat(3_000_000)))
server.registerTool('die', {}, () => process.exit(1))
await server.connect(new StdioServerTransport())
