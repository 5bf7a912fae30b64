import type { Usage } from '@/lib/agent/events'
import type { Ctx } from '@/lib/context'
import { findRun } from '@/lib/runs/access'
import { finishedAtOf, isSettled, runLease, startedAtOf } from '@/lib/runs/collection'
import type { Run, RunStatus } from '@/lib/runs/types'
import type { FoldState } from '@/lib/sessions/fold'

export interface RunView {
  id: string
  sessionId: string
  status: RunStatus
  model: string | null
  steps: number
  attempts: number
  lastEvent: number
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
  usage: Usage
  error?: { code: string; message: string }
}

/** A run as the API shows it. Looking at a run whose owner is gone makes this process try to take it over. */
export async function getRun(ctx: Ctx, input: { runId: string }): Promise<RunView> {
  const { run } = await findRun(ctx, input.runId)
  const { state, organisationId } = run.body
  if (state.status === 'running' || state.status === 'waiting') ctx.services.supervisor.execute(organisationId, run.id)
  const { view } = await viewNow(ctx, run.body)
  // Active, but no process had room for it yet.
  if (state.status === 'running' && view.lastEvent === 0 && !(await hasOwner(ctx, run.body)))
    return { ...view, status: 'queued' }
  return view
}

async function hasOwner(ctx: Ctx, run: Run): Promise<boolean> {
  const lease = await ctx.services.store.readLease(run.organisationId, runLease(run.id))
  return lease !== null && lease.remaining > 0
}

/** Of a run that is not settled the log is the truth: how far it is, what it has used, which model answers. */
export async function viewNow(ctx: Ctx, run: Run): Promise<{ view: RunView; fold: FoldState | null }> {
  if (isSettled(run.state) || run.state.status === 'queued') return { view: runView(run, run.lastEvent), fold: null }
  const fold = await ctx.services.activeFolds.read(run.organisationId, run.id)
  const view = {
    ...runView(run, fold.events),
    model: fold.metadata?.model ?? run.model,
    steps: fold.step ? fold.step.step - 1 : 0,
    usage: fold.usage ?? run.usage,
  }
  return { view, fold }
}

export function runView(run: Run, last: number): RunView {
  return {
    id: run.id,
    sessionId: run.sessionId,
    status: run.state.status,
    model: run.model,
    steps: run.steps,
    attempts: run.attempts,
    lastEvent: last,
    createdAt: run.createdAt,
    startedAt: startedAtOf(run.state),
    finishedAt: finishedAtOf(run.state),
    usage: run.usage,
    ...(run.state.status === 'failed' ? { error: run.state.error } : {}),
  }
}
