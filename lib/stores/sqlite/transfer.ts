import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { conflict, StoreUnavailable } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { entryRecords, type TransferRecord, type TransferSource, type TransferTarget } from '@/lib/stores/transfer'

const PAGE = 500

/** Reads a store's file as it is at one moment, while others go on writing to it. Throws `StoreUnavailable`. */
export async function openSqliteSource(file: string): Promise<TransferSource> {
  // Refuses files that are not ours, and brings an older one to today's form.
  await (await openSqliteStore({ file })).close()
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  database.exec('BEGIN')
  return {
    driver: 'sqlite',
    records: () => recordsOf(database, Date.now()),
    async close() {
      database.close()
    },
  }
}

async function* recordsOf(database: DatabaseSync, now: number): AsyncGenerator<TransferRecord> {
  yield* documentsOf(database, now)
  yield* logsOf(database, now)
  const counters = database.prepare(
    'SELECT partition, name, value, expires_at FROM counters WHERE expires_at IS NULL OR expires_at > ?',
  )
  for (const row of counters.iterate(now) as Iterable<Record<string, unknown>>) {
    const { partition, name, value, expires_at: expiresAt } = row as Row<'partition' | 'name'> & { value: number }
    yield { kind: 'counter', partition, counter: name, value, expiresAt }
  }
}

type Row<Text extends string> = Record<Text, string> & { number: number; v: number; expires_at: number | null }

function* documentsOf(database: DatabaseSync, now: number): Generator<TransferRecord> {
  const page = database.prepare(
    `SELECT number, partition, collection, id, version, v, expires_at, places, body FROM documents
     WHERE number > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY number LIMIT ${PAGE}`,
  )
  for (const row of paged<Row<'partition' | 'collection' | 'id' | 'places' | 'body'> & { version: number }>(
    page,
    now,
  )) {
    const { partition, collection, id, version, v, expires_at: expiresAt, body } = row
    const places = JSON.parse(row.places) as [string, string, number][]
    yield { kind: 'document', partition, collection, id, version, v, expiresAt, places, body }
  }
}

function* logsOf(database: DatabaseSync, now: number): Generator<TransferRecord> {
  const page = database.prepare(
    `SELECT number, partition, name, v, expires_at FROM logs
     WHERE number > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY number LIMIT ${PAGE}`,
  )
  const entries = database.prepare(
    'SELECT place & 4294967295 AS n, data FROM log_entries WHERE place > (? << 32) + ? AND place < (? + 1) << 32 ORDER BY place LIMIT 500',
  )
  for (const { number, partition, name, v, expires_at: expiresAt } of paged<Row<'partition' | 'name'>>(page, now)) {
    yield { kind: 'log', partition, log: name, v, expiresAt }
    for (let cursor = 0; ; ) {
      const rows = entries.all(number, cursor, number) as unknown as { n: number; data: string }[]
      const [first] = rows
      if (!first) break
      yield* entryRecords(
        first.n,
        rows.map(({ data }) => data),
      )
      cursor = rows.at(-1)?.n ?? cursor
    }
  }
}

/** All rows of a query by ascending `number`, a page at a time. */
function* paged<T extends { number: number }>(page: StatementSync, now: number): Generator<T> {
  for (let after = 0; ; ) {
    const rows = page.all(after, now) as unknown as T[]
    yield* rows
    const last = rows.at(-1)
    if (!last) return
    after = last.number
  }
}

/** A store's file to restore into; it is made when absent. Throws `conflict` while another process has it open. */
export async function openSqliteTarget(file: string): Promise<TransferTarget> {
  await (await openSqliteStore({ file })).close()
  const database = openAlone(file)
  return {
    driver: 'sqlite',
    async isEmpty() {
      const { things } = database
        .prepare('SELECT (SELECT count(*) FROM documents) + (SELECT count(*) FROM logs) AS things')
        .get() as { things: number }
      return things === 0
    },
    load: (records) => load(database, records),
    async close() {
      database.close()
    },
  }
}

/**
 * Opens a store's file for this process alone: every open connection holds a lock on the file, which an exclusive one
 * does not get along with. Throws `conflict`.
 */
export function openAlone(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 500 })
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
    return database
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw conflict(`${file} is in use: stop Longwatch first.`)
    throw new StoreUnavailable(`${file} cannot be opened.`, error)
  }
}

const SQLITE_BUSY = 5

async function load(database: DatabaseSync, records: AsyncIterable<TransferRecord>): Promise<void> {
  const document = database.prepare(
    'INSERT INTO documents (partition, collection, id, version, v, expires_at, places, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const place = database.prepare('INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?)')
  const log = database.prepare('INSERT INTO logs (partition, name, log_id, v, expires_at) VALUES (?, ?, ?, ?, ?)')
  const entry = database.prepare('INSERT INTO log_entries (place, data) VALUES ((? << 32) | ?, ?)')
  const counter = database.prepare('INSERT INTO counters (partition, name, value, expires_at) VALUES (?, ?, ?, ?)')
  let logNumber = 0
  database.exec('BEGIN IMMEDIATE')
  try {
    // Tokens grow beyond all that were ever given elsewhere: those of Redis are microseconds of its clock.
    database.prepare('UPDATE lease_tokens SET newest = max(newest, ?)').run(Date.now() * 1_000)
    for await (const record of records) {
      switch (record.kind) {
        case 'document': {
          const { partition, collection, id, version, v, expiresAt, places, body } = record
          const { lastInsertRowid } = document.run(
            partition,
            collection,
            id,
            version,
            v,
            expiresAt,
            JSON.stringify(places),
            body,
          )
          for (const [index, group, sort] of places)
            place.run(partition, collection, index, group, sort, id, lastInsertRowid)
          break
        }
        case 'log': {
          const { partition, v, expiresAt } = record
          logNumber = Number(log.run(partition, record.log, randomId(12), v, expiresAt).lastInsertRowid)
          break
        }
        case 'entries':
          for (const [offset, data] of record.entries.entries()) entry.run(logNumber, record.first + offset, data)
          break
        case 'counter':
          counter.run(record.partition, record.counter, record.value, record.expiresAt)
      }
    }
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
