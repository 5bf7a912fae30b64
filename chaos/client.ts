import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'

export interface Answer {
  status: number
  body: unknown
  /** Seconds that a refusal asked to wait. */
  retryAfter: number
}

/** Answers of a kind that must never come, whatever is broken: text and count. */
export const unexpectedAnswers = new Map<string, number>()

function noteStatus(method: string, path: string, status: number, content: string): void {
  // 502 and 504 are the proxy's, 503 names what is away.
  if (status < 500 || (status >= 502 && status <= 504)) return
  const place = path.replace(/(run|ses)_\w+/g, '{id}').replace(/\?.*$/, '')
  const code = /"code":"([^"]*)"/.exec(content)?.[1] ?? content.slice(0, 80)
  const text = `${method} ${place} was answered ${status} ${code}`
  unexpectedAnswers.set(text, (unexpectedAnswers.get(text) ?? 0) + 1)
}

const agent = new Agent({ keepAlive: false })

/** One attempt; rejects when the connection broke or nothing came in time, whose outcome is then unknown. */
export function call(
  base: string,
  token: string,
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string>; timeout?: number } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = options.body === undefined ? undefined : JSON.stringify(options.body)
    const request = httpRequest(`${base}${path}`, {
      method,
      agent,
      headers: {
        authorization: `Bearer ${token}`,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      timeout: options.timeout ?? 30_000,
    })
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const content = Buffer.concat(chunks).toString()
        noteStatus(method, path, response.statusCode ?? 0, content)
        const retryAfter = Number(response.headers['retry-after'] ?? 0)
        try {
          resolve({ status: response.statusCode ?? 0, body: content ? JSON.parse(content) : null, retryAfter })
        } catch {
          reject(new Error(`no JSON: ${content.slice(0, 80)}`))
        }
      })
      response.on('close', () => reject(new Error('broken off')))
    })
    request.end(text)
  })
}

/** Repeats a call until it has a definite answer; null when there is none within the time. 5xx and 429 are none. */
export async function callUntilAnswered(
  base: string,
  token: string,
  method: string,
  path: string,
  options: Parameters<typeof call>[4] = {},
  patience = 90_000,
): Promise<Answer | null> {
  const end = Date.now() + patience
  for (let attempt = 1; Date.now() < end; attempt += 1) {
    const answer = await call(base, token, method, path, options).catch(() => null)
    if (answer && answer.status < 500 && answer.status !== 429) return answer
    await delay(Math.max(Math.min(100 * 2 ** attempt, 1_500), (answer?.retryAfter ?? 0) * 1_000))
  }
  return null
}

export interface SseMessage {
  id: string | undefined
  event: string | undefined
  data: string
}

export interface OpenStream {
  status: number
  headers: IncomingMessage['headers']
  /** Of a refusal. */
  body: string
  /** Breaks the socket. */
  cut(): void
  /** Stops reading for so long, so that the socket's buffers fill. */
  stall(milliseconds: number): void
  /** Resolves when the stream is over, however. */
  over: Promise<void>
}

const SILENCE = 40_000

/** Opens an event stream and hands on its messages; rejects when there was no answer at all. */
export function openStream(
  base: string,
  token: string,
  path: string,
  headers: Record<string, string>,
  take: (message: SseMessage, stream: OpenStream) => void,
  opened: (stream: OpenStream) => void = () => {},
): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${base}${path}`, {
      agent,
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
      timeout: SILENCE,
    })
    request.on('timeout', () => request.destroy(new Error('silence')))
    request.on('error', reject)
    request.on('response', (response) => {
      let refusal = ''
      let stalled: NodeJS.Timeout | undefined
      const stream: OpenStream = {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: '',
        cut: () => request.destroy(),
        stall(milliseconds) {
          response.pause()
          clearTimeout(stalled)
          stalled = setTimeout(() => response.resume(), milliseconds)
        },
        over: new Promise<void>((done) =>
          response.on('close', () => {
            clearTimeout(stalled)
            stream.body = refusal
            noteStatus('GET', path, stream.status, refusal)
            done()
          }),
        ),
      }
      opened(stream)
      const parser = createParser({
        onEvent: ({ id, event, data }) => take({ id, event, data }, stream),
      })
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        if (stream.status === 200) parser.feed(text)
        else refusal += text
      })
      response.on('error', () => {})
      resolve(stream)
    })
    request.end()
  })
}
