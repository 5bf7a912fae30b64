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

/** So many writes share a transaction at most, so that none blocks the event loop for long. */
const GROUP_LIMIT = 200

/** A write that waits for its transaction. */
interface Write {
  work: () => unknown
  keep: (result: never) => boolean
  resolve: (result: never) => void
  reject: (error: unknown) => void
}

type Outcome = { result: unknown } | { error: unknown }

/** Every statement runs through here: cached, in transactions, with waiting and with coded errors. */
export class Connection {
  readonly database: DatabaseSync
  readonly logger: Logger | undefined
  private readonly busyBound: number
  private readonly statements = new Map<string, StatementSync>()
  private readonly closing = new AbortController()
  private waiting: Write[] = []
  private writing = false
  private attempting = false

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

  /**
   * Runs `work` within a write transaction; what `keep` turns down is rolled back and still answered. Writes that are
   * asked for in the same turn of the event loop share a transaction (most of a small one's cost is its begin and its
   * commit), but not their fate: one that is turned down or throws takes nothing of the others with it.
   */
  write<T>(work: () => T, keep: (result: T) => boolean = () => true): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ work, keep, resolve, reject })
      if (this.writing) return
      this.writing = true
      setImmediate(() => void this.writeWaiting())
    })
  }

  private async writeWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, GROUP_LIMIT)
      try {
        this.attempting = true
        this.answer(group, await this.retry(() => this.writeGroup(group)))
      } catch (error) {
        for (const write of group) write.reject(error)
      }
      this.attempting = false
      if (this.waiting.length > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    this.writing = false
  }

  /** A read sees what was asked for before it. */
  private writeBeforeRead(): void {
    // While a group is tried again and again, what came after it waits behind it.
    if (this.attempting || this.waiting.length === 0 || this.waiting.length > GROUP_LIMIT || this.closed) return
    try {
      this.answer(this.waiting, this.writeGroup(this.waiting))
      this.waiting = []
    } catch {
      // Another process holds the file, or something worse: they wait for their turn, which tells. Further reads of this
      // turn do not try again: each would wait for the file.
      this.attempting = true
    }
  }

  private answer(group: Write[], outcomes: Outcome[]): void {
    for (const [position, outcome] of outcomes.entries()) {
      const write = group[position] as Write
      if ('error' in outcome) write.reject(this.coded(outcome.error))
      else write.resolve(outcome.result as never)
    }
  }

  /** One transaction for all of them. Throws only what undoes them all; what concerns one is its outcome. */
  private writeGroup(group: Write[]): Outcome[] {
    this.statement('BEGIN IMMEDIATE').run()
    try {
      const outcomes = group.map((write) => this.writeOne(write))
      this.statement('COMMIT').run()
      return outcomes
    } catch (error) {
      if (this.database.isTransaction) this.statement('ROLLBACK').run()
      throw error
    }
  }

  private writeOne(write: Write): Outcome {
    this.statement('SAVEPOINT one').run()
    let outcome: Outcome
    try {
      const result = write.work()
      outcome = { result }
      if (!write.keep(result as never)) this.statement('ROLLBACK TO one').run()
    } catch (error) {
      // A full disk and the like end the whole transaction, whatever was kept in it.
      if (isBusy(error) || !this.database.isTransaction) throw error
      this.statement('ROLLBACK TO one').run()
      outcome = { error }
    }
    this.statement('RELEASE one').run()
    return outcome
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

  /** Reads: runs `attempt`, again and again while another process holds the file; throws `StoreUnavailable` at the bound. */
  patiently<T>(attempt: () => T): Promise<T> {
    this.writeBeforeRead()
    return this.retry(attempt)
  }

  private async retry<T>(attempt: () => T): Promise<T> {
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
