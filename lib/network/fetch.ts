import type { RequestInit as UndiciRequestInit, Response as UndiciResponse } from 'undici'
import { AddressRefused } from '@/lib/network/refused'

export type GuardedFetch = typeof globalThis.fetch

export interface GuardedFetchOptions {
  /** One request without redirects, to an address that it checks. */
  send(url: URL, init: UndiciRequestInit): Promise<UndiciResponse>
  /** Whether answers are bounded: `MAX_ANSWER_BYTES`, `MAX_STREAM_BYTES`. */
  bounded: boolean
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5
/** Of one answer as a whole. */
export const MAX_ANSWER_BYTES = 20 * 1024 * 1024
/** Of one event stream: a long answer of a language model comes in many small events. */
export const MAX_STREAM_BYTES = 64 * 1024 * 1024

/** All that goes along to another origin: anything else may be a credential, whatever its name. */
const HARMLESS = ['accept', 'accept-language', 'user-agent']

/**
 * A `fetch` that follows redirects itself: at most five, each hop checked by `send`, never from https to http, and to another
 * origin without credentials and without a body. Answers are bounded while they are read.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  return async (input, init) => {
    const request = new Request(input, init)
    let url = new URL(request.url)
    let method = request.method
    let headers = new Headers(request.headers)
    let body = request.body ? new Uint8Array(await request.arrayBuffer()) : undefined
    const mode = init?.redirect ?? 'follow'
    for (let hop = 0; ; hop++) {
      const sent = { method, headers: [...headers], body, signal: request.signal }
      const response = (await options.send(url, sent)) as unknown as Response
      if (!REDIRECTS.has(response.status) || mode === 'manual') return options.bounded ? bound(response) : response
      await response.body?.cancel()
      if (mode === 'error') throw new AddressRefused('redirect', 'The server redirects, which is not expected there.')
      if (hop === MAX_REDIRECTS)
        throw new AddressRefused('redirect', `The server redirects more than ${MAX_REDIRECTS} times.`)
      const next = locationOf(response, url)
      if (response.status === 303 || (response.status < 303 && method === 'POST')) {
        method = method === 'HEAD' ? 'HEAD' : 'GET'
        body = undefined
        for (const name of ['content-type', 'content-length', 'content-encoding']) headers.delete(name)
      }
      if (next.origin !== url.origin) {
        if (body)
          throw new AddressRefused(
            'redirect',
            'The server redirects a request with a body to another address, which is not followed.',
          )
        headers = new Headers([...headers].filter(([name]) => HARMLESS.includes(name)))
      }
      url = next
    }
  }
}

function locationOf(response: Response, url: URL): URL {
  const location = response.headers.get('location')
  const next = location !== null && URL.canParse(location, url) ? new URL(location, url) : null
  if (!next) throw new AddressRefused('redirect', 'The server redirects to nowhere.')
  if (url.protocol === 'https:' && next.protocol === 'http:')
    throw new AddressRefused('redirect', 'The server redirects from https to http, which is not followed.')
  return next
}

/** What ends an answer that is larger than so many bytes. */
export const tooLarge = (limit: number) =>
  new AddressRefused('too-large', `The server answered with more than ${limit / 1024 / 1024} MiB.`)

/** The same answer, which errors once more than is allowed was read of it. */
function bound(response: Response): Response {
  if (!response.body) return response
  const streaming = response.headers.get('content-type')?.includes('text/event-stream') ?? false
  const limit = streaming ? MAX_STREAM_BYTES : MAX_ANSWER_BYTES
  if (Number(response.headers.get('content-length')) > limit) {
    void response.body.cancel().catch(() => {})
    throw tooLarge(limit)
  }
  let total = 0
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      total += chunk.byteLength
      if (total > limit) controller.error(tooLarge(limit))
      else controller.enqueue(chunk)
    },
  })
  const { status, statusText, headers } = response
  return new Response(response.body.pipeThrough(count), { status, statusText, headers })
}
