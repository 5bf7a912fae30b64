import type { Ctx } from '@/lib/context'
import { badRequest, LongwatchError } from '@/lib/errors'
import { findRun } from '@/lib/runs/access'
import { isSettled, runLog } from '@/lib/runs/collection'
import type { LogEntry } from '@/lib/stores/contract'

/** Nothing is read but the numbers. */
const HEAD = { limit: 1, maxBytes: 1 }

export interface RunWatch {
  /** Batches of stored events behind the cursor; ends after the terminal event. */
  events: AsyncGenerator<LogEntry[]>
}

/**
 * Follows a run's log from behind `after`. Looking at a run whose owner is gone also makes this process try to take
 * it over. Errors: `not_found`, `gone` (retention removed the log), `bad_request` for `after` beyond a living log.
 */
export async function watchRun(
  ctx: Ctx,
  input: { runId: string; after: number; signal: AbortSignal },
): Promise<RunWatch> {
  const { store, supervisor, tails } = ctx.services
  const { run } = await findRun(ctx, input.runId)
  const { organisationId } = run.body
  const { last } = await store.readLog(organisationId, runLog(run.id), input.after, HEAD)
  if (isSettled(run.body.state)) {
    if (run.body.lastEvent > 0 && last === 0) {
      throw new LongwatchError(
        'gone',
        'The events of this run are no longer kept; the conversation has its transcript.',
      )
    }
    if (input.after >= last) return { events: nothing() }
  } else {
    if (input.after > last) throw badRequest('after', `The run has ${last} events so far.`)
    if (run.body.state.status !== 'queued') supervisor.execute(organisationId, run.id)
  }
  return { events: tails.watch(organisationId, run.id, input.after, input.signal) }
}

async function* nothing(): AsyncGenerator<LogEntry[]> {}
