import { usesBearer } from '@/lib/auth/authenticate'
import { readSession } from '@/lib/auth/session'
import type { Ctx } from '@/lib/context'
import { badRequest } from '@/lib/errors'
import { Answer, type Sink } from '@/lib/http/answer'
import type { ApiRequest } from '@/lib/http/api-request'
import type { LogEntry } from '@/lib/stores/contract'
import { gauge } from '@/lib/telemetry/metrics'

const KEEP_ALIVE = 15_000
/**
 * Milliseconds that an opened stream waits for something to say: what is there by then goes out together with the
 * answer's head, and a write to a socket is the dearest single thing on the way to a first word.
 */
const OPEN_WAIT = 5

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-vercel-ai-ui-message-stream': 'v1',
}

const openStreams = () => gauge('longwatch_event_streams', 'Open event streams')

/** One open stream of server-sent events. */
export interface EventStream {
  /** Aborts when the client is gone, or when this process wants its streams to move to another one. */
  signal: AbortSignal
  /** From now on the answer is a stream: what fails later closes it. Before, an error is an ordinary answer. */
  begin(headers?: Record<string, string>): void
  /** Resolves when the reader has room for more; never throws, a closed stream swallows. */
  write(text: string | Uint8Array): Promise<void>
}

const encoder = new TextEncoder()
const OPEN = encoder.encode(': open\n\n')
const KEPT_ALIVE = encoder.encode(': keep-alive\n\n')
const encoded = new WeakMap<LogEntry[], Uint8Array>()

/** As `frames`, in bytes; watchers of one run that get the same batch share them. */
export function encodedFrames(entries: LogEntry[]): Uint8Array {
  let bytes = encoded.get(entries)
  if (!bytes) {
    bytes = encoder.encode(frames(entries))
    encoded.set(entries, bytes)
  }
  return bytes
}

/** The frames of stored events: `id` is the event's number, `data` its text as stored. */
export function frames(entries: LogEntry[]): string {
  let text = ''
  for (const { n, data } of entries) text += `id: ${n}\ndata: ${data}\n\n`
  return text
}

/** `?after=`, else `Last-Event-ID`, else 0. A 400 for a header that is no event number. */
export function readCursor(request: ApiRequest, after: number | undefined): number {
  if (after !== undefined) return after
  const header = request.headers.get('last-event-id')
  if (header === null || header === '') return 0
  if (!/^\d{1,15}$/.test(header)) throw badRequest('Last-Event-ID', 'Expected the number of an event.')
  return Number(header)
}

/**
 * Whether the cookie that opened a stream still signs in: a sign-out everywhere, and another password, end the streams of
 * every device too. A store that is away says nothing about that. Tokens are looked at by what is watched.
 */
async function isStillSignedIn(ctx: Ctx, request: ApiRequest): Promise<boolean> {
  const cookie = request.headers.get('cookie')
  if (!cookie || usesBearer(request)) return true
  try {
    return (await readSession(ctx.services.store, cookie))?.id === ctx.principal.id
  } catch {
    return true
  }
}

/**
 * Answers with a stream that `produce` writes. Work belongs to the stream and ends with it; runs do not: closing a
 * stream never touches one. `produce` may throw before `begin()`; afterwards a failure closes the stream, to be
 * taken up again by cursor.
 */
export function eventStream(
  ctx: Ctx,
  request: ApiRequest,
  produce: (stream: EventStream) => Promise<void>,
): Promise<Answer> {
  const gone = new AbortController()
  const { streams } = ctx.services
  const leaving = [request.signal, streams.signal]
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  let begun = false
  // Null until the answer is on its way.
  let sink: Sink | null = null
  let full = true
  let opening: NodeJS.Timeout | undefined
  // Several watches write into one stream: all of them wait for the same room.
  let room: PromiseWithResolvers<void> | null = null
  let closed = false

  const makeRoom = () => {
    full = false
    room?.resolve()
    room = null
  }
  const untilRoom = async () => {
    while (full && !closed) {
      room ??= Promise.withResolvers()
      await room.promise
    }
  }

  const close = () => {
    if (closed) return
    closed = true
    clearInterval(keepAlive)
    if (lifetime) clearTimeout(lifetime)
    for (const signal of leaving) signal.removeEventListener('abort', close)
    gone.abort()
    makeRoom()
    if (!sink) return
    openStreams().dec()
    try {
      if (opening) sink.write(OPEN)
      sink.close()
    } catch {
      // The client closed it first.
    }
    clearTimeout(opening)
    sink = null
  }
  const send = (bytes: Uint8Array) => {
    if (!sink) return
    clearTimeout(opening)
    opening = undefined
    try {
      full = !sink.write(bytes)
    } catch {
      close()
    }
  }
  const keepAlive = setInterval(() => {
    if (!full) send(KEPT_ALIVE)
    void isStillSignedIn(ctx, request).then((still) => still || close())
  }, KEEP_ALIVE)
  const lifetime = streams.lifetimeMilliseconds && setTimeout(close, streams.lifetimeMilliseconds)
  for (const signal of leaving) {
    if (signal.aborted) close()
    else signal.addEventListener('abort', close, { once: true })
  }

  const stream: EventStream = {
    signal: gone.signal,
    begin(headers = {}) {
      begun = true
      const open = (given: Sink) => {
        // The client left, or the streams were handed over, before this one was allowed to begin.
        if (closed) return given.close()
        sink = given
        openStreams().inc()
        // Bytes soon, so that proxies and clients see the stream open.
        opening = setTimeout(() => send(OPEN), OPEN_WAIT)
        makeRoom()
      }
      const body = { open, resume: makeRoom, cancel: close }
      resolve(new Answer(body, { status: 200, headers: { ...HEADERS, ...headers, 'x-request-id': ctx.requestId } }))
    },
    async write(text) {
      await untilRoom()
      send(typeof text === 'string' ? encoder.encode(text) : text)
      await untilRoom()
    },
  }
  produce(stream).then(close, (error) => {
    if (!begun) reject(error)
    else if (!closed) ctx.services.logger.warn({ err: error, requestId: ctx.requestId }, 'an event stream broke off')
    close()
  })
  return promise
}
