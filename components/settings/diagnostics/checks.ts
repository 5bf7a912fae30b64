import { requestJson } from '@/components/api/request'
import { apiUrl } from '@/components/site'
import type { Diagnostics } from '@/lib/telemetry/diagnose'

/** How many milliseconds the browser's clock is ahead of the server's, and how exactly that is known. */
export interface ClockCheck {
  aheadMilliseconds: number
  withinMilliseconds: number
}

export type StreamCheck =
  | { status: 'live'; firstMilliseconds: number; events: number }
  /** Everything came at once, though it was sent over a second. */
  | { status: 'buffered'; firstMilliseconds: number; events: number }
  | { status: 'failed'; message: string }

/** Asks for the diagnostics and, from the time that takes, how far the clocks are apart. */
export async function readDiagnostics(organisationId: string): Promise<{ found: Diagnostics; clock: ClockCheck }> {
  const found = await requestJson<Diagnostics>(`/api/diagnostics?org=${organisationId}`)
  // Asked again for the clock alone: the first answer waited for servers.
  const sent = Date.now()
  const response = await fetch(apiUrl('/api/health'), { cache: 'no-store' })
  await response.body?.cancel()
  const received = Date.now()
  const server = Date.parse(response.headers.get('date') ?? '') || found.now
  // The header has whole seconds: the middle of one.
  const aheadMilliseconds = Math.round((sent + received) / 2 - (server + 500))
  return { found, clock: { aheadMilliseconds, withinMilliseconds: 500 + Math.ceil((received - sent) / 2) } }
}

/** Sent over about a second: arriving within this, they were held back together. */
const TOGETHER = 300
const EXPECTED = 10

/** Reads the diagnostic stream as every watcher reads its own, and tells whether a proxy on the way holds it back. */
export async function checkStream(path: `/api/${string}` = '/api/diagnostics/stream'): Promise<StreamCheck> {
  const began = performance.now()
  const arrivals: number[] = []
  try {
    const response = await fetch(apiUrl(path), { headers: { accept: 'text/event-stream' }, cache: 'no-store' })
    if (!response.ok || !response.body) return { status: 'failed', message: `It was answered ${response.status}.` }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      text += value
      const events = text.split('\n\n').filter((event) => event.startsWith('id:')).length
      while (arrivals.length < events) arrivals.push(performance.now() - began)
    }
  } catch {
    return { status: 'failed', message: 'The connection broke off.' }
  }
  const [first] = arrivals
  if (first === undefined || arrivals.length < EXPECTED)
    return { status: 'failed', message: `${arrivals.length} of ${EXPECTED} events arrived.` }
  const spread = (arrivals.at(-1) ?? first) - first
  return {
    status: spread < TOGETHER ? 'buffered' : 'live',
    firstMilliseconds: Math.round(first),
    events: arrivals.length,
  }
}
