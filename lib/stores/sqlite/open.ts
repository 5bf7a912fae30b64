import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Logger } from 'pino'
import { LongwatchError, StoreUnavailable } from '@/lib/errors'
import type { Store } from '@/lib/stores/contract'
import { BUSY_TIMEOUT_MS, Connection, sqliteCode } from '@/lib/stores/sqlite/connection'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from '@/lib/stores/sqlite/schema'
import { SqliteStore } from '@/lib/stores/sqlite/store'

export interface SqliteOptions {
  /** The database file; it and its folder are made when absent, readable by their owner only. */
  file: string
  logger?: Logger
  /** How long a write waits for other processes before the store counts as away. */
  busyBoundMs?: number
}

/**
 * Pages of 4 KiB in the write-ahead log before they are copied into the file. That copying waits for the disk and
 * blocks the event loop: streams rewrite the same few pages all the time, so doing it more seldom copies much less.
 */
const CHECKPOINT_PAGES = 4_000

const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** Opens (or makes) the store in a file. Throws `StoreUnavailable` for a file that cannot be opened or is not ours. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { file } = options
  createPrivately(file)
  const connection = new Connection(openDatabase(file), options)
  try {
    await connection.patiently(() => refuseForeign(connection.database, file))
    await connection.patiently(() => {
      connection.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY')
      connection.database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    })
    await connection.patiently(() => makeSchema(connection.database, file))
  } catch (error) {
    connection.close()
    throw describe(error, file)
  }
  return new SqliteStore(connection)
}

function createPrivately(file: string) {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // Exclusively: closing a second descriptor of an open database would drop this process's locks on it.
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    throw new StoreUnavailable(`The store's file ${file} cannot be made.`, error)
  }
}

function openDatabase(file: string) {
  try {
    return new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  } catch (error) {
    throw new StoreUnavailable(`The store's file ${file} cannot be opened.`, error)
  }
}

/** Reads only: nothing may be written to a file before it is known to be ours or empty. */
function refuseForeign(database: DatabaseSync, file: string) {
  const applicationId = Number(database.prepare('PRAGMA application_id').get()?.application_id)
  const tables = Number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables)
  if (applicationId === APPLICATION_ID || (applicationId === 0 && tables === 0)) return
  throw new StoreUnavailable(`${file} is a database, but not one of Longwatch.`)
}

function makeSchema(database: DatabaseSync, file: string) {
  database.exec('BEGIN IMMEDIATE')
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (version > SCHEMA_VERSION) throw new StoreUnavailable(`${file} was written by a newer version of Longwatch.`)
    if (version < SCHEMA_VERSION) database.exec(SCHEMA)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function describe(error: unknown, file: string) {
  const cause = error instanceof LongwatchError ? error.cause : error
  const code = (sqliteCode(cause) ?? 0) & 0xff
  if (code === SQLITE_NOTADB) return new StoreUnavailable(`${file} is not a database of Longwatch.`, cause)
  if (code === SQLITE_CORRUPT) return new StoreUnavailable(`${file} is damaged.`, cause)
  return error
}
