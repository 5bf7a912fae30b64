import type { AuditFilter } from '@/lib/access/list-audit'

/** What the address of the audit page says of its filter, as text. */
export interface AuditSearch {
  action?: string
  actor?: string
  target?: string
  /** Days, `2026-11-25`, in UTC; both included. */
  from?: string
  to?: string
}

const NAMES = ['action', 'actor', 'target', 'from', 'to'] as const
const DAY = /^\d{4}-\d\d-\d\d$/

/** The parts of a page's search that are a filter; what is no day is left out. */
export function readAuditSearch(search: Record<string, string | string[] | undefined>): AuditSearch {
  const entries = NAMES.flatMap((name): [string, string][] => {
    const value = search[name]
    if (typeof value !== 'string' || value.trim() === '') return []
    if ((name === 'from' || name === 'to') && !(DAY.test(value) && Number.isFinite(Date.parse(value)))) return []
    return [[name, value.trim()]]
  })
  return Object.fromEntries(entries)
}

const instantsOf = ({ from, to }: AuditSearch) => ({
  ...(from && { from: `${from}T00:00:00.000Z` }),
  ...(to && { to: `${to}T23:59:59.999Z` }),
})

/** As the API takes it. */
export function auditQuery(organisationId: string, search: AuditSearch): URLSearchParams {
  return new URLSearchParams({ org: organisationId, ...search, ...instantsOf(search) })
}

/** As the verb takes it. */
export function auditFilter(search: AuditSearch): AuditFilter {
  const { from, to } = instantsOf(search)
  return { ...search, from: from ? Date.parse(from) : undefined, to: to ? Date.parse(to) : undefined }
}
