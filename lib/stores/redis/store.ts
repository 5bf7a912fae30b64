import type { Logger } from 'pino'
import { randomId } from '@/lib/ids'
import type {
  CommitInput,
  CommitResult,
  Json,
  LeaseResult,
  LeaseState,
  ListedDocument,
  ListInput,
  LogRead,
  Store,
  StoredDocument,
} from '@/lib/stores/contract'
import { listLimit, prepareCommit } from '@/lib/stores/prepare'
import { COMMIT } from '@/lib/stores/redis/commit-script'
import type { RedisConnection } from '@/lib/stores/redis/connection'
import { decodeCommit, encodeCommit } from '@/lib/stores/redis/encode'
import {
  counterName,
  documentName,
  indexName,
  leaseName,
  logName,
  placeField,
  prefixOf,
  SIGNAL_STREAM,
} from '@/lib/stores/redis/keys'
import { readLogAnswer } from '@/lib/stores/redis/log-answer'
import { Reads } from '@/lib/stores/redis/reads'
import type { Script } from '@/lib/stores/redis/script'
import * as scripts from '@/lib/stores/redis/scripts'
import { Signals } from '@/lib/stores/redis/signals'

/** The store contract over Redis. Its clock is the server's. */
export class RedisStore implements Store {
  readonly driver = 'redis'
  private readonly connection: RedisConnection
  private readonly writer = randomId(10)
  private readonly signals: Signals
  private readonly reads: Reads

  constructor(connection: RedisConnection, logger?: Logger) {
    this.connection = connection
    this.signals = new Signals(connection, this.writer, logger)
    this.reads = new Reads(connection)
  }

  async commit(input: CommitInput): Promise<CommitResult> {
    const { remembered, args } = encodeCommit(input, prepareCommit(input), this.writer)
    const result = decodeCommit(await this.connection.run(COMMIT, [remembered, SIGNAL_STREAM], args))
    const wakes = input.signals ?? input.signalsElsewhere
    if (wakes && result.status === 'applied') this.wakeOwn(input.signals ?? [])
    return result
  }

  async get(partition: string, collection: string, id: string) {
    return (await this.getMany(partition, collection, [id]))[0] ?? null
  }

  async getMany(partition: string, collection: string, ids: string[]): Promise<(StoredDocument | null)[]> {
    if (ids.length === 0) return []
    const keyOf = (id: string) => prefixOf(partition) + documentName(collection, id)
    const found = await this.reads.read(
      partition,
      ids.map((id) => ({ kind: 'document', key: keyOf(id) })),
    )
    return ids.map((id, position) => {
      const [version, v, body] = found[position] ?? []
      if (version == null || body == null) return null
      return { id, version: Number(version), v: Number(v), body: JSON.parse(body) as Json }
    })
  }

  async list(input: ListInput): Promise<ListedDocument[]> {
    const { partition, collection, index, group, order, after } = input
    const key = prefixOf(partition) + indexName(collection, index, group)
    const documents = prefixOf(partition) + documentName(collection, '')
    const behind = after ? [String(after.sort), after.id] : ['', '']
    const args = [documents, placeField(index, group), order, String(listLimit(input.limit)), ...behind]
    const [listing] = await this.reads.read(partition, [{ kind: 'list', key, args }])
    const found = (listing?.[0] ?? []) as string[]
    const listed: ListedDocument[] = []
    for (let position = 0; position < found.length; position += 5) {
      const [id, version, v, body, sort] = found.slice(position, position + 5) as [
        string,
        string,
        string,
        string,
        string,
      ]
      const document = { id: id.slice(1), version: Number(version), v: Number(v), body: JSON.parse(body) as Json }
      listed.push({ ...document, sort: Number(sort) })
    }
    return listed
  }

  async readLog(
    partition: string,
    log: string,
    after: number,
    bounds: { limit: number; maxBytes: number },
  ): Promise<LogRead> {
    const args = [Math.max(0, after), Math.max(1, bounds.limit), bounds.maxBytes].map(String)
    const key = prefixOf(partition) + logName(log)
    const epoch = await this.connection.epoch()
    const read = readLogAnswer(await this.connection.run(scripts.READ_LOG, [key], args))
    const tellsLoss = epoch !== ''
    if (!read) return { entries: [], last: 0, v: 0, logId: '', tellsLoss }
    const { last, v, first, logId } = read
    const entries = read.texts.map((data, position) => ({ n: first + position, data }))
    return { entries, last, v, logId: logId + epoch, tellsLoss }
  }

  async acquireLease(partition: string, lease: string, holder: string, milliseconds: number): Promise<LeaseResult> {
    const args = [holder, String(Math.ceil(milliseconds))]
    const [status, second = '', remaining] = (await this.runOnLease(
      scripts.ACQUIRE,
      partition,
      lease,
      args,
    )) as string[]
    if (status === 'acquired') return { acquired: true, token: Number(second) }
    return { acquired: false, holder: second.slice(1), remaining: Number(remaining) }
  }

  async renewLease(partition: string, lease: string, token: number, milliseconds: number) {
    const args = [String(token), String(Math.ceil(milliseconds))]
    return (await this.runOnLease(scripts.RENEW, partition, lease, args)) === '1'
  }

  async releaseLease(partition: string, lease: string, token: number) {
    await this.runOnLease(scripts.RELEASE, partition, lease, [String(token)])
  }

  async readLease(partition: string, lease: string): Promise<LeaseState | null> {
    const [holder, token, remaining] = (await this.runOnLease(scripts.READ_LEASE, partition, lease, [])) as string[]
    return holder === undefined ? null : { holder: holder.slice(1), token: Number(token), remaining: Number(remaining) }
  }

  async signal(topics: string[]) {
    if (topics.length === 0) return
    await this.connection.run(scripts.SIGNAL, [SIGNAL_STREAM], [this.writer, ...topics])
    this.wakeOwn(topics)
  }

  subscribe(topic: string, listener: () => void) {
    return this.signals.subscribe(topic, listener)
  }

  async readCounter(partition: string, counter: string) {
    const [value] = await this.reads.read(partition, [
      { kind: 'counter', key: prefixOf(partition) + counterName(counter) },
    ])
    return Number(value?.[0] ?? 0)
  }

  /** Redis removes by itself what has expired. */
  async sweep() {
    return 0
  }

  ping() {
    return this.connection.ping()
  }

  async close() {
    this.signals.close()
    await this.connection.close()
  }

  private runOnLease(script: Script, partition: string, lease: string, args: string[]) {
    return this.connection.run(script, [prefixOf(partition) + leaseName(lease)], args)
  }

  private wakeOwn(topics: string[]) {
    this.signals.listeners.wake(topics)
    this.signals.hurry()
  }
}
