import { openStream } from './http.ts'
import type { Longwatch } from './longwatch.ts'
import { cpuOf } from './processes.ts'
import { lengthenActive, lengthenFinished } from './seed-log.ts'
import { median, percentile, round } from './statistics.ts'
import { questionOf } from './tokens.ts'

/** Reads a run from its beginning up to event `events`; answers milliseconds to the first and to the last byte. */
async function read(subject: Longwatch, id: string, events: number, check: boolean) {
  const began = performance.now()
  let first = 0
  let last = 0
  let reached = 0
  const all = Promise.withResolvers<void>()
  const stream = await openStream(subject.endpoint, subject.streamPath(id), (lines) => {
    if (check) {
      for (const [, number] of lines.matchAll(/^id: (\d+)$/gm)) {
        if (Number(number) !== reached + 1) all.reject(new Error(`Event ${number} came behind ${reached}.`))
        reached = Number(number)
      }
    } else {
      const place = lines.lastIndexOf('\nid: ')
      if (place >= 0) reached = Number.parseInt(lines.slice(place + 5, place + 20), 10)
    }
    if (first === 0 && reached > 0) first = performance.now() - began
    if (reached >= events) {
      last = performance.now() - began
      all.resolve()
    }
  })
  void stream.ended.then(() => all.reject(new Error(`The stream ended at event ${reached} of ${events}.`)))
  await all.promise
  stream.close()
  return { first, last }
}

export async function finishedRun(subject: Longwatch): Promise<string> {
  const id = await subject.ask(questionOf({ tokens: 3, rate: 0 }))
  const stream = await openStream(subject.endpoint, subject.streamPath(id), () => {})
  if (!(await stream.ended).complete) throw new Error('A run of three tokens did not end.')
  return id
}

/** A run that has shown its first token and waits for the model. */
export async function waitingRun(subject: Longwatch): Promise<string> {
  const id = await subject.ask(questionOf({ tokens: 1, rate: 50, hold: true }))
  const shown = Promise.withResolvers<void>()
  const stream = await openStream(subject.endpoint, subject.streamPath(id), (lines) => {
    if (lines.includes('~')) shown.resolve()
  })
  await shown.promise
  stream.close()
  return id
}

/**
 * A watcher that begins at 0, on finished and on active runs of so many events. The events are written straight into
 * the store: what is measured is reading.
 */
export async function measureCatchUp(subject: Longwatch, sizes: number[], repetitions: number) {
  const store = await subject.openStore()
  const rows: Record<string, string | number>[] = []
  try {
    for (const state of ['finished', 'active'] as const) {
      for (const events of sizes) {
        const runId = await (state === 'finished' ? finishedRun(subject) : waitingRun(subject))
        const place = { organisationId: subject.organisationId, runId }
        await (state === 'finished' ? lengthenFinished : lengthenActive)(store, place, events)
        await read(subject, runId, events, true)
        const times: { first: number; last: number }[] = []
        const before = cpuOf(subject.pid)
        for (let count = 0; count < repetitions; count += 1) times.push(await read(subject, runId, events, false))
        const cpu = (cpuOf(subject.pid) - before) / repetitions
        const last = times.map((time) => time.last)
        rows.push({
          'catch-up': `${state} run`,
          events,
          'first event ms (median)': round(median(times.map((time) => time.first))),
          'all events ms (median)': round(median(last)),
          'all events ms (worst)': round(percentile(last, 1)),
          'server CPU ms': round(cpu, 0),
        })
      }
    }
  } finally {
    await store.close()
  }
  return rows
}
