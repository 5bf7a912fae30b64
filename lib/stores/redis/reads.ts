import type { RedisConnection } from '@/lib/stores/redis/connection'
import { READ_MANY } from '@/lib/stores/redis/scripts'

/** What a key holds. */
export type ReadKind = 'document' | 'counter'

/** A document's version, schema version and body; a counter's value stands in the first place. */
export type ReadValue = [string | null, string | null, string | null]

/** More keys than this are not read together for several callers: one answer stays small. */
const MOST_KEYS = 32

interface Batch {
  /** Key → its place in the answer. */
  places: Map<string, number>
  kinds: ReadKind[]
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

  /** The values of these keys of a partition, in their order. Rejects with `StoreUnavailable`. */
  async read(partition: string, kind: ReadKind, keys: string[]): Promise<ReadValue[]> {
    const batch = this.batchFor(partition, keys.length)
    const places = keys.map((key) => {
      const known = batch.places.get(key)
      if (known !== undefined) return known
      batch.kinds.push(kind)
      batch.places.set(key, batch.kinds.length - 1)
      return batch.kinds.length - 1
    })
    const values = await batch.values
    return places.map((place) => values[place] as ReadValue)
  }

  private batchFor(partition: string, count: number): Batch {
    const open = this.open.get(partition)
    if (open && open.kinds.length + count <= MOST_KEYS) return open
    const { promise, resolve } = Promise.withResolvers<ReadValue[]>()
    const batch: Batch = { places: new Map(), kinds: [], values: promise }
    this.open.set(partition, batch)
    process.nextTick(() => {
      if (this.open.get(partition) === batch) this.open.delete(partition)
      resolve(this.fetch(batch))
    })
    return batch
  }

  private async fetch({ places, kinds }: Batch): Promise<ReadValue[]> {
    const found = (await this.connection.run(READ_MANY, [...places.keys()], [kinds.join(' ')])) as (string | null)[]
    return kinds.map((_, place) => found.slice(place * 3, place * 3 + 3) as ReadValue)
  }
}
