// The world outside of Longwatch, in a process of its own that no fault kills: a scripted model, an MCP tool server, and
// the ledger of every call that reached it. `node --import ./scripts/typescript-alias.mjs chaos/upstream.ts` prints its port as one line of JSON.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerAsModel, type ModelFault } from './upstream-model.ts'
import { type LedgerEntry, ToolEndpoint, type ToolFault } from './upstream-tools.ts'

export interface UpstreamFaults {
  model: ModelFault | null
  tool: ToolFault | null
}

export interface UpstreamState {
  ledger: LedgerEntry[]
  modelCalls: number
  /** Calls of the model whose conversation was not one that a provider accepts. */
  complaints: string[]
  /** Requests that are being answered now. */
  open: number
}

const faults: UpstreamFaults = { model: null, tool: null }
const complaints: string[] = []
let modelCalls = 0
let open = 0
const tools = new ToolEndpoint(() => faults.tool)

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const sendJson = (response: ServerResponse, body: unknown) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/'
  if (path === '/state') return sendJson(response, { ledger: tools.ledger, modelCalls, complaints, open })
  if (path === '/faults') {
    Object.assign(faults, JSON.parse(await readBody(request)))
    return sendJson(response, faults)
  }
  open += 1
  response.on('close', () => {
    open -= 1
  })
  const body = request.method === 'POST' ? await readBody(request) : ''
  if (path.startsWith('/mcp')) return tools.serve(request, response, body ? JSON.parse(body) : undefined)
  if (path.endsWith('/chat/completions')) {
    modelCalls += 1
    return answerAsModel(JSON.parse(body), response, {
      fault: () => faults.model,
      complain: (text) => void complaints.push(text),
    })
  }
  response.writeHead(404).end()
}

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
})
// It ends with the process that started it, however that one ends.
process.stdin.on('end', () => process.exit(0)).resume()
