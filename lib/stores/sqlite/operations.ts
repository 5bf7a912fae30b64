import type { Connection } from '@/lib/stores/sqlite/connection'

const REMEMBERED_MS = 15 * 60 * 1000

/** The answer to an operation id that was applied in the last 15 minutes, or null. */
export function rememberedAnswer(connection: Connection, partition: string, operationId: string, now: number) {
  const row = connection
    .statement('SELECT answer, applied_at FROM operations WHERE partition = ? AND operation_id = ?')
    .get(partition, operationId) as unknown as { answer: string; applied_at: number } | undefined
  if (!row || row.applied_at < now - REMEMBERED_MS) return null
  return row.answer === '' ? [] : row.answer.split(',').map(Number)
}

/** Remembers the answer, and in the same row which topics were woken: other processes read them from here. */
export function remember(
  connection: Connection,
  operation: { partition: string; operationId: string; values: number[]; topics: string[]; writer: number },
  now: number,
) {
  const { partition, operationId, values, topics, writer } = operation
  connection
    .statement(
      'INSERT OR REPLACE INTO operations (partition, operation_id, applied_at, writer, answer, topics) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(partition, operationId, now, writer, values.join(','), topics.length > 0 ? JSON.stringify(topics) : null)
}

/** The newest row's sequence, which is never pruned, so sequences only grow. */
export function newestSequence(connection: Connection) {
  const row = connection.statement('SELECT max(sequence) AS newest FROM operations').get()
  return Number(row?.newest ?? 0)
}

/** The topics that other writers woke behind `sequence`, and the sequence read up to. */
export function topicsSince(connection: Connection, sequence: number, writer: number) {
  const rows = connection
    .statement('SELECT sequence, writer, topics FROM operations WHERE sequence > ? ORDER BY sequence')
    .all(sequence) as unknown as { sequence: number; writer: number; topics: string | null }[]
  const topics = new Set<string>()
  for (const row of rows) {
    if (row.writer === writer || row.topics === null) continue
    for (const topic of JSON.parse(row.topics) as string[]) topics.add(topic)
  }
  return { topics, sequence: rows.at(-1)?.sequence ?? sequence }
}

/** Forgets what is older than 15 minutes, at most `limit` rows. Rows lie in the order of their time. */
export function pruneOperations(connection: Connection, limit: number, now: number) {
  const { changes } = connection
    .statement(
      `DELETE FROM operations WHERE sequence < (SELECT min(sequence) FROM operations) + ? AND applied_at < ?
       AND sequence < (SELECT max(sequence) FROM operations)`,
    )
    .run(limit, now - REMEMBERED_MS)
  return Number(changes)
}
