// `npm run bench -- browser`: what the page costs in Chromium, over the built application. See docs/benchmarks.md.
import { parseArgs } from 'node:util'
import type { Store } from '@/lib/stores/contract'
import { chosenSections, measureSections, writeResults } from '../command.ts'
import { call } from '../http.ts'
import type { Longwatch } from '../longwatch.ts'
import { machineBusy } from '../processes.ts'
import { type Row, table } from '../report.ts'
import { questionOf } from '../tokens.ts'
import { measureChart } from './chart.ts'
import { measureFirstLoad } from './first-load.ts'
import { measureLongRun } from './long-run.ts'
import { measureLongSession } from './long-session.ts'
import { openBrowser, type Seat, sessionAddress } from './open-browser.ts'
import { installHook } from './react-commits.ts'
import { seedChart, seedMessages } from './seed.ts'
import type { Work } from './trace.ts'
import { measureTyping } from './typing.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    explain: { type: 'boolean', default: false },
    json: { type: 'string', default: 'test-results/bench-browser.json' },
  },
})

const extent = values.quick
  ? { messages: 2_000, repetitions: 1, events: 20_000, characters: 60, written: 4_500 }
  : { messages: 2_000, repetitions: 7, events: 20_000, characters: 200, written: 4_500 }

interface Place {
  subject: Longwatch
  seat: Seat
  store: Store
}

const explain = (what: string, work: Work) => {
  if (values.explain) console.error(`  ${what}: ${work.explanation.join(' | ')}`)
}

/** A session of so many messages; its first turn is a real one. */
async function newSession({ subject, store, seat }: Place, count: number): Promise<string> {
  const runId = await subject.ask(questionOf({ tokens: 3, rate: 0 }))
  const path = await subject.sessionPath(runId)
  for (let tries = 0; tries < 200; tries += 1) {
    const session = (await call(subject.endpoint, path)) as { activeRun: unknown; messageCount: number }
    if (!session.activeRun && session.messageCount >= 2) break
    await new Promise((resume) => setTimeout(resume, 50))
  }
  const sessionId = path.split('/').at(-1) ?? ''
  await seedMessages(store, { organisationId: subject.organisationId, sessionId, owner: seat.owner, count })
  return sessionId
}

const sections: Record<string, (place: Place) => Promise<Row[][]>> = {
  async 'first-load'(place) {
    const sessionId = await newSession(place, 10)
    const { totals, largest } = await measureFirstLoad(place.seat, sessionAddress(sessionId))
    return [totals, largest]
  },
  async session(place) {
    const sessionId = await newSession(place, extent.messages)
    return [await measureLongSession(place.seat, sessionId, extent.messages, extent.repetitions, explain)]
  },
  async run({ subject, seat, store }) {
    return [await measureLongRun(subject, seat, store, extent.events, explain)]
  },
  async typing(place) {
    await installHook(place.seat.page)
    const rows: Row[] = []
    for (const messages of [200, 2_000]) {
      const sessionId = await newSession(place, messages)
      rows.push(...(await measureTyping(place.seat, sessionId, { ...extent, messages }, explain)))
    }
    return [rows]
  },
  async chart(place) {
    const rows: Row[] = []
    for (const size of [
      { points: 50_000, series: 1 },
      { points: 50_000, series: 20 },
      { points: 50_000, series: 20, apart: true },
    ]) {
      const sessionId = await newSession(place, 2)
      await seedChart(place.store, { organisationId: place.subject.organisationId, sessionId }, size)
      rows.push(...(await measureChart(place.seat, sessionId, size, explain)))
    }
    return [rows]
  },
}

const names = chosenSections(values.only, sections)
const results: Record<string, Row[][]> = {}
const machine = await measureSections(names, {}, async (name, subject, _model, { cores }) => {
  const seat = await openBrowser(subject)
  const store = await subject.openStore()
  const [busyBefore, began] = [machineBusy(), performance.now()]
  try {
    const tables = (await sections[name]?.({ subject, seat, store })) ?? []
    results[name] = tables
    const busy = (machineBusy() - busyBefore) / (performance.now() - began)
    console.log(`\n${name} (of ${cores} cores ${busy.toFixed(1)} were busy)`)
    for (const rows of tables) console.log(`\n${table(rows)}`)
  } finally {
    await store.close()
    await seat.close()
  }
})
writeResults(values.json, { machine, options: values, results })
console.log(`\nWritten to ${values.json}.`)
process.exit(0)
