import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { ResolvedModel } from '@/lib/models/types'

/** For tests: a real HTTP endpoint on loopback whose answers are scripted, one after the other; the last one repeats. */
export interface Upstream {
  url: string
  requests: { path: string; authorization: string | undefined; body: Record<string, unknown> }[]
  /** Requests whose client went away before the answer was complete. */
  aborted: number
  answers: Answer[]
  close(): Promise<void>
}

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export async function startUpstream(...answers: Answer[]): Promise<Upstream> {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (piece) => {
      text += piece
    })
    response.on('close', () => {
      if (!response.writableFinished) upstream.aborted += 1
    })
    request.on('end', () => {
      const { authorization } = request.headers
      upstream.requests.push({ path: request.url ?? '', authorization, body: JSON.parse(text) })
      const answer = upstream.answers[upstream.requests.length - 1] ?? upstream.answers.at(-1)
      answer?.(response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream: Upstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    aborted: 0,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return upstream
}

export const sse = (...events: unknown[]) =>
  events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('')

export const openStream = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  return response
}

/** One chunk of a Chat Completions stream. */
export const chunk = (delta: Record<string, unknown>, finish: string | null = null) => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
})

export const usageChunk = (prompt: number, completion: number) => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [],
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
})

export const answerText =
  (...words: string[]): Answer =>
  (response) =>
    openStream(response).end(
      sse(...words.map((content) => chunk({ content })), chunk({}, 'stop'), usageChunk(7, words.length), '[DONE]'),
    )

export const answerStatus =
  (status: number, headers: Record<string, string> = {}, body = '{"error":{"message":"no"}}'): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)

const base = { id: 'm', label: 'm', scripted: false, contextTokens: 1000, maxOutputTokens: 100, takesImages: false }

export const compatibleModel = (upstream: { url: string }): ResolvedModel => ({
  ...base,
  languageModel: createOpenAICompatible({ name: 'test', baseURL: upstream.url, apiKey: 'sk-x', includeUsage: true })(
    'm',
  ),
})

export const responsesModel = (upstream: { url: string }, model = 'gpt-5.1'): ResolvedModel => ({
  ...base,
  languageModel: createOpenAI({ baseURL: upstream.url, apiKey: 'sk-x' }).responses(model),
  providerOptions: { openai: { store: false, reasoningSummary: 'auto' } },
})
