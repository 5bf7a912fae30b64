import { type AuditRecord, auditRecords } from '@/lib/access/audit-collection'
import { requireMembership } from '@/lib/access/memberships'
import type { Ctx } from '@/lib/context'
import { encodeCursor } from '@/lib/stores/collection'

export interface AuditFilter {
  /** `tool.call`, or all of one entity: `tool`. */
  action?: string
  /** As `principalKey` gives it, or `system`. */
  actor?: string
  /** The thing's id. */
  target?: string
  /** Unix milliseconds, both included. */
  from?: number
  to?: number
}

export interface ListAuditInput extends AuditFilter {
  organisationId: string
  cursor?: string
  limit: number
}

/** So many records are looked at for one page, whatever the filter leaves of them. */
const MOST_LOOKED_AT = 2_000
const PAGE = 200

/**
 * What was done in the organisation, newest first. With a filter that leaves little a page may be short, or empty, and
 * still have a `nextCursor`. Throws `forbidden` for all but admins, `not_found` for strangers.
 */
export async function listAudit(
  ctx: Ctx,
  input: ListAuditInput,
): Promise<{ records: AuditRecord[]; nextCursor: string | null }> {
  await requireMembership(ctx, input.organisationId, 'admin')
  const { index, group } = narrowestIndex(input)
  const records: AuditRecord[] = []
  // Behind every record of that moment, which come newest first.
  let cursor = input.cursor ?? (input.to === undefined ? null : encodeCursor({ sort: input.to, id: '~' }))
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += PAGE) {
    const page = await auditRecords.list(ctx.services.store, input.organisationId, {
      index,
      group,
      order: 'descending',
      limit: PAGE,
      cursor,
    })
    for (const { id, body } of page.items) {
      if (input.from !== undefined && body.at < input.from) return { records, nextCursor: null }
      if (!matches(body, input)) continue
      records.push(body)
      if (records.length === input.limit) {
        const isLast = id === page.items.at(-1)?.id && page.nextCursor === null
        return { records, nextCursor: isLast ? null : encodeCursor({ sort: body.at, id }) }
      }
    }
    cursor = page.nextCursor
    if (!cursor) break
  }
  return { records, nextCursor: cursor }
}

function narrowestIndex({ target, actor, action }: AuditFilter): { index: string; group: string } {
  if (target) return { index: 'target', group: target }
  if (action?.includes('.')) return { index: 'action', group: action }
  if (actor) return { index: 'actor', group: actor }
  return { index: 'all', group: 'all' }
}

function matches(record: AuditRecord, { action, actor, target, to }: AuditFilter): boolean {
  return (
    (!action || record.action === action || record.action.startsWith(`${action}.`)) &&
    (!actor || record.actor.key === actor) &&
    (!target || record.target.id === target) &&
    (to === undefined || record.at <= to)
  )
}
