import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreUnavailable } from '@/lib/errors'
import { newOrganisationId, newResourceId, randomId } from '@/lib/ids'
import { logTopic, runLog, runs } from '@/lib/runs/collection'
import type { Run, RunState } from '@/lib/runs/types'
import type { Operation, Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

/** A real store with run logs that a test writes by hand; it counts log reads and subscriptions, and can be away. */
export class LogStore {
  readonly partition = newOrganisationId()
  readonly store: Store
  reads = 0
  subscriptions = 0
  /** All that were ever asked for. */
  subscribed = 0
  away = false
  /** Subscriptions wait for it. */
  acknowledged: Promise<unknown> = Promise.resolve()
  /** Reads of logs wait for it. */
  asked: Promise<unknown> = Promise.resolve()
  /** What was read of a log is told then. */
  answered: Promise<unknown> = Promise.resolve()
  private readonly real: Store
  private readonly folder: string

  private constructor(real: Store, folder: string) {
    this.real = real
    this.folder = folder
    this.store = new Proxy(real, {
      get: (target, name) => {
        if (name === 'readLog') return this.readLog
        if (name === 'subscribe') return this.subscribe
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  static async create(): Promise<LogStore> {
    const folder = await mkdtemp(join(tmpdir(), 'longwatch-logs-'))
    return new LogStore(await openSqliteStore({ file: join(folder, 'test.db') }), folder)
  }

  private readonly readLog: Store['readLog'] = async (...given) => {
    this.reads += 1
    await this.asked
    if (this.away) throw new StoreUnavailable()
    const read = await this.real.readLog(...given)
    await this.answered
    return read
  }

  private readonly subscribe: Store['subscribe'] = async (topic, listener) => {
    this.subscribed += 1
    if (this.away) throw new StoreUnavailable()
    await this.acknowledged
    const unsubscribe = await this.real.subscribe(topic, listener)
    this.subscriptions += 1
    let subscribed = true
    return () => {
      if (subscribed) this.subscriptions -= 1
      subscribed = false
      unsubscribe()
    }
  }

  async run(state: RunState = { status: 'running', startedAt: 1 }): Promise<string> {
    const id = newResourceId('run', this.partition)
    const principal = { kind: 'user', id: 'usr' } as const
    await this.commit([runs.put(id, { id, sessionId: 'ses', principal, state, lastEvent: 0, createdAt: 1 } as Run)])
    return id
  }

  /** Appends events, waking who watches. */
  async append(runId: string, expectedNext: number, entries: string[]): Promise<void> {
    const result = await this.commit(
      [{ kind: 'append', log: runLog(runId), v: 1, expectedNext, entries }],
      [logTopic(runId)],
    )
    if (result.status !== 'applied') throw new Error('the append was refused')
  }

  /** The log's end, as a watch reads it before it follows. */
  async head(runId: string): Promise<{ last: number; logId: string }> {
    return this.real.readLog(this.partition, runLog(runId), 0, { limit: 1, maxBytes: 1 })
  }

  commit(operations: Operation[], signals: string[] = []) {
    return this.real.commit({ partition: this.partition, operationId: randomId(16), operations, signals })
  }

  async close(): Promise<void> {
    await this.real.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}

export const delta = (text: string) => JSON.stringify({ type: 'text-delta', id: 't', delta: text })
export const finish = JSON.stringify({ type: 'finish' })
