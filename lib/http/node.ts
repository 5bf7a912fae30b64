import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Answer, HIGH_WATER_BYTES, type StreamBody } from '@/lib/http/answer'
import { API_HEADERS } from '@/lib/http/api-headers.mjs'
import type { ApiRequest } from '@/lib/http/api-request'

/** Node's request as handlers know it. What most of them never ask for (signal, body) is made when it is asked for. */
export class NodeRequest implements ApiRequest {
  readonly method: string
  readonly headers = new Headers()
  readonly incoming: IncomingMessage
  private readonly outgoing: ServerResponse
  private gone: AbortController | null = null

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming
    this.outgoing = outgoing
    this.method = incoming.method ?? 'GET'
    const { rawHeaders } = incoming
    for (let at = 0; at < rawHeaders.length; at += 2) {
      this.headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
    }
    // As Next.js does where no proxy stands before it.
    const { remoteAddress } = incoming.socket
    if (remoteAddress && !this.headers.has('x-forwarded-for')) this.headers.set('x-forwarded-for', remoteAddress)
  }

  get url(): string {
    return `http://${this.incoming.headers.host ?? 'localhost'}${this.incoming.url}`
  }

  /** Aborts when the client leaves before it has the whole answer. */
  get signal(): AbortSignal {
    if (!this.gone) {
      const gone = new AbortController()
      this.gone = gone
      const leave = () => {
        if (!this.outgoing.writableFinished) gone.abort()
      }
      if (this.outgoing.destroyed) leave()
      else this.outgoing.once('close', leave)
    }
    return this.gone.signal
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.method === 'GET' || this.method === 'HEAD') return null
    return Readable.toWeb(this.incoming) as ReadableStream<Uint8Array<ArrayBuffer>>
  }
}

/** Sends the answer; resolves when nothing is left to be done here (a stream goes on by itself). */
export async function send(answer: Answer | Response, outgoing: ServerResponse): Promise<void> {
  if (answer instanceof Response) return sendResponse(answer, outgoing)
  const { status, body } = answer
  const headers = { ...API_HEADERS, ...answer.headers }
  if (body !== null && typeof body !== 'string') {
    outgoing.writeHead(status, headers)
    sendStream(body, outgoing)
  } else if (body === null) outgoing.writeHead(status, headers).end()
  else outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

function sendStream(body: StreamBody, outgoing: ServerResponse): void {
  if (outgoing.destroyed) {
    body.cancel()
    return
  }
  outgoing.on('drain', () => body.resume())
  outgoing.once('close', () => body.cancel())
  body.open({
    // `drain` is promised by a write that answers false; until the bound it is not waited for.
    write: (bytes) => outgoing.write(bytes) || outgoing.writableLength < HIGH_WATER_BYTES,
    close: () => void outgoing.end(),
  })
}

async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  const cookies = response.headers.getSetCookie()
  const headers = { ...API_HEADERS, ...Object.fromEntries(response.headers) }
  outgoing.writeHead(response.status, { ...headers, ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) })
  if (!response.body) return void outgoing.end()
  // A body that breaks off, and a reader that leaves, end the connection; there is nobody to be told.
  await pipeline(Readable.fromWeb(response.body as never), outgoing).catch(() => undefined)
}
