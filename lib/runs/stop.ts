import { takePlaceAgain } from '@/lib/runs/capacity'
import { runStops, runs } from '@/lib/runs/collection'
import type { Run } from '@/lib/runs/types'
import type { Versioned } from '@/lib/stores/collection'
import type { Operation } from '@/lib/stores/contract'

const STOP_EXPIRES = 3_600_000

/** The operations by which a waiting run is to be executed again. Refused when somebody else changed it. */
export function wakeOperations(run: Versioned<Run>): Operation[] {
  const { state } = run.body
  if (state.status !== 'waiting') return [runs.check(run.id, run.version)]
  const waited = (state.waited ?? 0) + Math.max(0, Date.now() - state.since)
  const awake: Run = { ...run.body, state: { status: 'running', startedAt: state.startedAt, waited } }
  return [runs.put(run.id, awake, { ifVersion: run.version }), ...takePlaceAgain(run.body.principal)]
}

/**
 * The operations that stop an active run. One that waits for people is woken, so that it is somebody's to settle; the
 * version guards against a run that begins to wait just now and would not hear of the wish.
 */
export const stopOperations = (run: Versioned<Run>, by: string): Operation[] => [
  runStops.put(run.id, { at: Date.now(), by }, { expiresIn: STOP_EXPIRES }),
  ...wakeOperations(run),
]
