import { setTimeout as delay } from 'node:timers/promises'
import { finishedRun, waitingRun } from '../catch-up.ts'
import { call, openStream, UnexpectedStatus } from '../http.ts'
import type { Longwatch } from '../longwatch.ts'
import { cpuOf } from '../processes.ts'
import { lengthenActive, lengthenFinished } from '../seed-log.ts'
import { median, round } from '../statistics.ts'
import type { Model, Subject } from '../subject.ts'
import { questionOf } from '../tokens.ts'

/** No catch-up takes longer, or it has failed. */
const PATIENCE_MILLISECONDS = 60_000
const DELTA = '"text-delta"'

/** Counts the deltas in lines. */
function deltasIn(lines: string): number {
  let count = 0
  for (let place = lines.indexOf(DELTA); place >= 0; place = lines.indexOf(DELTA, place + DELTA.length)) count += 1
  return count
}

export interface CatchUp {
  milliseconds: number
  cpuMilliseconds: number
}

/** Reads a stream from its beginning until so many deltas came; answers milliseconds, or null when it ends before. */
async function readDeltas(subject: Subject, id: string, deltas: number): Promise<number | null> {
  const began = performance.now()
  let seen = 0
  const all = Promise.withResolvers<number>()
  const stream = await openStream(subject.endpoint, subject.streamPath(id), (lines) => {
    seen += deltasIn(lines)
    if (seen >= deltas) all.resolve(performance.now() - began)
  })
  const given = new AbortController()
  const late = delay(PATIENCE_MILLISECONDS, null, { signal: given.signal }).catch(() => null)
  const ended = stream.ended.then(() => (seen >= deltas ? all.promise : null))
  const milliseconds = await Promise.race([all.promise, ended, late])
  given.abort()
  stream.close()
  return milliseconds
}

/** Repeats a reading; the first one warms up and does not count. Null when any failed, and why. */
async function repeat(subject: Subject, times: number, once: () => Promise<number | null>): Promise<CatchUp | string> {
  const found: number[] = []
  let before = 0
  for (let count = 0; count <= times; count += 1) {
    if (count === 1) before = cpuOf(subject.pid)
    let milliseconds: number | null
    try {
      milliseconds = await once()
    } catch (error) {
      return error instanceof UnexpectedStatus ? `HTTP ${error.status}` : 'failed'
    }
    if (milliseconds === null) return 'not all events came'
    if (count > 0) found.push(milliseconds)
  }
  return { milliseconds: round(median(found)), cpuMilliseconds: round((cpuOf(subject.pid) - before) / times, 0) }
}

/** An answer whose tokens the model wrote as fast as they were taken, and which waits for more. */
async function grownAnswer(subject: Subject, tokens: number): Promise<string> {
  let seen = 0
  const all = Promise.withResolvers<void>()
  const late = setTimeout(() => all.reject(new Error(`Only ${seen} of ${tokens} tokens came.`)), PATIENCE_MILLISECONDS)
  const { id, stream } = await subject.askAndWatch(questionOf({ tokens, rate: 0, hold: true }), (lines) => {
    for (const _ of lines.matchAll(/~/g)) seen += 1
    if (seen >= tokens) all.resolve()
  })
  try {
    await all.promise
    await subject.untilWatchable(id)
  } finally {
    clearTimeout(late)
    stream.close()
  }
  return id
}

async function untilStored(subject: Subject, id: string, length: number): Promise<void> {
  for (let tries = 0; (await subject.storedAnswer(id)).length < length; tries += 1) {
    if (tries > 100) throw new Error('The answer was not stored.')
    await delay(100)
  }
}

export interface CatchUps {
  active: CatchUp | string
  /** The finished answer's stream, from its beginning. */
  replayed: CatchUp | string
  /** The finished answer as a page reads it that is loaded. */
  loaded: CatchUp | string
}

/** Reading at once what a whole answer of so many events consists of: while it is active, and when it has ended. */
export async function measurePeerCatchUp(
  subject: Subject,
  model: Model,
  events: number,
  times: number,
): Promise<CatchUps> {
  const id = await grownAnswer(subject, events)
  const active = await repeat(subject, times, () => readDeltas(subject, id, events))
  await model.finishAnswers()
  await untilStored(subject, id, events * 7)
  const replayed = await repeat(subject, times, () => readDeltas(subject, id, events))
  const loaded = await repeat(subject, times, () => timeOf(subject, `/api/chat/${id}`))
  return { active, replayed, loaded }
}

/**
 * The same for Longwatch, whose events are written into the store, one token each: a quick model's tokens would be merged
 * into far fewer events than the peer has. The stored answer is one that the model wrote.
 */
export async function measureLongwatchCatchUp(
  subject: Longwatch,
  model: Model,
  events: number,
  times: number,
): Promise<CatchUps> {
  const store = await subject.openStore()
  try {
    const place = (runId: string) => ({ organisationId: subject.organisationId, runId })
    const waiting = await waitingRun(subject)
    const activeDeltas = await lengthenActive(store, place(waiting), events)
    const active = await repeat(subject, times, () => readDeltas(subject, waiting, activeDeltas))
    const finished = await finishedRun(subject)
    const finishedDeltas = await lengthenFinished(store, place(finished), events)
    const replayed = await repeat(subject, times, () => readDeltas(subject, finished, finishedDeltas))
    const written = await grownAnswer(subject, events)
    await model.finishAnswers()
    await untilStored(subject, written, events * 7)
    const path = await subject.sessionPath(written)
    const loaded = await repeat(subject, times, () => timeOf(subject, path))
    return { active, replayed, loaded }
  } finally {
    await store.close()
  }
}

async function timeOf(subject: Subject, path: string): Promise<number> {
  const began = performance.now()
  await call(subject.endpoint, path)
  return performance.now() - began
}
