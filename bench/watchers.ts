import { setTimeout as delay } from 'node:timers/promises'
import { roundTrips, totalCalls } from './commandstats.ts'
import { type OpenStream, openStream } from './http.ts'
import { round } from './statistics.ts'
import type { Model, Subject } from './subject.ts'
import { RATE } from './throughput.ts'
import { questionOf } from './tokens.ts'
import { Window } from './window.ts'

const AT_ONCE = 20

/** Opens so many streams on one run, some at a time. */
export async function watchBy(subject: Subject, id: string, watchers: number, take: (lines: string) => void) {
  const streams: OpenStream[] = []
  while (streams.length < watchers) {
    const next = Math.min(AT_ONCE, watchers - streams.length)
    const opened = Array.from({ length: next }, () => openStream(subject.endpoint, subject.streamPath(id), take))
    streams.push(...(await Promise.all(opened)))
  }
  return streams
}

/** What each token of the one answer costs Redis. */
function redisCosts({ redis, cores }: Awaited<ReturnType<Window['measure']>>): Record<string, number> {
  if (!redis) return {}
  const tokens = RATE * redis.seconds
  return {
    'redis cores': round(cores.redis, 2),
    'redis round trips per token': round(roundTrips(redis.calls) / tokens, 2),
    'redis commands per token': round(totalCalls(redis.calls) / tokens, 2),
    'redis KiB per token': round(redis.bytes / 1024 / tokens, 2),
  }
}

/** So many watchers on one run of 50 tokens a second. */
export async function measureWatchers(subject: Subject, model: Model, watchers: number, seconds: number) {
  const window = new Window()
  const question = questionOf({ tokens: RATE * 120, rate: RATE, gated: true })
  const { id, stream } = await subject.askAndWatch(question, window.take)
  await subject.untilWatchable(id)
  const streams = [stream, ...(await watchBy(subject, id, watchers - 1, window.take))]
  await model.begin()
  await delay(500)
  const costs = await window.measure(subject, model, seconds)
  await model.finishAnswers()
  const late = delay(15_000, null, { ref: false })
  const ends = await Promise.all(streams.map((stream) => Promise.race([stream.ended, late])))
  for (const stream of streams) stream.close()
  return {
    watchers,
    'tokens/s offered': watchers * RATE,
    'tokens/s seen': round(window.tokensArrived / costs.seconds, 0),
    'tokens per server CPU s': round(window.tokensArrived / Math.max(0.01, costs.subjectMilliseconds / 1000), 0),
    'events/s seen': round(window.eventsArrived / costs.seconds, 0),
    'events per server CPU s': round(window.eventsArrived / Math.max(0.01, costs.subjectMilliseconds / 1000), 0),
    'p50 ms': window.delays.percentile(0.5),
    'p99 ms': window.delays.percentile(0.99),
    'server cores': round(costs.cores.subject, 2),
    ...redisCosts(costs),
    'client cores': round(costs.cores.client, 2),
    'other cores': round(costs.cores.others, 2),
    unfinished: ends.filter((end) => !end?.complete).length,
  }
}
