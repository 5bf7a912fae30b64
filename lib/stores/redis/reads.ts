import type { RedisConnection } from '@/lib/stores/redis/connection'
import { READ_MANY } from '@/lib/stores/redis/scripts'

/** What is read of a key. Of an index, which of its documents: the six arguments of a list, as `READ_MANY` takes them. */
export type Read =
  | { kind: 'document'; key: string }
  | { kind: 'counter'; key: string }
  | { kind: 'list'; key: string; args: string[] }

/** A document's version, schema version and body; of a counter, and of a list, all stands in the first place. */
export type ReadValue = [string | string[] | null, string | null, string | null]

/** More than this many documents are not read together for several callers: one answer stays small. */
const MOST_READ = 32
/** A list counts as one document for so many that it may hold: they are few as a rule. */
const LISTED = 64

const weightOf = (read: Read) => (read.kind === 'list' ? Math.ceil(Number(read.args[LIMIT]) / LISTED) : 1)
/** Where a list's arguments have its limit. */
const LIMIT = 3

interface Batch {
  /** What identifies a read → its place in the answer. */
  places: Map<string, number>
  reads: Read[]
  weight: number
  values: Promise<ReadValue[]>
}

/**
 * What is asked for in one turn of JavaScript is read by one command for each partition: a request that looks at ten
 * documents side by side costs the store, and this process, one round trip's work.
 */
export class Reads {
  private readonly connection: RedisConnection
  private readonly open = new Map<string, Batch>()

  constructor(connection: RedisConnection) {
    this.connection = connection
  }

  /** What these reads of a partition give, in their order. Rejects with `StoreUnavailable`. */
  async read(partition: string, reads: Read[]): Promise<ReadValue[]> {
    const batch = this.batchFor(
      partition,
      reads.reduce((sum, read) => sum + weightOf(read), 0),
    )
    const places = reads.map((read) => {
      const name = read.kind === 'list' ? `${read.key}\n${read.args.join('\n')}` : read.key
      const known = batch.places.get(name)
      if (known !== undefined) return known
      batch.reads.push(read)
      batch.weight += weightOf(read)
      batch.places.set(name, batch.reads.length - 1)
      return batch.reads.length - 1
    })
    const values = await batch.values
    return places.map((place) => values[place] as ReadValue)
  }

  private batchFor(partition: string, weight: number): Batch {
    const open = this.open.get(partition)
    if (open && open.weight + weight <= MOST_READ) return open
    const { promise, resolve } = Promise.withResolvers<ReadValue[]>()
    const batch: Batch = { places: new Map(), reads: [], weight: 0, values: promise }
    this.open.set(partition, batch)
    process.nextTick(() => {
      if (this.open.get(partition) === batch) this.open.delete(partition)
      resolve(this.fetch(batch))
    })
    return batch
  }

  private async fetch({ reads }: Batch): Promise<ReadValue[]> {
    const keys = reads.map(({ key }) => key)
    const args = [reads.map(({ kind }) => kind).join(' ')]
    for (const read of reads) if (read.kind === 'list') args.push(...read.args)
    const found = (await this.connection.run(READ_MANY, keys, args)) as ReadValue[number][]
    return reads.map((_, place) => found.slice(place * 3, place * 3 + 3) as ReadValue)
  }
}
