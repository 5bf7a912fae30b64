import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One piece of a scripted answer. */
export type Reply =
  | { text: string }
  | { reasoning: string }
  | { call: string; arguments: string; id?: string; name?: string }
  | { wait: Promise<unknown> }
  | { finish: 'stop' | 'tool_calls' | 'length' }
  /** The connection breaks. */
  | { destroy: true }
  | { status: number; headers?: Record<string, string> }

export interface ModelRequest {
  body: {
    messages: { role: string; content: unknown; tool_calls?: unknown[]; tool_call_id?: string }[]
    tools?: { function: { name: string } }[]
    tool_choice?: unknown
    stream_options?: { include_usage?: boolean }
  }
  /** Resolves when the client went away before the answer was complete. */
  aborted: Promise<void>
  wasAborted: boolean
}

type Script = (request: ModelRequest) => AsyncIterable<Reply> | Iterable<Reply>

/** A language model behind real HTTP whose answers a test writes; titles are answered by themselves. */
export class ModelServer {
  readonly requests: ModelRequest[] = []
  readonly titleRequests: ModelRequest[] = []
  url = ''
  private script: Script = () => [{ text: 'Nothing was scripted.' }]
  private readonly server: Server

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response))
  }

  static async start(): Promise<ModelServer> {
    const server = new ModelServer()
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve))
    server.url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/v1`
    return server
  }

  /** From now on every request is answered so. */
  answer(script: Script): void {
    this.script = script
  }

  /** The first requests are answered one by one so, later ones by the last script. */
  answerInTurn(...scripts: Script[]): void {
    let turn = 0
    this.script = (request) => (scripts[Math.min(turn++, scripts.length - 1)] as Script)(request)
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const part of incoming) text += part
    // The client went away before it had asked anything.
    if (!incoming.complete || text === '') return void response.destroy()
    const gone = Promise.withResolvers<void>()
    const request: ModelRequest = { body: JSON.parse(text), aborted: gone.promise, wasAborted: false }
    response.on('close', () => {
      request.wasAborted = !response.writableFinished
      if (request.wasAborted) gone.resolve()
    })
    if (!request.body.tools && JSON.stringify(request.body.messages).includes('title')) {
      this.titleRequests.push(request)
      return this.stream(response, [{ text: 'A scripted title' }])
    }
    this.requests.push(request)
    await this.stream(response, this.script(request))
  }

  private async stream(response: ServerResponse, replies: AsyncIterable<Reply> | Iterable<Reply>): Promise<void> {
    const send = (choice: object, usage?: object) => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
      const choices = usage ? [] : [{ index: 0, ...choice }]
      response.write(`data: ${JSON.stringify({ id: 'x', model: 'm', choices, ...(usage ? { usage } : {}) })}\n\n`)
    }
    let calls = 0
    let finish: string | null = null
    for await (const reply of replies) {
      if (response.destroyed) return
      if ('status' in reply) {
        response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
        response.end('{"error":{"message":"secret upstream words"}}')
        return
      }
      if ('destroy' in reply) return void response.destroy()
      if ('wait' in reply) {
        if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        await reply.wait
      }
      if ('text' in reply) send({ delta: { content: reply.text } })
      if ('reasoning' in reply) send({ delta: { reasoning_content: reply.reasoning } })
      if ('call' in reply) {
        const index = calls++
        const id = reply.id ?? `call_${this.requests.length}_${index}`
        send({
          delta: { tool_calls: [{ index, id, type: 'function', function: { name: reply.call, arguments: '' } }] },
        })
        send({ delta: { tool_calls: [{ index, function: { arguments: reply.arguments } }] } })
      }
      if ('finish' in reply) finish = reply.finish
    }
    send({ delta: {}, finish_reason: finish ?? (calls > 0 ? 'tool_calls' : 'stop') })
    send({}, { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 })
    response.end('data: [DONE]\n\n')
  }
}

/** A promise that a test opens. */
export function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, open: () => resolve() }
}
