import { principalKey } from '@/lib/access/types'
import type { RunStatus } from '@/lib/agent/events'
import type { Run, RunState } from '@/lib/runs/types'
import { Collection } from '@/lib/stores/collection'
import type { IndexEntry } from '@/lib/stores/contract'

function indexesOf(run: Run): IndexEntry[] {
  const { state } = run
  const entries: IndexEntry[] = [{ index: 'session', group: run.sessionId, sort: run.createdAt }]
  const startedAt = startedAtOf(state)
  if (startedAt !== null) entries.push({ index: 'started', group: run.sessionId, sort: startedAt })
  if (state.status === 'queued') {
    entries.push(
      state.waitsFor === 'turn'
        ? { index: 'queue', group: run.sessionId, sort: state.position }
        : { index: 'place', group: 'all', sort: run.createdAt },
    )
  }
  if (state.status === 'running') entries.push({ index: 'active', group: 'all', sort: run.createdAt })
  if (state.status === 'waiting') entries.push({ index: 'waiting', group: 'all', sort: run.createdAt })
  if (!isSettled(state)) {
    entries.push({ index: 'unsettled', group: principalKey(run.principal), sort: run.createdAt })
  }
  return entries
}

/**
 * Runs of an organisation. Indexes: `session` (all runs, by creation), `started` (those that have a log, by start),
 * `queue` (those that wait for their turn, by position), `place` (those that wait for a place, by creation), `active` (those that some process should be executing),
 * `waiting` (those that no process executes until people have decided), `unsettled` (all that have not ended, by whose they are).
 */
export const runs = new Collection<Run>({ name: 'runs', v: 1, indexes: indexesOf })

/** A stored wish to stop a run: read by the owner with each heartbeat, and signalled. */
export const runStops = new Collection<{ at: number; by: string }>({ name: 'run-stops', v: 1 })

/** What came of a start with an `Idempotency-Key`: the run that it gave, or for a while why it was refused. */
export type StartOutcome = { bodyHash: string; runId: string } | { bodyHash: string; refusal: string }

/** `Idempotency-Key` of a start, by principal: what was asked, and what came of it. */
export const idempotencyKeys = new Collection<StartOutcome>({ name: 'idempotency-keys', v: 1 })

export const runLog = (runId: string) => `run:${runId}`
export const runLease = (runId: string) => `run:${runId}`
export const logTopic = (runId: string) => `log:${runId}`
/** Signalled when a process gives runs up on purpose: another one shall take them over at once. */
export const orphansTopic = 'orphans'
export const stopTopic = (runId: string) => `stop:${runId}`

/** The schema version of log entries; an older process does not take over a run that a newer one began. */
export const LOG_VERSION = 1

export const startedAtOf = (state: RunState): number | null => ('startedAt' in state ? state.startedAt : null)
export const finishedAtOf = (state: RunState): number | null => ('finishedAt' in state ? state.finishedAt : null)

const SETTLED: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled'])
export const isSettled = (state: RunState) => SETTLED.has(state.status)
