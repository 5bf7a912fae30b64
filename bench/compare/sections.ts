import { measureFirstToken } from '../first-token.ts'
import type { Longwatch } from '../longwatch.ts'
import { measureMemory } from '../memory.ts'
import type { Row } from '../report.ts'
import type { Model, Subject } from '../subject.ts'
import { measureRuns } from '../throughput.ts'
import { measureWatchers } from '../watchers.ts'
import { type CatchUp, measureLongwatchCatchUp, measurePeerCatchUp } from './catch-up.ts'
import { measureCuts } from './cuts.ts'
import type { Figures, Side } from './figures.ts'
import { measureStorm } from './storm.ts'

export interface Extent {
  samples: number
  sizes: number[]
  repetitions: number
  seconds: number
  runs: number[]
  watchers: number[]
  idle: { runs: number; watchers: number }
  storm: { watchers: number; seconds: number }
  cuts: { answers: number; watchers: number; seconds: number }
}

export const FULL: Extent = {
  samples: 150,
  sizes: [1_000, 10_000, 100_000],
  repetitions: 5,
  seconds: 8,
  runs: [50, 100, 200, 500],
  watchers: [1, 100, 1_000],
  idle: { runs: 200, watchers: 1_000 },
  storm: { watchers: 200, seconds: 20 },
  cuts: { answers: 20, watchers: 3, seconds: 9 },
}

export const QUICK: Extent = {
  samples: 20,
  sizes: [1_000, 10_000],
  repetitions: 2,
  seconds: 2,
  runs: [50],
  watchers: [1, 100],
  idle: { runs: 50, watchers: 200 },
  storm: { watchers: 50, seconds: 6 },
  cuts: { answers: 5, watchers: 3, seconds: 4 },
}

/** One of the two, freshly started, and where its figures go. */
export interface Measured {
  side: Side
  subject: Subject
  /** The same once more where only Longwatch can be asked; null for the peer. */
  longwatch: Longwatch | null
  model: Model
  extent: Extent
  figures: Figures
  /** Keeps a row as it was measured. */
  keep(row: Row): void
}

type Section = (measured: Measured) => Promise<void>

const number = (row: Row | undefined, name: string) => Number(row?.[name])
const plain = (count: number) => count.toLocaleString('en')

