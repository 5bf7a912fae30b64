import { randomInt } from 'node:crypto'
import { randomId } from '@/lib/ids'
import type { CommitInput, CommitResult, ListInput, Store } from '@/lib/stores/contract'
import { Listeners } from '@/lib/stores/listeners'
import { prepareCommit } from '@/lib/stores/prepare'
import { applyCommit } from '@/lib/stores/sqlite/commit'
import type { Connection } from '@/lib/stores/sqlite/connection'
import { findCounter, sweepCounters } from '@/lib/stores/sqlite/counters'
import { getDocument, listDocuments, sweepDocuments } from '@/lib/stores/sqlite/documents'
import { acquire, leaseState, release, renew, sweepLeases } from '@/lib/stores/sqlite/leases'
import { readEntries, sweepLogs } from '@/lib/stores/sqlite/logs'
import { pruneOperations, remember } from '@/lib/stores/sqlite/operations'
import { ForeignCommits } from '@/lib/stores/sqlite/signals'

/** Old operation ids are forgotten with every so many commits, a bounded number at a time. */
const PRUNE_EVERY = 256
const PRUNE_LIMIT = 1024

/** The store contract over one SQLite file. Its clock is the machine's, which all processes on the file share. */
export class SqliteStore implements Store {
  readonly driver = 'sqlite'
  private readonly connection: Connection
  private readonly writer = randomInt(2 ** 47)
  private readonly listeners: Listeners
  private readonly foreign: ForeignCommits
  private commits = 0

  constructor(connection: Connection) {
    this.connection = connection
    this.listeners = new Listeners(connection.logger, (active) => {
      if (!active) this.foreign.stop()
    })
    this.foreign = new ForeignCommits(connection, this.listeners, this.writer)
  }

  async commit(input: CommitInput): Promise<CommitResult> {
    const bodies = prepareCommit(input)
    const result = await this.connection.write(
      () => {
        const now = Date.now()
        this.commits += 1
        if (this.commits % PRUNE_EVERY === 0) pruneOperations(this.connection, PRUNE_LIMIT, now)
        return applyCommit(this.connection, input, bodies, this.writer, now)
      },
      ({ status }) => status === 'applied',
    )
    if (input.signals && result.status === 'applied') this.listeners.wake(input.signals)
    return result
  }

  get(partition: string, collection: string, id: string) {
    return this.connection.patiently(() => getDocument(this.connection, partition, collection, id, Date.now()))
  }

  getMany(partition: string, collection: string, ids: string[]) {
    return this.connection.read(() => {
      const now = Date.now()
      return ids.map((id) => getDocument(this.connection, partition, collection, id, now))
    })
  }

  list(input: ListInput) {
    return this.connection.patiently(() => listDocuments(this.connection, input, Date.now()))
  }

  readLog(partition: string, log: string, after: number, bounds: { limit: number; maxBytes: number }) {
    return this.connection.read(() => readEntries(this.connection, partition, log, after, bounds, Date.now()))
  }

  acquireLease(partition: string, lease: string, holder: string, milliseconds: number) {
    return this.connection.write(
      () => acquire(this.connection, partition, lease, holder, Math.ceil(milliseconds), Date.now()),
      ({ acquired }) => acquired,
    )
  }

  renewLease(partition: string, lease: string, token: number, milliseconds: number) {
    return this.connection.write(() =>
      renew(this.connection, partition, lease, token, Date.now() + Math.ceil(milliseconds)),
    )
  }

  releaseLease(partition: string, lease: string, token: number) {
    return this.connection.write(() => release(this.connection, partition, lease, token, Date.now()))
  }

  readLease(partition: string, lease: string) {
    return this.connection.patiently(() => leaseState(this.connection, partition, lease, Date.now()))
  }

  async signal(topics: string[]) {
    if (topics.length === 0) return
    const operation = { partition: '', operationId: `signal:${randomId(16)}`, values: [], topics, writer: this.writer }
    await this.connection.write(() => remember(this.connection, operation, Date.now()))
    this.listeners.wake(topics)
  }

  async subscribe(topic: string, listener: () => void) {
    await this.connection.patiently(() => this.foreign.start())
    return this.listeners.add(topic, listener)
  }

  readCounter(partition: string, counter: string) {
    return this.connection.patiently(() => findCounter(this.connection, partition, counter, Date.now())?.value ?? 0)
  }

  sweep(limit: number) {
    return this.connection.write(() => {
      const now = Date.now()
      let removed = sweepDocuments(this.connection, limit, now)
      for (const step of [sweepLogs, sweepCounters, sweepLeases, pruneOperations]) {
        if (removed < limit) removed += step(this.connection, limit - removed, now)
      }
      return removed
    })
  }

  async ping() {
    await this.connection.patiently(() => this.connection.statement('SELECT 1 FROM lease_tokens').get())
  }

  async close() {
    this.foreign.stop()
    this.listeners.clear()
    this.connection.close()
  }
}
