import type { Operation } from '@/lib/stores/contract'
import type { Connection } from '@/lib/stores/sqlite/connection'

/** Adds to a counter; answers its new value, or the value it has when the limit forbids the addition. */
export function count(
  connection: Connection,
  partition: string,
  { counter, by, expiresIn, limit }: Extract<Operation, { kind: 'count' }>,
  now: number,
): { value: number } | { over: number } {
  const current = findCounter(connection, partition, counter, now)
  const before = current?.value ?? 0
  // What only lowers a counter is never refused, even when the limit itself was lowered meanwhile.
  if (limit !== undefined && by > 0 && before + by > limit) return { over: before }
  const expiresAt = current ? current.expires_at : expiresIn === undefined ? null : now + Math.ceil(expiresIn)
  connection
    .statement('INSERT OR REPLACE INTO counters (partition, name, value, expires_at) VALUES (?, ?, ?, ?)')
    .run(partition, counter, before + by, expiresAt)
  return { value: before + by }
}

export function findCounter(connection: Connection, partition: string, counter: string, now: number) {
  return connection
    .statement(
      'SELECT value, expires_at FROM counters WHERE partition = ? AND name = ? AND (expires_at IS NULL OR expires_at > ?)',
    )
    .get(partition, counter, now) as unknown as { value: number; expires_at: number | null } | undefined
}

export function sweepCounters(connection: Connection, limit: number, now: number) {
  const { changes } = connection
    .statement(
      `DELETE FROM counters WHERE (partition, name) IN
       (SELECT partition, name FROM counters WHERE expires_at <= ? LIMIT ?)`,
    )
    .run(now, limit)
  return Number(changes)
}
