import type { Origin } from '@/lib/context'
import { Collection } from '@/lib/stores/collection'
import type { Json } from '@/lib/stores/contract'

/** Who did it: `principalKey`, or `system`; the name as it was then. */
export interface AuditActor {
  key: string
  name: string
}

/** One line of the audit log. Nothing in it is ever changed. */
export interface AuditRecord {
  id: string
  /** Unix milliseconds. */
  at: number
  actor: AuditActor
  action: string
  target: { kind: string; id: string; name: string }
  /** Null for what no request did. */
  origin: Origin | null
  /** Without secrets; null: did not exist. */
  before: Json
  after: Json
}

/** Of an organisation. */
export const auditRecords = new Collection<AuditRecord>({
  name: 'audit',
  v: 1,
  indexes: (record) => [
    { index: 'all', group: 'all', sort: record.at },
    { index: 'action', group: record.action, sort: record.at },
    { index: 'actor', group: record.actor.key, sort: record.at },
    { index: 'target', group: record.target.id, sort: record.at },
  ],
})
