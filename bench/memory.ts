import { setTimeout as delay } from 'node:timers/promises'
import { round } from './statistics.ts'
import type { Subject } from './subject.ts'
import { questionOf } from './tokens.ts'
import { watchBy } from './watchers.ts'

const QUESTION = questionOf({ tokens: 1, rate: 50, hold: true })

/** Starts runs that show one token and then wait for their model; nobody watches them. */
async function waitingRuns(subject: Subject, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const shown = Promise.withResolvers<void>()
    const { id, stream } = await subject.askAndWatch(QUESTION, (lines) => {
      if (lines.includes('~')) shown.resolve()
    })
    await shown.promise
    await subject.untilWatchable(id)
    stream.close()
    ids.push(id)
  }
  return ids
}

async function settled(subject: Subject) {
  await delay(1_000)
  return { ...(await subject.memory()), redis: (await subject.redis?.stats())?.memory ?? 0 }
}

/** Memory of waiting runs and of idle watchers: differences of the process with and without many of them. */
export async function measureMemory(subject: Subject, runs: number, watchers: number) {
  // Code, caches and pools that the first of them bring do not count.
  const [first = ''] = await waitingRuns(subject, 20)
  for (const stream of await watchBy(subject, first, 100, () => {})) stream.close()
  const empty = await settled(subject)
  await waitingRuns(subject, runs)
  const withRuns = await settled(subject)
  const streams = await watchBy(subject, first, watchers, () => {})
  const withWatchers = await settled(subject)
  for (const stream of streams) stream.close()
  type Memory = typeof empty
  const row = (name: string, count: number, before: Memory, after: Memory) => ({
    memory: name,
    count,
    'resident KiB each': round((after.resident - before.resident) / count / 1024),
    'heap and buffers KiB each': round((after.used - before.used) / count / 1024),
    ...(subject.redis && { 'redis KiB each': round((after.redis - before.redis) / count / 1024) }),
    'process MiB': round(after.resident / 1024 / 1024, 0),
  })
  return [row('waiting run', runs, empty, withRuns), row('idle watcher of one run', watchers, withRuns, withWatchers)]
}
