import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { Environment } from '@/components/chat/live/environment'
import { createPace, type Pace } from '@/components/chat/live/pace'
import type { ConnectionStatus, LiveEvent, Watch } from '@/components/chat/live/types'

export interface ConnectionOptions {
  baseUrl: string
  fetch: typeof fetch
  environment: Environment
  /** Asked at every connect, so that the cursors are as of then. None: no connection is held. */
  watches: () => Watch[]
  onEvent: (event: LiveEvent) => void
  /** The server accepted these watches; their events follow. */
  onOpen: (watches: Watch[]) => void
  onStatus: (status: ConnectionStatus) => void
  onSignedOut: () => void
  /** Milliseconds; the defaults are for people, tests are in more of a hurry. */
  timing?: Partial<ConnectionTiming>
}

export interface ConnectionTiming {
  firstRetry: number
  lastRetry: number
  /** Silence after which the connection counts as dead. The server comments every 15 s. */
  idle: number
  /** How long changes of the watches are gathered. */
  debounce: number
}

export const defaultTiming: ConnectionTiming = { firstRetry: 250, lastRetry: 5_000, idle: 45_000, debounce: 5 }

export interface Connection {
  /** Connects anew, soon, with the watches as they are then. */
  refresh: () => void
  close: () => void
}

const EVENT_TYPES = new Set(['session', 'message', 'log', 'run', 'org', 'error'])

const urlOf = (baseUrl: string, watches: Watch[]) => {
  const query = new URLSearchParams()
  for (const { key, cursor } of watches) query.append('watch', cursor === null ? key : `${key}@${cursor}`)
  return `${baseUrl}/api/events?${query}`
}

/** Characters of the stream that are taken apart at a time. */
const PIECE = 32_768

/**
 * Reads one stream to its end, at a pace that leaves the page its frames when much comes at once. Throws what the
 * network throws; an event that is no JSON ends the stream as broken.
 */
async function readEvents(
  body: ReadableStream<Uint8Array>,
  pace: Pace,
  onBytes: () => void,
  onEvent: (event: LiveEvent) => void,
) {
  const decoder = new TextDecoder()
  let parsed: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (message) => parsed.push(message) })
  const reader = body.getReader()
  const deliver = async () => {
    const messages = parsed
    parsed = []
    for (const { event, data } of messages) {
      if (!event || !EVENT_TYPES.has(event)) continue
      if (pace.isDue()) {
        await pace.rest()
        onBytes()
      }
      pace.work(() => onEvent({ type: event, data: JSON.parse(data) } as LiveEvent))
    }
  }
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes()
      const text = decoder.decode(value, { stream: true })
      for (let from = 0; from < text.length; from += PIECE) {
        pace.work(() => parser.feed(text.slice(from, from + PIECE)))
        await deliver()
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/**
 * Holds one stream of `GET /api/events` open: connects again with growing pauses when it ends, breaks or falls silent,
 * and at once when the network comes back or the page is shown. When the network goes, the stream is given up at once:
 * a dead socket would look open until it is silent for too long. What was missed comes by cursor.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { environment } = options
  const timing = { ...defaultTiming, ...options.timing }
  let current: AbortController | null = null
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let refreshTimer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let brokenSince: number | null = null
  let lastByte = 0
  let closed = false
  const pace = createPace(environment)

  function reportBroken() {
    brokenSince ??= Date.now()
    options.onStatus({ state: environment.isOnline() ? 'reconnecting' : 'offline', since: brokenSince })
  }

  function retry(atLeast = 0) {
    reportBroken()
    const pause =
      Math.min(timing.lastRetry, timing.firstRetry * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2)
    failures++
    clearTimeout(retryTimer)
    retryTimer = setTimeout(connect, Math.max(pause, atLeast))
  }

  async function stream(watches: Watch[], mine: AbortController): Promise<number> {
    const response = await options.fetch(urlOf(options.baseUrl, watches), {
      headers: { accept: 'text/event-stream' },
      cache: 'no-store',
      signal: mine.signal,
    })
    if (response.status === 401) {
      close()
      options.onSignedOut()
      return 0
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      return Math.min(Number(response.headers.get('retry-after')) || 0, 60) * 1000
    }
    brokenSince = null
    options.onOpen(watches)
    options.onStatus({ state: 'open' })
    const onBytes = () => {
      lastByte = Date.now()
    }
    await readEvents(response.body, pace, onBytes, (event) => {
      if (mine.signal.aborted) return
      failures = 0
      options.onEvent(event)
    })
    return 0
  }

  /** Ends a connection that has been silent for too long, also before its answer's head came. */
  function watchSilence(mine: AbortController): ReturnType<typeof setInterval> {
    lastByte = Date.now()
    return setInterval(() => {
      if (Date.now() - lastByte > timing.idle) mine.abort()
    }, timing.idle / 4)
  }

  async function connect() {
    clearTimeout(retryTimer)
    clearTimeout(refreshTimer)
    refreshTimer = undefined
    current?.abort()
    current = null
    if (closed) return
    const watches = options.watches()
    if (watches.length === 0) {
      brokenSince = null
      options.onStatus({ state: 'open' })
      return
    }
    const mine = new AbortController()
    current = mine
    const silence = watchSilence(mine)
    let atLeast = 0
    try {
      atLeast = await stream(watches, mine)
    } catch {
      // Whatever broke it, the remedy is the same: connect again, by cursor.
    } finally {
      clearInterval(silence)
      mine.abort()
    }
    if (current !== mine || closed) return
    current = null
    retry(atLeast)
  }

  const stopWake = environment.onWake(() => {
    // After sleep a dead socket may look open: the server's comments are 15 s apart.
    const isSilent = Date.now() - lastByte > Math.min(20_000, timing.idle)
    if (!closed && (current === null || isSilent)) void connect()
  })

  const stopOffline = environment.onOffline(() => {
    // Its end is what starts the retries; one that is waiting for its turn only changes what is said.
    if (current) current.abort()
    else if (!closed && brokenSince !== null) reportBroken()
  })

  function close() {
    closed = true
    stopWake()
    stopOffline()
    clearTimeout(retryTimer)
    clearTimeout(refreshTimer)
    current?.abort()
    current = null
  }

  options.onStatus({ state: 'connecting' })
  return {
    refresh: () => {
      if (!closed) refreshTimer ??= setTimeout(connect, timing.debounce)
    },
    close,
  }
}
