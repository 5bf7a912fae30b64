import { auditOperationOf } from '@/lib/access/audit'
import { membershipIn } from '@/lib/access/memberships'
import type { Services } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { applyDecision } from '@/lib/runs/approvals/apply'
import { decisionAudit } from '@/lib/runs/approvals/audit'
import { type Approval, approvals } from '@/lib/runs/approvals/collection'
import { runs } from '@/lib/runs/collection'
import { wakeOperations } from '@/lib/runs/stop'
import { sessions } from '@/lib/sessions/collection'

const PAGE = 100

/** Nobody decided in time, which is a rejection. */
export async function expireApproval(
  services: Services,
  organisationId: string,
  approvalId: string,
): Promise<Approval> {
  return applyDecision(services, {
    organisationId,
    approvalId,
    decision: { decision: 'reject', scope: 'once', comment: null, by: null },
    audit: (decided) =>
      auditOperationOf(services, { principal: null, origin: null }, decisionAudit(organisationId, decided)),
  })
}

/** Rejects what nobody decided in time. Called by every sweep; several processes may do it at once. */
export async function expireApprovals(services: Services, organisationId: string): Promise<void> {
  const now = Date.now()
  for (;;) {
    const page = await approvals.list(services.store, organisationId, {
      index: 'open',
      group: 'all',
      order: 'ascending',
      limit: PAGE,
    })
    const due = page.items.filter(({ body }) => body.expiresAt <= now)
    for (const { id } of due) {
      await expireApproval(services, organisationId, id).catch((error) => {
        // Decided, withdrawn or deleted by somebody else in between.
        if (!(error instanceof LongwatchError) || !['conflict', 'not_found'].includes(error.code)) throw error
      })
    }
    if (due.length < PAGE) return
  }
}

/** Wakes waiting runs that have nobody left to wait for: their askers are no members any more, or their sessions are gone. */
export async function wakeAbandoned(services: Services, organisationId: string): Promise<void> {
  const { store, supervisor } = services
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof runs.list>> = await runs.list(store, organisationId, {
      index: 'waiting',
      group: 'all',
      order: 'ascending',
      limit: PAGE,
      cursor,
    })
    for (const run of page.items) {
      const [membership, session] = await Promise.all([
        membershipIn(store, run.body.principal, organisationId),
        sessions.get(store, organisationId, run.body.sessionId),
      ])
      if (membership && session) continue
      const operationId = `wake:${run.id}:${randomId(8)}`
      const result = await store.commit({ partition: organisationId, operationId, operations: wakeOperations(run) })
      if (result.status === 'applied') supervisor.resume(organisationId, run.id)
    }
    cursor = page.nextCursor
  } while (cursor)
}
