import type { Services } from '@/lib/context'
import { conflict, notFound } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import {
  type Approval,
  approvalData,
  approvals,
  approvalsTopic,
  DECIDED_KEPT,
  type Decision,
  grantIdOf,
  grants,
  openApprovalsTopic,
} from '@/lib/runs/approvals/collection'
import { isSettled, LOG_VERSION, logTopic, runLog, runs } from '@/lib/runs/collection'
import { wakeOperations } from '@/lib/runs/stop'
import type { Run } from '@/lib/runs/types'
import { type Session, sessions, sessionTopics } from '@/lib/sessions/collection'
import type { Versioned } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Operation, Store } from '@/lib/stores/contract'

const ATTEMPTS = 12
const HEAD = { limit: 1, maxBytes: 1 }

export interface ApplyInput {
  organisationId: string
  approvalId: string
  decision: Omit<Decision, 'at'>
  /** For whom a grant for the session counts; without it there is none. */
  grantedBy?: Run['principal']
  /** Throws when this may not be decided; looked at with what is stored at that moment. */
  authorise?(approval: Approval, session: Session): void | Promise<void>
  audit(decided: Approval): Promise<Operation>
}

/**
 * Decides a question, in one commit: the decision, the event of a waiting run, the session, and once nothing is open the
 * run itself, which then goes on. Decided exactly once whoever comes when.
 * @returns the question as it then stands; decided before, with somebody else's decision. Throws `not_found`, and
 * `conflict` when nobody needs the decision any more.
 */
export async function applyDecision(services: Services, input: ApplyInput): Promise<Approval> {
  const { organisationId } = input
  const outcome = await retryOnConflict(ATTEMPTS, async () => {
    const found = await read(services.store, organisationId, input.approvalId)
    if (!found) throw notFound('approval')
    const { approval, run, session } = found
    await input.authorise?.(approval.body, session.body)
    if (approval.body.state.status === 'decided') return { approval: approval.body, run: null }
    if (approval.body.state.status === 'withdrawn' || !run || isSettled(run.body.state)) {
      throw conflict('The run has ended: nothing waits for this decision any more.')
    }
    const decided: Approval = {
      ...approval.body,
      state: { status: 'decided', ...input.decision, at: Date.now() },
    }
    await commitOrThrow(services.store, {
      partition: organisationId,
      operationId: `decide:${approval.id}:${randomId(8)}`,
      operations: [
        approvals.put(approval.id, decided, { ifVersion: approval.version, expiresIn: DECIDED_KEPT }),
        ...(await runOperations(services.store, { run, session, decided })),
        ...grantOperations(input, decided),
        await input.audit(decided),
      ],
      signals: [
        logTopic(run.id),
        approvalsTopic(run.id),
        openApprovalsTopic(organisationId),
        ...sessionTopics(session.body),
      ],
    })
    return { approval: decided, run: run.id }
  })
  if (outcome.run) services.supervisor.resume(organisationId, outcome.run)
  return outcome.approval
}

async function read(store: Store, organisationId: string, approvalId: string) {
  const approval = await approvals.get(store, organisationId, approvalId)
  if (!approval) return null
  const [run, session] = await Promise.all([
    runs.get(store, organisationId, approval.body.runId),
    sessions.get(store, organisationId, approval.body.sessionId),
  ])
  return session && { approval, run, session }
}

/**
 * A run that waits has no owner: its event is appended here, and with the last decision it is woken. The owner of a run
 * with other calls in flight hears of the decision and puts it into the log.
 */
async function runOperations(
  store: Store,
  found: { run: Versioned<Run>; session: Versioned<Session>; decided: Approval },
): Promise<Operation[]> {
  const { run, session, decided } = found
  const left = (session.body.openApprovals ?? []).filter(({ id }) => id !== decided.id)
  const told = sessions.put(session.id, { ...session.body, openApprovals: left }, { ifVersion: session.version })
  if (run.body.state.status !== 'waiting') return [runs.check(run.id, run.version), told]
  const { last } = await store.readLog(run.body.organisationId, runLog(run.id), 0, HEAD)
  const data = approvalData(decided)
  const chunk = { type: 'data-approval', id: data.approvalId, data }
  return [
    ...(left.length === 0 ? wakeOperations(run) : [runs.check(run.id, run.version)]),
    told,
    {
      kind: 'append',
      log: runLog(run.id),
      v: LOG_VERSION,
      expectedNext: last + 1,
      entries: [JSON.stringify(chunk)],
    },
  ]
}

function grantOperations({ decision, grantedBy }: ApplyInput, decided: Approval): Operation[] {
  if (!grantedBy || decision.decision !== 'approve' || decision.scope !== 'session') return []
  const { sessionId, toolName, definition } = decided
  const id = grantIdOf({ sessionId, toolName, arguments: decided.arguments })
  return [grants.put(id, { sessionId, approvalId: decided.id, definition, by: grantedBy, at: Date.now() })]
}
