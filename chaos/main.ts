// `npm run chaos`: faults on purpose, then a check from outside that nothing was lost, doubled or left. docs/chaos.md
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Asker } from './askers.ts'
import { FaultPlan } from './faults.ts'
import { errorsLogged } from './instance-logs.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { Random } from './random.ts'
import { Records } from './records.ts'
import { counted, say, table } from './report.ts'
import { readRuns, untilSettled } from './settle.ts'
import { judge } from './verdict.ts'
import { checkFloor, checkSessionWatch, type RunFacts } from './verify.ts'
import { type ChaosWorld, createWorld } from './world.ts'

const SETTLE_WITHIN = 180_000
const WATCHERS_WITHIN = 60_000
const QUIET_WITHIN = 60_000
/** A process may hold so much more than when it was fresh; what leaks grows with the minutes. */
const MEMORY_ROOM = 300 * 1024 * 1024

let options: Options
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`)
  process.exit(2)
}

const random = new Random(options.seed)
const records = new Records()
say(`${options.store}, ${counted(options.instances, 'instance')}, ${options.minutes} min, seed ${options.seed}`)
const world = await createWorld(options, records)
const fresh = await world.measure()
say(`All instances are ready; data and logs in ${world.folder}`)

const calm = new AbortController()
const giveUp = new AbortController()
const outside = { url: world.proxy.url, records, calm: calm.signal, giveUp: giveUp.signal }
const askers = Array.from({ length: options.askers }, (_, index) => {
  const token = world.provisioned.tokens[index % world.provisioned.tokens.length] as string
  return new Asker(outside, `c${index + 1}`, token, random.fork())
})
const asking = askers.map((asker) => asker.run())
const plan = new FaultPlan({ ...world, records, leaseMilliseconds: options.leaseSeconds * 1_000 }, random.fork())
await delay(2_000)
await plan.run(options.minutes * 60_000, options.gap)

say('The faults are over; letting everything come to its end …')
calm.abort()
await Promise.all(asking)
if (!(await untilSettled(outside, SETTLE_WITHIN))) records.violation(`not settled within ${SETTLE_WITHIN / 1_000} s`)
await Promise.race([Promise.all(askers.map((asker) => asker.watched())), delay(WATCHERS_WITHIN)])
const runs = await readRuns(outside)
await untilSessionWatchersSawAll(runs)
giveUp.abort()
await delay(500)
const measured = await untilQuiet(world, fresh)
const killed = records.faults.get('instance killed') ?? 0
const floor = checkFloor(runs, { stopped: records.stopped, minutes: options.minutes, killed })
const findings = [
  ...(await judge(world, outside, runs)),
  { promise: 'enough was answered and broken to prove something', violations: floor },
]
const violations = findings.flatMap((finding) => finding.violations)
await report(runs)
const failed = violations.length > 0
if (options.report) writeReport(options.report)
await world.end(failed || options.keep)
process.exit(failed ? 1 : 0)

/** A session's watcher is told of the last events a moment after they are stored. */
async function untilSessionWatchersSawAll(facts: RunFacts[]): Promise<void> {
  const end = Date.now() + WATCHERS_WITHIN
  const behind = () => records.sessionWatches.some((watch) => checkSessionWatch(watch, facts).length > 0)
  while (behind() && Date.now() < end) await delay(500)
}

/** Waits until no stream is open and no connection is left over; says what is still there at the end. */
async function untilQuiet({ measure, store, instances }: ChaosWorld, before: typeof fresh) {
  let measures: typeof fresh = []
  const end = Date.now() + QUIET_WITHIN
  // Each instance has one connection for commands and one for wake-ups; this process has one of its own at most.
  const bound = instances.length * 2 + 1
  for (;;) {
    try {
      measures = await measure()
    } catch (error) {
      records.violation((error as Error).message)
      return { measures, connections: null }
    }
    const connections = await store.connections()
    const streams = measures.reduce((sum, { eventStreams }) => sum + eventStreams, 0)
    const grown = measures.filter(
      ({ residentBytes }, index) => residentBytes > (before[index]?.residentBytes ?? 0) + MEMORY_ROOM,
    )
    if (streams === 0 && (connections ?? 0) <= bound && grown.length === 0) return { measures, connections }
    if (Date.now() > end) {
      if (streams !== 0) records.violation(`${streams} event streams are still open on the instances`)
      if ((connections ?? 0) > bound) records.violation(`${connections} connections to the store, expected ${bound}`)
      for (const { residentBytes } of grown) records.violation(`an instance holds ${megabytes(residentBytes)}`)
      return { measures, connections }
    }
    await delay(1_000)
  }
}

async function report(facts: RunFacts[]): Promise<void> {
  const { ledger, modelCalls } = await world.upstream()
  const of = (status: string) => facts.filter((run) => run.status === status).length
  const reasons = new Map<string, number>()
  for (const run of facts) if (run.error) reasons.set(run.error.code, (reasons.get(run.error.code) ?? 0) + 1)
  table('Faults', records.faults)
  table('What happened', [
    ['messages sent', records.sent.length],
    ['… accepted', records.sent.filter(({ outcome }) => outcome === 'accepted').length],
    ['… refused (busy)', records.sent.filter(({ outcome }) => outcome === 'refused').length],
    ['runs completed', of('completed')],
    ['runs cancelled', of('cancelled')],
    ['runs failed', of('failed')],
    ...[...reasons].map(([code, times]): [string, number] => [`… ${code}`, times]),
    ['take-overs', facts.reduce((sum, run) => sum + run.attempts - 1, 0)],
    ['events stored', facts.reduce((sum, run) => sum + run.log.length, 0)],
    ['sessions', records.sessions.size],
    ['run watchers', records.runWatches.length],
    ['… their connections', records.runWatches.reduce((sum, watch) => sum + watch.connections, 0)],
    ['… that folded anew', records.runWatches.reduce((sum, watch) => sum + watch.resets, 0)],
    ['session watchers', records.sessionWatches.length],
    ['… their connections', records.sessionWatches.reduce((sum, watch) => sum + watch.connections, 0)],
    ['… that folded anew', records.sessionWatches.reduce((sum, watch) => sum + watch.resets, 0)],
    ['model calls', modelCalls],
    ['tool calls', ledger.length],
    ['… writing', ledger.filter(({ tool }) => tool === 'record').length],
    ['repeats by the proxy', world.proxy.retries],
    ...records.counts,
  ])
  table('At the end', [
    ...measured.measures.map(({ residentBytes, eventStreams }, index): [string, string] => [
      `instance-${index + 1}, ${counted(world.instances[index]?.starts ?? 0, 'start')}`,
      `${megabytes(residentBytes)} (fresh ${megabytes(fresh[index]?.residentBytes ?? 0)}), ${counted(eventStreams, 'stream')}`,
    ]),
    ...(measured.connections === null ? [] : [['store connections', measured.connections] as [string, number]]),
  ])
  table(
    'Errors that instances logged',
    errorsLogged(
      world.folder,
      world.instances.map(({ name }) => name),
    ),
  )
  table('Violations', violations.length > 0 ? violations.map((text) => [text, '']) : [['none', '']])
  if (violations.length > 0) say(`Data and logs are kept in ${world.folder}`)
  const verdict = violations.length === 0 ? 'nothing was lost, doubled or left' : 'FAILED'
  say(`${options.store}, seed ${options.seed}: ${counted(violations.length, 'violation')}: ${verdict}`)
}

/** For a program that counts: how many promises were held to, and how many were not. */
function writeReport(file: string): void {
  const broken = findings.filter((finding) => finding.violations.length > 0)
  const counts = { passed: findings.length - broken.length, failed: broken.length }
  writeFileSync(file, JSON.stringify({ ...counts, seed: options.seed, store: options.store, findings }, null, 2))
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
