import type { Usage } from '@/lib/agent/events'
import type { Ctx } from '@/lib/context'
import { findRun } from '@/lib/runs/access'
import { finishedAtOf, isSettled, runLease, runLog, startedAtOf } from '@/lib/runs/collection'
import type { Run, RunStatus } from '@/lib/runs/types'

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
  const last = await lastEvent(ctx, run.body)
  const view = runView(run.body, last)
  // Active, but no process had room for it yet.
  if (state.status === 'running' && last === 0 && !(await hasOwner(ctx, run.body))) return { ...view, status: 'queued' }
  return view
}

async function hasOwner(ctx: Ctx, run: Run): Promise<boolean> {
  const lease = await ctx.services.store.readLease(run.organisationId, runLease(run.id))
  return lease !== null && lease.remaining > 0
}

async function lastEvent(ctx: Ctx, run: Run): Promise<number> {
  if (isSettled(run.state)) return run.lastEvent
  const head = await ctx.services.store.readLog(run.organisationId, runLog(run.id), 0, { limit: 1, maxBytes: 1 })
  return head.last
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
