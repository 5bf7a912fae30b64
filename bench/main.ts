// The measurements of `npm run bench`. Every load is bounded in time and count and stays on the loopback interface.
import { parseArgs } from 'node:util'
import { measureCatchUp } from './catch-up.ts'
import { chosenSections, measureSections, stopWith, writeResults } from './command.ts'
import { measureFirstToken } from './first-token.ts'
import { type Longwatch, STORES, type StoreKind } from './longwatch.ts'
import { measureMemory } from './memory.ts'
import { type Row, table } from './report.ts'
import type { Model } from './subject.ts'
import { measureRuns, measureUnpaced } from './throughput.ts'
import { measureWatchers } from './watchers.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string', default: 'test-results/bench.json' },
    profile: { type: 'string' },
    store: { type: 'string', default: 'sqlite' },
  },
})

const store = values.store as StoreKind
if (!STORES.includes(store)) stopWith(`--store is one of ${STORES.join(', ')}.`)

const FULL = { samples: 200, sizes: [1_000, 10_000, 100_000], repetitions: 7, seconds: 10, most: 1_000, step: 100 }
const QUICK: typeof FULL = { samples: 40, sizes: FULL.sizes, repetitions: 3, seconds: 2, most: 0, step: 100 }
const extent = values.quick ? QUICK : FULL

const results: Record<string, Row[]> = {}

function add(section: string, ...rows: Row[]): void {
  results[section] = [...(results[section] ?? []), ...rows]
  // Progress; the tables come when a section is complete.
  for (const row of rows) console.error(`${section}: ${JSON.stringify(row)}`)
}

type Section = (subject: Longwatch, model: Model) => Promise<void>

const sections: Record<string, Section> = {
  async 'first-token'(subject, model) {
    add('first-token', ...(await measureFirstToken(subject, model, extent.samples)))
  },
  async 'catch-up'(subject) {
    add('catch-up', ...(await measureCatchUp(subject, extent.sizes, extent.repetitions)))
  },
  async runs(subject, model) {
    // Code that runs for the first time is slow; users meet it after a start, not for ever.
    await measureRuns(subject, model, 20, 1)
    const measure = async (runs: number) => {
      const { row, saturated } = await measureRuns(subject, model, runs, extent.seconds)
      add('runs', row)
      return saturated
    }
    await measure(1)
    await measure(50)
    const { step, most } = extent
    // Where it ends: between 50 and 200, or from there on upwards.
    const further = (await measure(200))
      ? [100, 150]
      : Array.from({ length: 20 }, (_, index) => 200 + step * (index + 1))
    for (const runs of further) if (runs > most || (await measure(runs))) break
    results.runs?.sort((first, second) => Number(first.runs) - Number(second.runs))
  },
  async unpaced(subject, model) {
    await measureRuns(subject, model, 20, 1)
    add('unpaced', await measureUnpaced(subject, model, 8, extent.seconds))
  },
  async watchers(subject, model) {
    await measureWatchers(subject, model, 50, 1)
    for (const watchers of [1, 100, 1_000]) {
      add('watchers', await measureWatchers(subject, model, watchers, extent.seconds))
    }
  },
  async memory(subject) {
    add('memory', ...(await measureMemory(subject, 200, 1_000)))
  },
}

const names = chosenSections(values.only, sections)
const machine = await measureSections(names, { store, profile: values.profile }, async (name, subject, model) => {
  await sections[name]?.(subject, model)
  console.log(`\n${name}\n${table(results[name] ?? [])}`)
})
writeResults(values.json, { machine, options: values, results })
console.log(`\nWritten to ${values.json}.`)
process.exit(0)
