import type { AuditRecord } from '@/lib/access/audit-collection'
import { type AuditFilter, listAudit } from '@/lib/access/list-audit'
import type { Ctx } from '@/lib/context'

const COLUMNS: [string, (record: AuditRecord) => string][] = [
  ['time', ({ at }) => new Date(at).toISOString()],
  ['actor', ({ actor }) => actor.name],
  ['actor id', ({ actor }) => actor.key],
  ['action', ({ action }) => action],
  ['target kind', ({ target }) => target.kind],
  ['target', ({ target }) => target.name],
  ['target id', ({ target }) => target.id],
  ['address', ({ origin }) => origin?.address ?? ''],
  ['request', ({ origin }) => origin?.requestId ?? ''],
  ['before', ({ before }) => (before === null ? '' : JSON.stringify(before))],
  ['after', ({ after }) => (after === null ? '' : JSON.stringify(after))],
]

/** Every record that the filter leaves, newest first, as CSV in pieces. Membership is read anew for each piece. */
export async function* exportAudit(
  ctx: Ctx,
  input: AuditFilter & { organisationId: string },
): AsyncGenerator<string, void> {
  let cursor: string | undefined
  let head = `${COLUMNS.map(([name]) => name).join(',')}\r\n`
  do {
    const page = await listAudit(ctx, { ...input, cursor, limit: 500 })
    yield head + page.records.map(lineOf).join('')
    head = ''
    cursor = page.nextCursor ?? undefined
  } while (cursor)
}

const lineOf = (record: AuditRecord) => `${COLUMNS.map(([, read]) => csvCell(read(record))).join(',')}\r\n`

/** A spreadsheet takes a cell that begins so for a formula, and would run it. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

/** One cell of a CSV file: always quoted, and a text in every program. */
export const csvCell = (text: string) => `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
