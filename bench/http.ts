import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http'

export interface Endpoint {
  port: number
  headers: Record<string, string>
}

/** Nothing that is asked for takes longer to begin. */
const PATIENCE_MILLISECONDS = 30_000

/** An answer with another status than the wanted one. */
export class UnexpectedStatus extends Error {
  readonly status: number

  constructor(path: string, status: number, text = '') {
    super(`${path} answered ${status}${text && `: ${text.slice(0, 300)}`}`)
    this.status = status
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

interface Sent {
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

function send(endpoint: Endpoint, path: string, { method = 'GET', body, headers }: Sent): ClientRequest {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const request = httpRequest({
    agent,
    host: '127.0.0.1',
    port: endpoint.port,
    path,
    method,
    headers: {
      ...endpoint.headers,
      ...headers,
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    },
  })
  // Whoever waits for the answer listens too; a connection that breaks later shows as a stream that is not complete.
  request.on('error', () => undefined)
  request.end(text)
  return request
}

const answered = (request: ClientRequest) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const late = setTimeout(() => request.destroy(new Error('no answer in time')), PATIENCE_MILLISECONDS)
    request.once('response', resolve)
    request.once('error', reject)
    request.once('close', () => reject(new Error('the connection closed before an answer')))
    for (const event of ['response', 'close']) request.once(event, () => clearTimeout(late))
  })

/** One call with a JSON answer. Throws for any status but 2xx. */
export async function call(endpoint: Endpoint, path: string, sent: Sent = {}): Promise<unknown> {
  const response = await answered(send(endpoint, path, sent))
  let text = ''
  for await (const part of response.setEncoding('utf8')) text += part
  if ((response.statusCode ?? 500) >= 300) {
    throw new UnexpectedStatus(`${sent.method ?? 'GET'} ${path}`, response.statusCode ?? 0, text)
  }
  return text === '' ? null : JSON.parse(text)
}

export interface OpenStream {
  headers: IncomingHttpHeaders
  /** Resolves when the stream ends, with whether it ended with `[DONE]`. */
  ended: Promise<{ complete: boolean; bytes: number }>
  close(): void
}

/**
 * Opens a stream of server-sent events; resolves with its headers. `take` gets whole lines, some at a time, without
 * the ones that are not complete yet.
 */
export async function openStream(
  endpoint: Endpoint,
  path: string,
  take: (lines: string) => void,
  sent: Sent = {},
): Promise<OpenStream> {
  const request = send(endpoint, path, sent)
  const response = await answered(request)
  if (response.statusCode !== 200) {
    response.resume()
    throw new UnexpectedStatus(path, response.statusCode ?? 0)
  }
  let rest = ''
  let bytes = 0
  let complete = false
  response.setEncoding('latin1')
  response.on('data', (part: string) => {
    bytes += part.length
    const text = rest + part
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    if (end === 0) return
    const lines = end === text.length ? text : text.slice(0, end)
    complete ||= lines.includes('data: [DONE]')
    take(lines)
  })
  const ended = new Promise<{ complete: boolean; bytes: number }>((resolve) => {
    response.once('close', () => resolve({ complete, bytes }))
    response.once('error', () => resolve({ complete, bytes }))
  })
  return { headers: response.headers, ended, close: () => request.destroy() }
}
