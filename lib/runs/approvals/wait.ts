import type { ApprovalData, RunChunk } from '@/lib/agent/events'
import { RunStopped } from '@/lib/agent/ports'
import { type Approval, approvals, DECIDED_KEPT, openApprovalsTopic } from '@/lib/runs/approvals/collection'
import { openApprovalOf } from '@/lib/runs/approvals/who'
import { givePlaceBack } from '@/lib/runs/capacity'
import { LOG_VERSION, logTopic, runLog, runStops, runs } from '@/lib/runs/collection'
import type { Lease } from '@/lib/runs/lease'
import { commitUnderLease, type LogWriter } from '@/lib/runs/log-writer'
import type { Run } from '@/lib/runs/types'
import { sessions, sessionTopics } from '@/lib/sessions/collection'
import type { FoldState } from '@/lib/sessions/fold'
import type { Operation, Store } from '@/lib/stores/contract'

/** The questions of a message that nobody has decided. */
export const openQuestions = (fold: FoldState): ApprovalData[] =>
  fold.parts.flatMap((part) => {
    if (part.type !== 'data-approval') return []
    const data = part.data as ApprovalData
    return data.decision === undefined ? [data] : []
  })

/** What is stored about the open questions; of one that is gone, nothing. */
async function readQuestions(store: Store, organisationId: string, fold: FoldState) {
  const ids = openQuestions(fold).map(({ approvalId }) => approvalId)
  const found = (await approvals.getMany(store, organisationId, ids)).filter((approval) => approval !== null)
  const open = found.filter(({ body }) => body.state.status === 'open')
  return { open, areAllOpen: open.length === ids.length }
}

export interface WaitInput {
  store: Store
  lease: Lease
  writer: LogWriter
  run: Run
  fold: FoldState
  attempt: number
}

/**
 * Lets the run wait for people, in one commit: its status, its last event for now, its place given back, and the
 * session, which shows it. Throws `LeaseLost`, and `RunStopped` when it was stopped or its session deleted.
 * @returns false when something was decided meanwhile: then the run goes on.
 */
export async function beginWaiting(input: WaitInput): Promise<boolean> {
  const { store, lease, writer, run } = input
  const { organisationId } = run
  await writer.flush()
  for (let attempt = 0; ; attempt += 1) {
    const { open, areAllOpen } = await readQuestions(store, organisationId, input.fold)
    if (!areAllOpen) return false
    const [session, stop] = await Promise.all([
      sessions.get(store, organisationId, run.sessionId),
      runStops.get(store, organisationId, run.id),
    ])
    if (!session || stop) throw new RunStopped(stop?.body.by ?? 'deletion')
    const startedAt = 'startedAt' in run.state && run.state.startedAt !== null ? run.state.startedAt : run.createdAt
    const waited = run.state.status === 'running' ? run.state.waited : undefined
    const chunk: RunChunk = {
      type: 'data-run',
      data: { runId: run.id, status: 'waiting', attempt: input.attempt },
      transient: true,
    }
    const result = await commitUnderLease(store, lease, {
      partition: organisationId,
      operationId: `wait:${run.id}:${lease.token}:${writer.last}:${attempt}`,
      operations: [
        lease.fence,
        ...open.map(({ id, version }) => approvals.check(id, version)),
        runStops.check(run.id, 0),
        {
          kind: 'append',
          log: runLog(run.id),
          v: LOG_VERSION,
          expectedNext: writer.last + 1,
          entries: [JSON.stringify(chunk)],
        },
        runs.put(run.id, { ...run, state: { status: 'waiting', startedAt, waited, since: Date.now() } }),
        ...givePlaceBack(run.principal),
        sessions.put(
          session.id,
          { ...session.body, openApprovals: open.map(({ body }) => openApprovalOf(body)) },
          { ifVersion: session.version },
        ),
      ],
      signals: [logTopic(run.id), openApprovalsTopic(organisationId), ...sessionTopics(session.body)],
    })
    if (result.status === 'applied') return true
  }
}

/** Shows in the session that there are questions while the run still has other calls in flight. */
export async function announceQuestions(input: Omit<WaitInput, 'attempt'>): Promise<void> {
  const { store, lease, run } = input
  const { organisationId } = run
  for (let attempt = 0; ; attempt += 1) {
    const { open } = await readQuestions(store, organisationId, input.fold)
    const session = await sessions.get(store, organisationId, run.sessionId)
    if (!session) return
    const body = { ...session.body, openApprovals: open.map((approval) => openApprovalOf(approval.body)) }
    const result = await commitUnderLease(store, lease, {
      partition: organisationId,
      operationId: `announce:${run.id}:${lease.token}:${input.writer.last}:${attempt}`,
      operations: [
        lease.fence,
        ...open.map(({ id, version }) => approvals.check(id, version)),
        sessions.put(session.id, body, { ifVersion: session.version }),
      ],
      signals: [openApprovalsTopic(organisationId), ...sessionTopics(session.body)],
    })
    if (result.status === 'applied') return
  }
}

/** The operations by which the questions of a run that ends are nobody's any more. */
export async function withdrawOperations(store: Store, organisationId: string, fold: FoldState): Promise<Operation[]> {
  if (openQuestions(fold).length === 0) return []
  const { open } = await readQuestions(store, organisationId, fold)
  return open.map(({ id, version, body }) => {
    const withdrawn: Approval = { ...body, state: { status: 'withdrawn', at: Date.now() } }
    return approvals.put(id, withdrawn, { ifVersion: version, expiresIn: DECIDED_KEPT })
  })
}
