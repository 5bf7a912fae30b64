import type { LeaseResult, LeaseState } from '@/lib/stores/contract'
import type { Connection } from '@/lib/stores/sqlite/connection'

interface LeaseRow {
  holder: string
  token: number
  lapses_at: number
  released: number
}

/** A lease that nobody touched for so long is forgotten. Tokens come from one sequence, so they grow all the same. */
const FORGET_AFTER_MS = 7 * 24 * 60 * 60 * 1000

export function findLease(connection: Connection, partition: string, name: string) {
  return connection
    .statement('SELECT holder, token, lapses_at, released FROM leases WHERE partition = ? AND name = ?')
    .get(partition, name) as unknown as LeaseRow | undefined
}

export function acquire(
  connection: Connection,
  partition: string,
  name: string,
  holder: string,
  milliseconds: number,
  now: number,
): LeaseResult {
  const current = findLease(connection, partition, name)
  if (current && !current.released && current.lapses_at > now) {
    return { acquired: false, holder: current.holder, remaining: current.lapses_at - now }
  }
  const { newest } = connection
    .statement('UPDATE lease_tokens SET newest = newest + 1 RETURNING newest')
    .get() as unknown as { newest: number }
  connection
    .statement(
      'INSERT OR REPLACE INTO leases (partition, name, holder, token, lapses_at, released) VALUES (?, ?, ?, ?, ?, 0)',
    )
    .run(partition, name, holder, newest, now + milliseconds)
  return { acquired: true, token: newest }
}

export function renew(connection: Connection, partition: string, name: string, token: number, lapsesAt: number) {
  const { changes } = connection
    .statement('UPDATE leases SET lapses_at = ? WHERE partition = ? AND name = ? AND token = ? AND released = 0')
    .run(lapsesAt, partition, name, token)
  return Number(changes) > 0
}

export function release(connection: Connection, partition: string, name: string, token: number, now: number) {
  connection
    .statement(
      'UPDATE leases SET released = 1, lapses_at = min(lapses_at, ?) WHERE partition = ? AND name = ? AND token = ?',
    )
    .run(now, partition, name, token)
}

export function leaseState(connection: Connection, partition: string, name: string, now: number): LeaseState | null {
  const row = findLease(connection, partition, name)
  return row ? { holder: row.holder, token: row.token, remaining: row.lapses_at - now } : null
}

export function sweepLeases(connection: Connection, limit: number, now: number) {
  const { changes } = connection
    .statement(
      `DELETE FROM leases WHERE (partition, name) IN
       (SELECT partition, name FROM leases WHERE lapses_at < ? LIMIT ?)`,
    )
    .run(now - FORGET_AFTER_MS, limit)
  return Number(changes)
}
