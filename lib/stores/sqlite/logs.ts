import { randomId } from '@/lib/ids'
import type { LogEntry, LogRead } from '@/lib/stores/contract'
import type { Connection } from '@/lib/stores/sqlite/connection'

interface LogRow {
  number: number
  log_id: string
  v: number
  expires_at: number | null
  last: number | null
}

// The last number is looked up, not stored, so that an append need not write a second row.
const FIND = `SELECT number, log_id, v, expires_at,
  (SELECT place & 4294967295 FROM log_entries WHERE place > logs.number << 32 AND place < (logs.number + 1) << 32
   ORDER BY place DESC LIMIT 1) AS last
  FROM logs WHERE partition = ? AND name = ?`

const READ = `SELECT place & 4294967295, data FROM log_entries
  WHERE place > (? << 32) + ? AND place < (? + 1) << 32 ORDER BY place LIMIT ?`

/** A page is read in pieces of so many entries, because entries may be large and the page's bytes are bounded. */
const ROWS_AT_ONCE = 200

function findLog(connection: Connection, partition: string, name: string) {
  return connection.statement(FIND).get(partition, name) as unknown as LogRow | undefined
}

/** Appends the entries; answers the log's last number, or the number that was due when it is not `expectedNext`. */
export function appendEntries(
  connection: Connection,
  partition: string,
  { log, v, expectedNext, entries }: { log: string; v: number; expectedNext: number; entries: string[] },
  now: number,
): { last: number } | { due: number } {
  let row = findLog(connection, partition, log)
  if (row && row.expires_at !== null && row.expires_at <= now) {
    dropLog(connection, partition, log)
    row = undefined
  }
  let last = row?.last ?? 0
  if (expectedNext !== last + 1) return { due: last + 1 }
  if (entries.length === 0) return { last }
  let number = row?.number
  if (number === undefined) {
    const inserted = connection
      .statement('INSERT INTO logs (partition, name, log_id, v) VALUES (?, ?, ?, ?)')
      .run(partition, log, randomId(12), v)
    number = Number(inserted.lastInsertRowid)
  } else if (row?.v !== v) {
    connection.statement('UPDATE logs SET v = ? WHERE number = ?').run(v, number)
  }
  const insert = connection.statement('INSERT INTO log_entries (place, data) VALUES ((? << 32) | ?, ?)')
  for (const entry of entries) {
    last += 1
    insert.run(number, last, entry)
  }
  return { last }
}

/** The log is gone at once; its entries are removed by the sweep, because there may be many. */
export function dropLog(connection: Connection, partition: string, name: string) {
  const row = connection
    .statement('DELETE FROM logs WHERE partition = ? AND name = ? RETURNING number')
    .get(partition, name) as unknown as { number: number } | undefined
  if (row) connection.statement('INSERT INTO dropped_logs VALUES (?)').run(row.number)
}

export function expireLog(connection: Connection, partition: string, name: string, expiresAt: number) {
  connection
    .statement('UPDATE logs SET expires_at = ? WHERE partition = ? AND name = ?')
    .run(expiresAt, partition, name)
}

export function readEntries(
  connection: Connection,
  partition: string,
  name: string,
  after: number,
  bounds: { limit: number; maxBytes: number },
  now: number,
): LogRead {
  const row = findLog(connection, partition, name)
  if (!row || (row.expires_at !== null && row.expires_at <= now))
    return { entries: [], last: 0, v: 0, logId: '', tellsLoss: true }
  const { number, v, log_id: logId } = row
  const last = row.last ?? 0
  const entries: LogEntry[] = []
  // As arrays, and not one by one: `node:sqlite` takes three times as long to make objects of rows or to iterate.
  const statement = connection.statement(READ)
  statement.setReturnArrays(true)
  const limit = Math.max(1, bounds.limit)
  let bytes = 0
  let cursor = Math.max(0, after)
  while (cursor < last && entries.length < limit) {
    const rows = statement.all(number, cursor, number, Math.min(ROWS_AT_ONCE, limit - entries.length))
    for (const [n, data] of rows as unknown as [number, string][]) {
      bytes += Buffer.byteLength(data)
      if (bytes > bounds.maxBytes && entries.length > 0) return { entries, last, v, logId, tellsLoss: true }
      entries.push({ n, data })
      cursor = n
    }
  }
  return { entries, last, v, logId, tellsLoss: true }
}

/** Removes expired logs and the entries of dropped ones, at most `limit` rows; answers how many. */
export function sweepLogs(connection: Connection, limit: number, now: number) {
  const expired = connection
    .statement('SELECT partition, name FROM logs WHERE expires_at <= ? LIMIT ?')
    .all(now, limit) as unknown as { partition: string; name: string }[]
  for (const log of expired) dropLog(connection, log.partition, log.name)
  let removed = expired.length
  while (removed < limit) {
    const dropped = connection.statement('SELECT number FROM dropped_logs LIMIT 1').get() as unknown as
      | { number: number }
      | undefined
    if (!dropped) break
    const { changes } = connection
      .statement(
        `DELETE FROM log_entries WHERE place IN (SELECT place FROM log_entries
         WHERE place > ? << 32 AND place < (? + 1) << 32 LIMIT ?)`,
      )
      .run(dropped.number, dropped.number, limit - removed)
    removed += Number(changes)
    if (removed < limit) connection.statement('DELETE FROM dropped_logs WHERE number = ?').run(dropped.number)
  }
  return removed
}
