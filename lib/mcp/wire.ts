import { AsyncLocalStorage } from 'node:async_hooks'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type Dispatcher, fetch as undiciFetch } from 'undici'
import { httpFailure, McpFailure, toFailure } from '@/lib/mcp/failures'

/** One request to a server and everything that HTTP does for it, resumptions of its stream included. */
export class Exchange {
  /** Cuts the HTTP exchange itself, once its outcome is known. */
  readonly cut = new AbortController()
  onFailure: (failure: McpFailure) => void = () => {}
  failedResumptions = 0
}

/** The exchange that the current asynchronous context works for; none while dialling and on standalone streams. */
export const exchanges = new AsyncLocalStorage<Exchange | undefined>()

export interface WireOptions {
  url: URL
  kind: 'streamable-http' | 'sse'
  /** The guard's: connects only where this server may be reached. */
  dispatcher: Dispatcher
  maxResponseBytes: number
  /** A message on a standalone stream was larger than allowed. */
  onFailure: (failure: McpFailure) => void
}

/**
 * The fetch that transports use: never leaves the server's origin (so credentials cannot), bounds bodies while they
 * are read, and turns HTTP errors into failures without the upstream's text.
 */
export function createWire(options: WireOptions): FetchLike {
  return async (input, init) => {
    const url = new URL(input)
    if (url.origin !== options.url.origin) throw crossOrigin()
    const exchange = exchanges.getStore()
    const signals = [init?.signal, exchange?.cut.signal].filter((signal) => signal != null)
    const request = { ...init, redirect: 'manual', dispatcher: options.dispatcher, signal: AbortSignal.any(signals) }
    const resumes = exchange !== undefined && init?.method === 'GET'
    let response: Response
    try {
      response = (await undiciFetch(url, request as Parameters<typeof undiciFetch>[1])) as unknown as Response
    } catch (error) {
      if (resumes && ++exchange.failedResumptions >= 2) exchange.onFailure(lost())
      // The legacy stream's own error event says nothing of the cause.
      if (options.kind === 'sse' && init?.method !== 'POST') options.onFailure(toFailure(error))
      throw error
    }
    if (response.status >= 300 && response.status < 400) return checkRedirect(response, url)
    if (!response.ok && init?.method === 'POST') throw await postFailure(response, init, options.kind)
    if (!response.ok && resumes) exchange.onFailure(lost())
    return bounded(response, options, exchange)
  }
}

async function checkRedirect(response: Response, url: URL): Promise<Response> {
  const location = response.headers.get('location')
  const target = location && URL.canParse(location, url) ? new URL(location, url) : null
  await response.body?.cancel()
  if (target?.origin !== url.origin) throw crossOrigin()
  return new Response(null, { status: response.status, headers: response.headers })
}

const crossOrigin = () => new McpFailure('refused', 'redirects to another address, which is not followed')
const lost = () => new McpFailure('unreachable', 'closed the connection before it answered')

async function postFailure(response: Response, init: RequestInit, kind: WireOptions['kind']): Promise<McpFailure> {
  const inSession = kind === 'sse' || new Headers(init.headers).has('mcp-session-id')
  if (response.status === 400 && inSession) {
    // Many servers answer 400 where the specification wants 404: an error of the transport, with no request's id.
    const text = await readPrefix(response)
    const ofTransport = text.includes('"jsonrpc"') && !/"id"\s*:\s*["\d]/.test(text)
    return ofTransport && /session|not initialized/i.test(text) ? sessionLost() : httpFailure(400)
  }
  await response.body?.cancel()
  return response.status === 404 && inSession ? sessionLost() : httpFailure(response.status)
}

const sessionLost = () => new McpFailure('session_lost', 'does not know the session')

async function readPrefix(response: Response): Promise<string> {
  let text = ''
  if (!response.body) return text
  const decoder = new TextDecoder()
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > 8192) break
  }
  return text
}

function bounded(response: Response, options: WireOptions, exchange: Exchange | undefined): Response {
  if (!response.body) return response
  const limit = options.maxResponseBytes
  const tooLarge = () =>
    new McpFailure('too_large', `answered with more than ${Math.floor(limit / 1024).toLocaleString('en')} KiB`)
  const fail = (failure: McpFailure) => (exchange ? exchange.onFailure(failure) : options.onFailure(failure))
  if (Number(response.headers.get('content-length')) > limit) {
    void response.body.cancel()
    const failure = tooLarge()
    fail(failure)
    throw failure
  }
  const streaming = response.headers.get('content-type')?.includes('text/event-stream') ?? false
  const scan = new EventScan()
  let total = 0
  // The stream is over without an answer unless the SDK resumes it or has the answer already: it parses what it
  // has in microtasks, so a moment later everything that came is known.
  const over = () => {
    if (streaming && exchange && !scan.resumable) setTimeout(() => exchange.onFailure(lost()), 50)
  }
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) {
          controller.close()
          return over()
        }
        total += value.byteLength
        if (streaming) scan.push(value)
        // A standalone stream lives long: there the bound is for each message.
        if ((exchange || !streaming ? total : scan.pending) <= limit) return controller.enqueue(value)
        const failure = tooLarge()
        controller.error(failure)
        fail(failure)
        await reader.cancel().catch(() => {})
      } catch (error) {
        controller.error(error)
        over()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers })
}

/** Follows the events of a stream just far enough to know how large the open one is, and whether any had an id. */
class EventScan {
  pending = 0
  resumable = false
  private tail = Buffer.from('\n')

  push(chunk: Uint8Array) {
    const text = Buffer.concat([this.tail, chunk])
    this.resumable ||= text.includes('\nid:')
    const end = Math.max(text.lastIndexOf('\n\n'), text.lastIndexOf('\n\r\n'))
    this.pending = end < 0 ? this.pending + chunk.byteLength : text.byteLength - end
    this.tail = Buffer.from(text.subarray(-3))
  }
}
