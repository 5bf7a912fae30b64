import { unexpectedAnswers } from './client.ts'
import type { Records } from './records.ts'
import { counted } from './report.ts'
import { checkLeftovers, readSessions } from './settle.ts'
import {
  checkCalls,
  checkCancelled,
  checkLog,
  checkOneActive,
  checkOutcome,
  checkRunWatch,
  checkSessionWatch,
  checkStarts,
  checkTranscript,
  type RunFacts,
} from './verify.ts'
import type { ChaosWorld } from './world.ts'

/** One thing that is promised, and what was found against it. */
export interface Finding {
  promise: string
  violations: string[]
}

/** Holds everything that was seen from outside against what is promised, once everything has come to its end. */
export async function judge(
  world: Pick<ChaosWorld, 'upstream' | 'store' | 'organisationId'>,
  outside: { url: string; records: Records },
  facts: RunFacts[],
): Promise<Finding[]> {
  const { records } = outside
  const { ledger, complaints } = await world.upstream()
  const logs = new Map(facts.map((run) => [run.id, run.log]))
  const sessions = await readSessions(outside)
  const store = await world.store.open()
  const leftovers = await checkLeftovers(store, await world.organisationId(), facts).finally(() => store.close())
  const found: [string, string[]][] = [
    ['one message is one run', checkStarts(records.sent)],
    ['every log is 1..n with one terminal event', facts.flatMap(checkLog)],
    ['every message has its answer or a recorded reason', facts.flatMap(checkOutcome)],
    ['nothing is cancelled that nobody stopped', checkCancelled(facts, records.stopped)],
    [
      'every watcher of a run saw its log',
      records.runWatches.flatMap((watch) => checkRunWatch(watch, logs.get(watch.runId) ?? [])),
    ],
    [
      'every watcher of a session saw all of its runs',
      records.sessionWatches.flatMap((watch) => checkSessionWatch(watch, facts)),
    ],
    ['a writing call reaches its tool at most once', checkCalls(facts, ledger)],
    ['one run of a session is active', checkOneActive(facts)],
    ['the transcript is the fold of the logs', sessions.flatMap((session) => checkTranscript(session, facts))],
    ['nothing is active, queued or leased', leftovers],
    ['no answer is a 500', [...unexpectedAnswers].map(([text, times]) => `${text}, ${counted(times, 'time')}`)],
    [
      'the model is sent what a provider accepts',
      complaints.map((complaint) => `the model was sent what a provider refuses: ${complaint}`),
    ],
    ['nothing went wrong on the way, and instances end when asked to', [...records.violations]],
  ]
  return found.map(([promise, violations]) => ({ promise, violations }))
}
