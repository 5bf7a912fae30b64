import type { IndexEntry, Json, ListedDocument, ListInput, Operation, StoredDocument } from '@/lib/stores/contract'
import { listLimit } from '@/lib/stores/prepare'
import type { Connection } from '@/lib/stores/sqlite/connection'

interface Row {
  number: number
  version: number
  expires_at: number | null
  places: string
}

type Put = Extract<Operation, { kind: 'put' }>

const alive = (row: { expires_at: number | null }, now: number) => row.expires_at === null || row.expires_at > now

function find(connection: Connection, partition: string, collection: string, id: string) {
  return connection
    .statement(
      'SELECT number, version, expires_at, places FROM documents WHERE partition = ? AND collection = ? AND id = ?',
    )
    .get(partition, collection, id) as unknown as Row | undefined
}

/** The document's version; 0 when it is absent or expired. */
export function versionOf(connection: Connection, partition: string, collection: string, id: string, now: number) {
  const row = find(connection, partition, collection, id)
  return row && alive(row, now) ? row.version : 0
}

/** Writes the document and its places; `current` is its version before. Answers the new one. */
export function putDocument(connection: Connection, partition: string, put: Put, body: string, now: number) {
  const { collection, id, v, indexes } = put
  const row = find(connection, partition, collection, id)
  const current = row && alive(row, now) ? row.version : 0
  if (put.ifAbsent && current > 0) return { refused: 'exists' as const, actual: current }
  if (put.ifVersion !== undefined && put.ifVersion !== current) return { refused: 'version' as const, actual: current }

  const version = current + 1
  const expiresAt = put.expiresIn === undefined ? null : now + Math.ceil(put.expiresIn)
  const places = JSON.stringify(indexes.map(({ index, group, sort }) => [index, group, sort]))
  let number = row?.number
  if (number === undefined) {
    const inserted = connection
      .statement(
        'INSERT INTO documents (partition, collection, id, version, v, expires_at, places, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(partition, collection, id, version, v, expiresAt, places, body)
    number = Number(inserted.lastInsertRowid)
  } else {
    connection
      .statement('UPDATE documents SET version = ?, v = ?, expires_at = ?, places = ?, body = ? WHERE number = ?')
      .run(version, v, expiresAt, places, body, number)
  }
  if (row?.places === places) return { version }
  if (row) removePlaces(connection, partition, collection, id, row.places)
  for (const { index, group, sort } of indexes) {
    connection
      .statement('INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(partition, collection, index, group, sort, id, number)
  }
  return { version }
}

/** Answers the version found when it is not the one asked for, else null. */
export function deleteDocument(
  connection: Connection,
  partition: string,
  { collection, id, ifVersion }: Extract<Operation, { kind: 'delete' }>,
  now: number,
) {
  const row = find(connection, partition, collection, id)
  const current = row && alive(row, now) ? row.version : 0
  if (ifVersion !== undefined && ifVersion !== current) return current
  if (row) removeDocument(connection, partition, collection, id, row)
  return null
}

function removeDocument(
  connection: Connection,
  partition: string,
  collection: string,
  id: string,
  row: { number: number; places: string },
) {
  removePlaces(connection, partition, collection, id, row.places)
  connection.statement('DELETE FROM documents WHERE number = ?').run(row.number)
}

function removePlaces(connection: Connection, partition: string, collection: string, id: string, places: string) {
  for (const [index, group, sort] of JSON.parse(places) as [string, string, IndexEntry['sort']][]) {
    connection
      .statement(
        'DELETE FROM places WHERE partition = ? AND collection = ? AND index_name = ? AND group_name = ? AND sort = ? AND id = ?',
      )
      .run(partition, collection, index, group, sort, id)
  }
}

/** Removes expired documents, at most `limit`; answers how many. */
export function sweepDocuments(connection: Connection, limit: number, now: number) {
  const rows = connection
    .statement('SELECT number, partition, collection, id, places FROM documents WHERE expires_at <= ? LIMIT ?')
    .all(now, limit) as unknown as (Row & { partition: string; collection: string; id: string })[]
  for (const row of rows) removeDocument(connection, row.partition, row.collection, row.id, row)
  return rows.length
}

interface ReadRow {
  id: string
  version: number
  v: number
  body: string
}

const parsed = ({ id, version, v, body }: ReadRow): StoredDocument => ({
  id,
  version,
  v,
  body: JSON.parse(body) as Json,
})

export function getDocument(connection: Connection, partition: string, collection: string, id: string, now: number) {
  const row = connection
    .statement(
      'SELECT id, version, v, body FROM documents WHERE partition = ? AND collection = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)',
    )
    .get(partition, collection, id, now) as unknown as ReadRow | undefined
  return row ? parsed(row) : null
}

/** A page of one group of an index, straight from the index's own order. */
export function listDocuments(connection: Connection, input: ListInput, now: number): ListedDocument[] {
  const { partition, collection, index, group, after } = input
  const [direction, behind] = input.order === 'ascending' ? ['ASC', '>'] : ['DESC', '<']
  const rows = connection
    .statement(
      `SELECT p.sort, d.id, d.version, d.v, d.body FROM places p CROSS JOIN documents d ON d.number = p.document
       WHERE p.partition = ? AND p.collection = ? AND p.index_name = ? AND p.group_name = ?
       ${after ? `AND (p.sort, p.id) ${behind} (?, ?)` : ''} AND (d.expires_at IS NULL OR d.expires_at > ?)
       ORDER BY p.sort ${direction}, p.id ${direction} LIMIT ?`,
    )
    .all(
      partition,
      collection,
      index,
      group,
      ...(after ? [after.sort, after.id] : []),
      now,
      listLimit(input.limit),
    ) as unknown as (ReadRow & { sort: number })[]
  return rows.map((row) => ({ ...parsed(row), sort: row.sort }))
}
