import type { Readable } from 'node:stream'
import { request } from 'undici'
import { joinFrames } from '@/lib/models/join-frames'
import { Pace } from '@/lib/models/pace'
import { MAX_STREAM_BYTES, tooLarge } from '@/lib/network/fetch'
import type { AddressSource, OutboundGuard } from '@/lib/network/guard'
import { AddressRefused } from '@/lib/network/refused'

const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** So much of one answer waits for its turn at most. */
const MOST_BYTES = 256 * 1024
const QUEUED_CHUNKS = 8
/** So many pieces of an answer come at once also while the process is busy: one waits for the first word. */
const EAGER_PIECES = 3
const shared = new Pace()

/**
 * A `fetch` for the answers of the language model at `named`, guarded as `outbound.fetchFor`'s: `undici`'s own request,
 * whose body costs a fraction of what `fetch`'s streams cost for each token, read at intervals while the process is
 * busy, but for its beginning. Fails as `fetch` does.
 */
export function createModelFetch(
  outbound: OutboundGuard,
  named: string,
  source: AddressSource,
  pace: Pick<Pace, 'run'> = shared,
): typeof fetch {
  const usual = outbound.fetchFor(named, source)
  const origin = URL.canParse(named) ? new URL(named).origin : null
  // A model is asked at one address again and again, and the verdict on its text does not change.
  let known: { input: string; own: AddressSource; url: URL } | undefined
  const checked = (input: string) => {
    if (known?.input === input) return known
    const own = source === 'configured' && new URL(input).origin === origin ? source : 'typed'
    known = { input, own, url: outbound.check(input, own) }
    return known
  }
  return async (input, init) => {
    // The providers ask with an address and a text; whatever else there is goes the usual way.
    const body = init?.body
    if (typeof input !== 'string' || (typeof body !== 'string' && body != null)) return usual(input, init)
    const signal = init?.signal ?? undefined
    signal?.throwIfAborted()
    const { own, url } = checked(input)
    const answer = await request(url, {
      method: (init?.method ?? 'GET') as 'GET',
      headers: { 'accept-encoding': 'identity', ...Object.fromEntries(new Headers(init?.headers)) },
      body,
      signal,
      dispatcher: outbound.dispatcher(own),
    }).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw new TypeError('fetch failed', { cause: error })
    })
    if (REDIRECTS.has(answer.statusCode)) {
      answer.body.on('error', () => undefined).destroy()
      return usual(input, init)
    }
    const empty = answer.statusCode === 204 || answer.statusCode === 304
    if (empty) answer.body.resume()
    const limit = own === 'typed' ? MAX_STREAM_BYTES : Number.POSITIVE_INFINITY
    return new Response(empty ? null : streamOf(answer.body, { signal, limit, pace }), {
      status: answer.statusCode,
      headers: headersOf(answer.headers),
    })
  }
}

function headersOf(given: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each)
  }
  return headers
}

/** Bytes that wait for the reader are handed over in one piece, and its events joined where they can be. */
function streamOf(
  body: Readable,
  { signal, limit, pace }: { signal: AbortSignal | undefined; limit: number; pace: Pick<Pace, 'run'> },
): ReadableStream<Uint8Array> {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let total = 0
  let pieces = 0
  let state: 'open' | 'ended' | 'over' = 'open'
  let paced = false
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const deliver = () => {
          paced = false
          if (state === 'over') return
          if (waiting.length > 0) {
            const chunk = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting)
            waiting = []
            waitingBytes = 0
            controller.enqueue(joinFrames(chunk))
          }
          if (state === 'ended') {
            state = 'over'
            controller.close()
          } else if ((controller.desiredSize ?? 0) <= 0) body.pause()
          else if (body.isPaused()) body.resume()
        }
        body.on('data', (chunk: Buffer) => {
          total += chunk.length
          if (total > limit) return void body.destroy(tooLarge(limit))
          waiting.push(chunk)
          waitingBytes += chunk.length
          if (waitingBytes > MOST_BYTES) body.pause()
          if (paced) return
          pieces += 1
          if (pieces <= EAGER_PIECES) return deliver()
          paced = true
          pace.run(deliver)
        })
        body.once('end', () => {
          if (state !== 'open') return
          state = 'ended'
          if (!paced) deliver()
        })
        body.on('error', (error) => {
          if (state !== 'open') return
          state = 'over'
          if (error instanceof AddressRefused) controller.error(error)
          else controller.error(signal?.aborted ? signal.reason : new TypeError('terminated', { cause: error }))
        })
      },
      pull() {
        if (!paced && body.isPaused()) body.resume()
      },
      cancel() {
        state = 'over'
        waiting = []
        body.destroy()
      },
    },
    { highWaterMark: QUEUED_CHUNKS },
  )
}