/** What `compare` measures, each part on fresh processes. */
export const sections: Record<string, { title: string; measure: Section }> = {
  'first-token': {
    title: 'Time to the first token',
    async measure({ side, subject, model, extent, figures, keep }) {
      const [bare, through, added] = await measureFirstToken(subject, model, extent.samples)
      for (const row of [bare, through, added]) if (row) keep(row)
      figures.add(side, 'first token, median', 'ms', 'lower', number(through, 'median ms'))
      figures.add(side, 'first token, 95th percentile', 'ms', 'lower', number(through, 'p95 ms'))
      figures.add(side, 'added to the bare model (paired), median', 'ms', 'lower', number(added, 'median ms'))
    },
  },
  'catch-up': {
    title: 'Catch-up',
    async measure({ side, subject, longwatch, model, extent, figures, keep }) {
      for (const events of extent.sizes) {
        const { active, replayed, loaded } = longwatch
          ? await measureLongwatchCatchUp(longwatch, model, events, extent.repetitions)
          : await measurePeerCatchUp(subject, model, events, extent.repetitions)
        const add = (what: string, found: CatchUp | string) => {
          keep({ events, what, ...(typeof found === 'string' ? { failed: found } : found) })
          const name = `${what}, ${plain(events)} events`
          if (typeof found === 'string') figures.add(side, name, 'ms', 'lower', null, found)
          else figures.add(side, name, 'ms', 'lower', found.milliseconds)
        }
        add('active answer from its beginning', active)
        add('finished answer, its events', replayed)
        add('finished answer, as a page loads it', loaded)
      }
    },
  },
  watchers: {
    title: 'Watchers of one answer of 50 tokens a second',
    async measure({ side, subject, model, extent, figures, keep }) {
      await measureWatchers(subject, model, 50, 1)
      for (const watchers of extent.watchers) {
        const row = await measureWatchers(subject, model, watchers, extent.seconds)
        keep(row)
        const name = `${plain(watchers)} ${watchers === 1 ? 'watcher' : 'watchers'}`
        figures.add(
          side,
          `${name}: tokens delivered per CPU second of the server`,
          '1/s',
          'higher',
          number(row, 'tokens per server CPU s'),
        )
        figures.add(side, `${name}: delay, 99th percentile`, 'ms', 'lower', number(row, 'p99 ms'))
        figures.add(side, `${name}: unfinished`, 'streams', 'lower', number(row, 'unfinished'))
        figures.add(
          side,
          `${name}: Redis round trips per token`,
          'calls',
          'lower',
          number(row, 'redis round trips per token'),
        )
        figures.add(
          side,
          `${name}: Redis commands per token`,
          'calls',
          'lower',
          number(row, 'redis commands per token'),
        )
        figures.add(side, `${name}: traffic with Redis per token`, 'KiB', 'lower', number(row, 'redis KiB per token'))
        figures.add(side, `${name}: CPU of redis-server`, 'cores', 'lower', number(row, 'redis cores'))
      }
      keep({ 'redis connections at the end': (await subject.redis?.stats())?.clients ?? 0 })
    },
  },
  runs: {
    title: 'Answers of 50 tokens a second at once in one process',
    async measure({ side, subject, model, extent, figures, keep }) {
      await measureRuns(subject, model, 20, 1)
      for (const runs of extent.runs) {
        const { row } = await measureRuns(subject, model, runs, extent.seconds)
        keep(row)
        const name = `${plain(runs)} answers`
        figures.add(
          side,
          `${name}: tokens seen within 100 ms`,
          '%',
          'higher',
          Number.parseFloat(String(row['seen within 100 ms'])),
        )
        figures.add(side, `${name}: delay, 99th percentile`, 'ms', 'lower', number(row, 'p99 ms'))
        figures.add(side, `${name}: unfinished`, 'streams', 'lower', number(row, 'unfinished'))
        figures.add(side, `${name}: CPU of the server per token`, 'µs', 'lower', number(row, 'server CPU µs/token'))
      }
    },
  },
  memory: {
    title: 'Memory',
    async measure({ side, subject, model, extent, figures, keep }) {
      const [run, watcher] = await measureMemory(subject, extent.idle.runs, extent.idle.watchers)
      for (const row of [run, watcher]) if (row) keep(row)
      await model.finishAnswers()
      figures.add(side, 'waiting answer, resident', 'KiB', 'lower', number(run, 'resident KiB each'))
      figures.add(side, 'waiting answer, heap and buffers', 'KiB', 'lower', number(run, 'heap and buffers KiB each'))
      figures.add(side, 'waiting answer, in Redis', 'KiB', 'lower', number(run, 'redis KiB each'))
      figures.add(side, 'idle watcher, resident', 'KiB', 'lower', number(watcher, 'resident KiB each'))
      figures.add(side, 'idle watcher, heap and buffers', 'KiB', 'lower', number(watcher, 'heap and buffers KiB each'))
      figures.add(side, 'whole process with all of them', 'MiB', 'lower', number(watcher, 'process MiB'))
    },
  },
  storm: {
    title: 'Storm: connections that break every 2 s',
    async measure({ side, subject, model, extent, figures, keep }) {
      const { watchers, seconds } = extent.storm
      const found = await measureStorm(subject, model, watchers, seconds)
      keep({ ...found, alive: String(found.alive) })
      const of = `of ${watchers} watchers over ${seconds} s`
      figures.add(side, `end with the whole answer, ${of}`, 'watchers', 'higher', found.whole)
      figures.add(side, 'refused, or a broken connection', 'requests', 'lower', found.refused)
      figures.add(side, 'whole after the last token, median', 'ms', 'lower', found.medianLateMilliseconds)
      figures.add(side, 'CPU of the server', 's', 'lower', found.serverCpuSeconds)
      figures.add(side, 'traffic with Redis', 'MiB', 'lower', found.redisMiB)
    },
  },
  'cuts-normal': cuts('normal', 'Redis closes its ordinary connections once a second'),
  'cuts-pubsub': cuts('pubsub', 'Redis closes its subscribed connections once a second'),
}

function cuts(kind: 'normal' | 'pubsub', title: string): { title: string; measure: Section } {
  return {
    title: `${title} (\`CLIENT KILL TYPE ${kind}\`)`,
    async measure({ side, subject, model, extent, figures, keep }) {
      const found = await measureCuts(subject, model, { kind, ...extent.cuts })
      keep({ ...found, alive: String(found.alive) })
      figures.add(side, `tokens lost, of ${plain(found.tokens)}`, 'tokens', 'lower', found.lost)
      figures.add(side, 'tokens twice', 'tokens', 'lower', found.twice)
      figures.add(side, `end with the whole answer, of ${found.watchers}`, 'watchers', 'higher', found.whole)
      figures.add(side, 'unfinished', 'streams', 'lower', found.unfinished)
      figures.add(side, `stored answers that are whole, of ${found.answers}`, 'answers', 'higher', found.storedWhole)
      figures.add(side, 'the process lives', '1 or 0', 'higher', found.alive ? 1 : 0)
    },
  }
}
