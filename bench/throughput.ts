import { setTimeout as delay } from 'node:timers/promises'
import { type OpenStream, openStream } from './http.ts'
import type { Longwatch } from './longwatch.ts'
import { round } from './statistics.ts'
import type { Model, Subject } from './subject.ts'
import { questionOf } from './tokens.ts'
import { Window } from './window.ts'

export const RATE = 50
const SETTLE_SECONDS = 0.5
/** How long streams may go on behind the window before they count as unfinished. */
const PATIENCE_MILLISECONDS = 15_000
/** A token that is seen within this is seen at once. */
const PROMPT_MILLISECONDS = 100
const PROMPT_SHARE = 0.99

export interface ThroughputRow extends Record<string, string | number> {
  runs: number
}

/** Starts runs one after the other, each with one watcher from its beginning. */
async function startRuns(subject: Subject, window: Window, runs: number, question: string): Promise<OpenStream[]> {
  const streams: Promise<OpenStream>[] = []
  for (let count = 0; count < runs; count += 1) {
    const one = subject.askAndWatch(question, window.take).then(({ stream }) => stream)
    one.catch(() => undefined)
    streams.push(one)
    // About a hundred starts a second: what is measured is streaming, not a rush of questions.
    await delay(10)
  }
  return Promise.all(streams)
}

/** How many of the streams did not end with `[DONE]` in time. */
async function unfinished(streams: OpenStream[]): Promise<number> {
  const given = new AbortController()
  const late = delay(PATIENCE_MILLISECONDS, null, { signal: given.signal }).catch(() => null)
  const ends = await Promise.all(streams.map((stream) => Promise.race([stream.ended, late])))
  given.abort()
  for (const stream of streams) stream.close()
  return ends.filter((end) => !end?.complete).length
}

/** So many runs at once, each of 50 tokens a second, each with one watcher. */
export async function measureRuns(subject: Subject, model: Model, runs: number, seconds: number) {
  const window = new Window()
  // All runs wait for their first token until all are watched, and end together when the window is over.
  const question = questionOf({ tokens: RATE * 120, rate: RATE, gated: true })
  const streams = await startRuns(subject, window, runs, question)
  const before = await model.begin()
  await delay(SETTLE_SECONDS * 1000)
  const costs = await window.measure(subject, model, seconds)
  const sent = (await model.finishAnswers()) - before
  const open = await unfinished(streams)
  const offered = runs * RATE
  const missing = Math.max(0, sent - window.tokensSeen)
  const prompt = window.delays.within(PROMPT_MILLISECONDS) / Math.max(1, window.delays.total + missing)
  const row: ThroughputRow = {
    runs,
    'tokens/s offered': offered,
    'tokens/s seen': round(window.tokensArrived / costs.seconds, 0),
    'seen within 100 ms': `${round(prompt * 100, 2)} %`,
    'p50 ms': window.delays.percentile(0.5),
    'p99 ms': window.delays.percentile(0.99),
    'server CPU µs/token': round((costs.subjectMilliseconds * 1000) / Math.max(1, window.tokensArrived), 0),
    'server cores': round(costs.cores.subject, 2),
    ...(subject.redis && { 'redis cores': round(costs.cores.redis, 2) }),
    'model cores': round(costs.cores.model, 2),
    'client cores': round(costs.cores.client, 2),
    'other cores': round(costs.cores.others, 2),
    unfinished: open,
  }
  return { row, saturated: prompt < PROMPT_SHARE || open > 0 }
}

/** A few runs whose model answers as fast as it is read: the most tokens a second that one process takes. */
export async function measureUnpaced(subject: Longwatch, model: Model, runs: number, seconds: number) {
  const window = new Window()
  const question = questionOf({ tokens: 1_000_000, rate: 0 })
  const ids = await Promise.all(Array.from({ length: runs }, () => subject.ask(question)))
  const streams = await Promise.all(ids.map((id) => openStream(subject.endpoint, subject.streamPath(id), window.take)))
  // Until tokens flow: an unpaced answer comes in large pieces, the first of them late.
  for (let tries = 0; window.tokensSeen === 0 && tries < 100; tries += 1) await delay(100)
  await delay(SETTLE_SECONDS * 1000)
  const costs = await window.measure(subject, model, seconds)
  await Promise.all(ids.map((id) => subject.cancel(id)))
  await unfinished(streams)
  return {
    'unpaced runs': runs,
    'tokens/s seen': round(window.tokensArrived / costs.seconds, 0),
    'events/s seen': round(window.eventsArrived / costs.seconds, 0),
    'server CPU µs/token': round((costs.subjectMilliseconds * 1000) / Math.max(1, window.tokensArrived), 1),
    'server cores': round(costs.cores.subject, 2),
    ...(subject.redis && { 'redis cores': round(costs.cores.redis, 2) }),
    'model cores': round(costs.cores.model, 2),
    'client cores': round(costs.cores.client, 2),
    'other cores': round(costs.cores.others, 2),
  }
}
