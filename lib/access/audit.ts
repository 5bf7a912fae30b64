import { randomUUID } from 'node:crypto'
import { type AuditActor, type AuditRecord, auditRecords } from '@/lib/access/audit-collection'
import { nextMoment } from '@/lib/access/moment'
import { nameOf } from '@/lib/access/names'
import { type Principal, principalKey } from '@/lib/access/types'
import type { Ctx, Origin, Services } from '@/lib/context'
import { newResourceId } from '@/lib/ids'
import type { Json, Operation } from '@/lib/stores/contract'

export { listAudit } from '@/lib/access/list-audit'

const DAY = 24 * 3_600_000
/** How long records are kept: thirteen months, so that a year can be compared with the one before. */
export const AUDIT_KEPT = 400 * DAY

export interface AuditInput {
  organisationId: string
  /** `entity.verb`: `mcp-server.create`, `member.remove`, `tool.call`, `approval.decide` … */
  action: string
  /** What it was done to; the name as it was then. */
  target: { kind: string; id: string; name: string }
  /** Null: did not exist. Secrets are taken out here, sealed or not; hand in the stored record as it is. */
  before?: unknown
  after?: unknown
}

/**
 * The operation that records what is done, to be part of the same commit as the deed. The actor's name is read now,
 * because people are renamed and removed.
 */
export async function auditOperation(ctx: Ctx, input: AuditInput): Promise<Operation> {
  return auditOperationOf(ctx.services, { principal: ctx.principal, origin: ctx.origin ?? null }, input)
}

/** As `auditOperation`, for what no request did: a run, a sweep, a provisioning file (`principal` null). */
export async function auditOperationOf(
  services: Pick<Services, 'store'>,
  by: { principal: Principal | null; origin: Origin | null },
  input: AuditInput,
): Promise<Operation> {
  const actor: AuditActor = by.principal
    ? { key: principalKey(by.principal), name: await nameOf(services.store, by.principal) }
    : { key: 'system', name: 'Longwatch' }
  const record: AuditRecord = {
    id: newResourceId('aud', input.organisationId),
    at: nextMoment(),
    actor,
    action: input.action,
    target: input.target,
    origin: by.origin,
    before: withoutSecrets(input.before ?? null),
    after: withoutSecrets(input.after ?? null),
  }
  return auditRecords.put(record.id, record, { ifAbsent: true, expiresIn: AUDIT_KEPT })
}

/** Records something by itself, where the deed is no commit of the organisation's partition. */
export async function recordAudit(ctx: Ctx, input: AuditInput): Promise<void> {
  const operation = await auditOperation(ctx, input)
  await ctx.services.store.commit({
    partition: input.organisationId,
    operationId: randomUUID(),
    operations: [operation],
  })
}

const REMOVED = '[secret]'
const SECRET_NAME = /^(?:password|apiKey|token|secret|hash|authorization|cookie|value|privateKey|clientSecret)$/i

/** A copy as JSON in which sealed texts, and fields whose names say that they are secret, are replaced. */
export function withoutSecrets(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object') return null
  if ('sealed' in value) return REMOVED
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [
        name,
        SECRET_NAME.test(name) && field !== null && typeof field !== 'object' ? REMOVED : withoutSecrets(field),
      ]),
  )
}
