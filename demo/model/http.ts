import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type Conversation, readConversation, titleOf } from './conversation.ts'
import { Ledger, type SeenRequest } from './ledger.ts'
import { nextReply } from './plan.ts'
import { BadRequest, type ChatRequest, type Reply, readRequest } from './protocol.ts'
import { scriptedReply } from './scripted.ts'
import { ChunkWriter, deltasOf, limitReply, tokensOf, writePaced } from './stream.ts'

export interface ModelOptions {
  port?: number
  host?: string
  tokensPerSecond?: number
  /** Obeys directives in questions and opens `/ledger`. */
  scripts?: boolean
}

export interface ModelServer {
  /** What a client takes as its base URL; ends in `/v1`. */
  url: string
  origin: string
  ledger: Ledger
  close(): Promise<void>
}

export const MODEL_ID = 'longwatch-demo'
const MAX_BODY_BYTES = 32 * 1024 * 1024

/** Starts the scripted model's endpoint; resolves once it listens. Rejects when the port is taken. */
export async function startModelServer(options: ModelOptions = {}): Promise<ModelServer> {
  const { host = '127.0.0.1', tokensPerSecond = 60, scripts = false } = options
  const ledger = new Ledger()
  const orders = new Map<string, string>()

  async function complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chat = readRequest(await readJson(request))
    const conversation = readConversation(chat, scripts, orders)
    const seen = ledger.start({
      model: chat.model,
      stream: chat.stream,
      kind: conversation.kind,
      question: (chat.messages.findLast((message) => message.role === 'user')?.content ?? '').slice(0, 300),
      messages: chat.messages.length,
      tools: chat.tools.map((tool) => tool.name),
      toolChoice: chat.toolChoice,
      step: conversation.steps + 1,
    })
    response.once('close', () => {
      if (!response.writableFinished) ledger.finish(seen, 'aborted')
    })
    const { directives } = conversation
    const failure = conversation.kind === 'title' || isOtherStep(conversation) ? null : directives.failure
    if (failure?.kind === 'silent') return
    if (failure?.kind === 'status') {
      const key = `${chat.messages.length}/${chat.messages.findLast((message) => message.role === 'user')?.content}`
      if (ledger.countFailure(key, failure.times ?? Number.POSITIVE_INFINITY)) {
        ledger.finish(seen, 'failed', failure.status)
        if (failure.status === 429 || failure.status === 503) response.setHeader('retry-after', '1')
        return sendError(response, failure.status, `ordered status ${failure.status}`, 'server_error')
      }
    }
    if (directives.waitFirstMilliseconds > 0 && conversation.kind === 'chat')
      await wait(directives.waitFirstMilliseconds)
    if (response.destroyed) return

    // A test that orders words gets them all, whatever the limit.
    const limit = directives.words === null ? chat.maxTokens : null
    const reply = limitReply(replyTo(chat, conversation), limit)
    if (!chat.stream) return sendWhole(response, chat, reply, seen)
    const writer = new ChunkWriter(response, `chatcmpl-${randomUUID()}`, chat.model)
    if (failure && failure.kind !== 'status') return misbehave(failure, writer, response, seen)
    await streamReply(writer, chat, reply, directives.rate ?? tokensPerSecond, seen)
  }

  async function streamReply(
    writer: ChunkWriter,
    chat: ChatRequest,
    reply: Reply,
    rate: number,
    seen: SeenRequest,
  ): Promise<void> {
    const deltas = deltasOf(reply, () => `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`)
    seen.tokens = await writePaced(writer, deltas, rate)
    if (writer.gone) return
    await writer.chunk({}, finishReasonOf(reply))
    if (chat.includeUsage) await writer.usage(usageOf(chat, reply))
    ledger.finish(seen, 'completed')
    writer.end()
  }

  type Misbehaviour = Exclude<NonNullable<Conversation['directives']['failure']>, { kind: 'status' | 'silent' }>

  async function misbehave(
    failure: Misbehaviour,
    writer: ChunkWriter,
    response: ServerResponse,
    seen: SeenRequest,
  ): Promise<void> {
    const begin = (words: number) =>
      writePaced(writer, deltasOf({ reasoning: '', text: numberedWords(words), calls: [] }, String), 10_000)
    switch (failure.kind) {
      case 'garbage':
        await writer.raw('<html>502 Bad Gateway</html>\n\ndata: {not json at all\n\n')
        ledger.finish(seen, 'failed')
        response.end()
        return
      case 'half-line':
        await begin(3)
        ledger.finish(seen, 'failed')
        // The half line has to leave before the connection is cut.
        response.write('data: {"id":"chatcmpl-x","choices":[{"index":0,"delta":{"cont', () =>
          response.socket?.destroy(),
        )
        return
      case 'error-chunk':
        await begin(3)
        await writer.send({ error: { message: 'ordered error', type: 'server_error', code: 'ordered' } })
        ledger.finish(seen, 'failed')
        response.end()
        return
      case 'stall':
        seen.tokens = await begin(failure.words)
        return
    }
  }

  function sendWhole(response: ServerResponse, chat: ChatRequest, reply: Reply, seen: SeenRequest): void {
    const toolCalls = reply.calls.map((call) => ({
      id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    }))
    const message = {
      role: 'assistant',
      content: reply.text || null,
      ...(reply.reasoning ? { reasoning_content: reply.reasoning } : {}),
      ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    }
    ledger.finish(seen, 'completed')
    sendJson(response, 200, {
      id: `chatcmpl-${randomUUID()}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model: chat.model,
      choices: [{ index: 0, message, finish_reason: finishReasonOf(reply) }],
      usage: usageOf(chat, reply),
    })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/v1/chat/completions' && request.method === 'POST') return complete(request, response)
    if (pathname === '/v1/models' && request.method === 'GET') {
      return sendJson(response, 200, {
        object: 'list',
        data: [{ id: MODEL_ID, object: 'model', created: 0, owned_by: 'longwatch' }],
      })
    }
    if (pathname === '/ledger' && scripts) {
      if (request.method === 'DELETE') ledger.clear()
      const open = ledger.requests.filter((seen) => seen.status === 'open').length
      return sendJson(response, 200, { count: ledger.requests.length, open, requests: ledger.requests })
    }
    if (pathname === '/orders' && scripts && request.method === 'POST') {
      const { question, directives } = (await readJson(request)) as Record<string, unknown>
      if (typeof question !== 'string' || typeof directives !== 'string')
        throw new BadRequest('An order has a question and directives.')
      orders.set(question, directives)
      return sendJson(response, 200, { orders: orders.size })
    }
    if (pathname === '/health') return sendJson(response, 200, { status: 'ok' })
    sendError(response, 404, `Nothing at ${pathname}`, 'invalid_request_error')
  }

  const http = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy()
      if (error instanceof BadRequest) return sendError(response, 400, error.message, 'invalid_request_error')
      if (error instanceof TooLarge) return sendError(response, 413, error.message, 'invalid_request_error')
      if (response.destroyed || request.errored) return
      console.error('request failed', error)
      sendError(response, 500, 'Internal error', 'server_error')
    })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(options.port ?? 0, host, () => resolve())
  })
  const { port } = http.address() as AddressInfo
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const close = () =>
    new Promise<void>((resolve) => {
      http.close(() => resolve())
      http.closeAllConnections()
    })
  return { url: `${origin}/v1`, origin, ledger, close }
}

const isOtherStep = ({ directives, steps }: Conversation) =>
  directives.failureStep !== null && directives.failureStep !== steps + 1

function replyTo(chat: ChatRequest, conversation: Conversation): Reply {
  if (conversation.kind === 'title') return { reasoning: '', text: titleOf(chat.messages), calls: [] }
  return scriptedReply(conversation) ?? nextReply(conversation)
}

const numberedWords = (count: number) => Array.from({ length: count }, (_, index) => `w${index + 1}`).join(' ')
const finishReasonOf = (reply: Reply) => reply.finishReason ?? (reply.calls.length > 0 ? 'tool_calls' : 'stop')

/** Counts as it streams: a piece is a token; the prompt by four characters a token. */
function usageOf(chat: ChatRequest, reply: Reply) {
  const letters = chat.messages.reduce(
    (sum, message) =>
      sum + message.content.length + message.toolCalls.reduce((more, call) => more + call.arguments.length, 8),
    JSON.stringify(chat.tools).length,
  )
  const reasoning = tokensOf(reply.reasoning).length
  const called = reply.calls.reduce((sum, call) => sum + 4 + Math.ceil(call.arguments.length / 4), 0)
  const completion = reasoning + tokensOf(reply.text).length + called
  const prompt = Math.ceil(letters / 4)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

class TooLarge extends Error {}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new TooLarge('The body is larger than 32 MiB')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new BadRequest('The body is not JSON')
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function sendError(response: ServerResponse, status: number, message: string, type: string): void {
  sendJson(response, status, { error: { message, type, param: null, code: null } })
}
