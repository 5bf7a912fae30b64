import { DEFAULT_LIMITS } from '@/lib/access/organisations'
import { principalKey } from '@/lib/access/types'
import type { MessageMetadata, RunChunk } from '@/lib/agent/events'
import type { Ctx, Services } from '@/lib/context'
import { conflict } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { findRunToStop } from '@/lib/runs/access'
import { isSettled, LOG_VERSION, logTopic, runLog, runs, stopTopic } from '@/lib/runs/collection'
import { expireLog, firstQueued, markQuestion } from '@/lib/runs/settle'
import { stopOperations } from '@/lib/runs/stop'
import type { Run, RunStatus } from '@/lib/runs/types'
import { type Session, sessions, sessionTopics } from '@/lib/sessions/collection'
import type { Versioned } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Operation, Store } from '@/lib/stores/contract'

/**
 * Stops a run: a queued one ends at once; an active one gets a stored stop that its owner sees at once by signal, or
 * with its next heartbeat. Errors: `not_found`, `forbidden`, `conflict` when the run had ended.
 */
export async function cancelRun(ctx: Ctx, input: { runId: string }): Promise<{ status: RunStatus }> {
  return retryOnConflict(10, async () => {
    const { run, session } = await findRunToStop(ctx, input.runId)
    if (isSettled(run.body.state)) throw conflict(`The run had ended: it is ${run.body.state.status}.`)
    if (run.body.state.status === 'queued') {
      await cancelQueued(ctx.services.store, run, session)
      return { status: 'cancelled' as const }
    }
    await requestStop(ctx.services, run, principalKey(ctx.principal))
    return { status: run.body.state.status }
  })
}

/** Stores the wish and wakes the owner; if there is none, this process settles the run. */
export async function requestStop(services: Services, run: Versioned<Run>, by: string): Promise<void> {
  const { store, supervisor } = services
  const { organisationId } = run.body
  await commitOrThrow(store, {
    partition: organisationId,
    operationId: `stop:${run.id}:${randomId(8)}`,
    operations: stopOperations(run, by),
    signals: [stopTopic(run.id)],
  })
  supervisor.resume(organisationId, run.id)
}

/** The operations that end a queued run: its status, and a log that says so to whoever watches it. */
export function cancelQueuedOperations(run: Versioned<Run>): Operation[] {
  const chunk: RunChunk = { type: 'abort', reason: 'cancelled while queued' }
  return [
    runs.put(
      run.id,
      { ...run.body, state: { status: 'cancelled', startedAt: null, finishedAt: Date.now() }, lastEvent: 1 },
      { ifVersion: run.version },
    ),
    { kind: 'append', log: runLog(run.id), v: LOG_VERSION, expectedNext: 1, entries: [JSON.stringify(chunk)] },
    expireLog(run.id, DEFAULT_LIMITS.logDays),
  ]
}

/** Ends a queued run at once. Throws `CommitRefused` when it, or its session, changed in between. */
export async function cancelQueued(store: Store, run: Versioned<Run>, session: Versioned<Session>): Promise<void> {
  const steered = session.body.steeredRunId === run.id ? null : session.body.steeredRunId
  // A run that waited for a place had its session's turn already: the turn is given up, and its question says so.
  const hadTurn = session.body.activeRunId === run.id
  const metadata: MessageMetadata = { runId: run.id, status: 'cancelled', finishedAt: Date.now() }
  const body: Session = hadTurn
    ? { ...session.body, activeRunId: null, queuePaused: (await firstQueued(store, session.body)) !== null }
    : session.body
  await commitOrThrow(store, {
    partition: run.body.organisationId,
    operationId: `cancel:${run.id}:${run.version}`,
    operations: [
      ...cancelQueuedOperations(run),
      sessions.put(session.id, { ...body, steeredRunId: steered }, { ifVersion: session.version }),
      ...(hadTurn ? await markQuestion(store, run.body, metadata) : []),
    ],
    signals: [logTopic(run.id), ...sessionTopics(session.body)],
  })
}
