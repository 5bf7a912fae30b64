import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { LongwatchError, StoreUnavailable } from '@/lib/errors'

/** How long one call may block the event loop for another process's transaction. */
export const BUSY_TIMEOUT_MS = 20
/** How long a write is repeated, asynchronously, before the store counts as away. */
const BUSY_BOUND_MS = 5_000

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_CONSTRAINT = 19

/** Every statement runs through here: cached, in transactions, with waiting and with coded errors. */
export class Connection {
  readonly database: DatabaseSync
  readonly logger: Logger | undefined
  private readonly busyBound: number
  private readonly statements = new Map<string, StatementSync>()
  private readonly closing = new AbortController()

  constructor(database: DatabaseSync, options: { logger?: Logger; busyBoundMs?: number }) {
    this.database = database
    this.logger = options.logger
    this.busyBound = options.busyBoundMs ?? BUSY_BOUND_MS
  }

  get closed() {
    return this.closing.signal.aborted
  }

  statement(sql: string): StatementSync {
    let statement = this.statements.get(sql)
    if (!statement) {
      statement = this.database.prepare(sql)
      this.statements.set(sql, statement)
    }
    return statement
  }

  /** Runs `work` in one write transaction; what `keep` turns down is rolled back and still answered. */
  write<T>(work: () => T, keep: (result: T) => boolean = () => true): Promise<T> {
    return this.patiently(() => {
      this.statement('BEGIN IMMEDIATE').run()
      try {
        const result = work()
        this.statement(keep(result) ? 'COMMIT' : 'ROLLBACK').run()
        return result
      } catch (error) {
        if (this.database.isTransaction) this.statement('ROLLBACK').run()
        throw error
      }
    })
  }

  /** Runs `work` on one consistent state of the file. */
  read<T>(work: () => T): Promise<T> {
    return this.patiently(() => {
      this.statement('BEGIN').run()
      try {
        return work()
      } finally {
        if (this.database.isTransaction) this.statement('COMMIT').run()
      }
    })
  }

  /** Runs `attempt`, again and again while another process holds the file; throws `StoreUnavailable` at the bound. */
  async patiently<T>(attempt: () => T): Promise<T> {
    const started = performance.now()
    for (let tries = 1; ; tries += 1) {
      if (this.closed) throw new StoreUnavailable('The store is closed.')
      try {
        return attempt()
      } catch (error) {
        if (!isBusy(error)) throw this.coded(error)
        if (performance.now() - started > this.busyBound) {
          throw new StoreUnavailable('The store is busy.', error)
        }
      }
      // Jitter, so that several waiting processes do not keep meeting.
      await wait(Math.random() * Math.min(50, 5 * tries), undefined, { signal: this.closing.signal }).catch(() => {})
    }
  }

  close() {
    if (this.closed) return
    this.closing.abort()
    this.statements.clear()
    this.database.close()
  }

  /** The driver's own text stays in `cause`; only the number is logged. */
  private coded(error: unknown) {
    if (error instanceof LongwatchError) return error
    const code = sqliteCode(error)
    if (code === null) return error
    this.logger?.error({ sqliteCode: code }, 'the store refused a statement')
    if ((code & 0xff) === SQLITE_CONSTRAINT) {
      return new LongwatchError('internal', 'The store refused a value.', { cause: error })
    }
    return new StoreUnavailable('The store cannot be read or written.', error)
  }
}

/** SQLite's (extended) result code, or null when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  return error.errcode
}

function isBusy(error: unknown) {
  const code = sqliteCode(error)
  return code !== null && ((code & 0xff) === SQLITE_BUSY || (code & 0xff) === SQLITE_LOCKED)
}
