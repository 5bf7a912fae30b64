import { randomId } from '@/lib/ids'
import type { CommitResult, Json, LogEntry, Operation, Store } from '@/lib/stores/contract'

export interface StorePair {
  first: Store
  /** Another connection to the same data. */
  second: Store
  /** How another process opens the same data: `(await import(module))[open](options)`. */
  child: { module: string; open: string; options: Json }
  dispose(): Promise<void>
}

export type CurrentPair = () => StorePair

/** A partition of its own for each test. */
export const newPartition = () => `p${randomId(9)}`

export const commit = (store: Store, partition: string, operations: Operation[], signals?: string[]) =>
  store.commit({ partition, operationId: randomId(12), operations, signals })

export async function applied(result: Promise<CommitResult>): Promise<number[]> {
  const outcome = await result
  if (outcome.status !== 'applied') throw new Error(`The commit was refused: ${JSON.stringify(outcome)}`)
  return outcome.values
}

type Put = Extract<Operation, { kind: 'put' }>

export const put = (id: string, body: Json, more: Partial<Put> = {}): Put => ({
  kind: 'put',
  collection: 'things',
  id,
  v: 1,
  body,
  indexes: [],
  ...more,
})

export const append = (log: string, expectedNext: number, entries: string[], v = 1): Operation => ({
  kind: 'append',
  log,
  v,
  expectedNext,
  entries,
})

export const AMPLE = { limit: 10_000, maxBytes: 10_000_000 }

/** Reads a log from `after` to its end with bounded reads, as a watcher does. */
export async function readAll(store: Store, partition: string, log: string, after = 0, bounds = AMPLE) {
  const entries: LogEntry[] = []
  for (let cursor = after; ; ) {
    const read = await store.readLog(partition, log, cursor, bounds)
    if (read.entries.length === 0) return entries
    entries.push(...read.entries)
    cursor = read.entries.at(-1)?.n ?? cursor
  }
}
