import { badRequest, LongwatchError } from '@/lib/errors'
import type { IndexEntry, Json, Operation, Store, StoredDocument } from '@/lib/stores/contract'

export interface CollectionDefinition<T> {
  name: string
  /** The schema version that this process writes. */
  v: number
  /** The body's places in its indexes; an index that a body is not in is simply not named. */
  indexes?: (body: T, id: string) => IndexEntry[]
  /** Turns a body that an older `v` wrote into today's. Without it, only today's `v` can be read. */
  upcast?: (body: Json, v: number) => T
}

export interface Versioned<T> {
  id: string
  version: number
  body: T
}

export interface Page<T> {
  items: Versioned<T>[]
  /** Hand back as `cursor`; null on the last page. */
  nextCursor: string | null
}

type PutConditions = { ifVersion?: number; ifAbsent?: true; expiresIn?: number }

/** A named kind of document: typed operations and reads over a store. */
export class Collection<T> {
  readonly definition: CollectionDefinition<T>

  constructor(definition: CollectionDefinition<T>) {
    this.definition = definition
  }

  get name() {
    return this.definition.name
  }

  put(id: string, body: T, conditions: PutConditions = {}): Operation {
    return {
      kind: 'put',
      collection: this.name,
      id,
      v: this.definition.v,
      body: body as Json,
      indexes: this.definition.indexes?.(body, id) ?? [],
      ...conditions,
    }
  }

  delete(id: string, ifVersion?: number): Operation {
    return { kind: 'delete', collection: this.name, id, ifVersion }
  }

  /** Refuses the commit unless the document still has this version (0: is absent). */
  check(id: string, version: number): Operation {
    return { kind: 'check', collection: this.name, id, version }
  }

  async get(store: Store, partition: string, id: string): Promise<Versioned<T> | null> {
    const document = await store.get(partition, this.name, id)
    return document && this.read(document)
  }

  async getMany(store: Store, partition: string, ids: string[]): Promise<(Versioned<T> | null)[]> {
    if (ids.length === 0) return []
    const documents = await store.getMany(partition, this.name, ids)
    return documents.map((document) => document && this.read(document))
  }

  /** A page of one group of an index. A cursor that is none of ours is a 400 for field `cursor`. */
  async list(
    store: Store,
    partition: string,
    input: {
      index: string
      group: string
      order: 'ascending' | 'descending'
      limit: number
      cursor?: string | null
      /** The request's name for the cursor, for the 400. */
      cursorField?: string
    },
  ): Promise<Page<T>> {
    const { index, group, order, limit } = input
    const after = input.cursor ? decodeCursor(input.cursor, input.cursorField) : undefined
    const found = await store.list({
      partition,
      collection: this.name,
      index,
      group,
      order,
      limit: limit + 1,
      after,
    })
    const items = found.slice(0, limit)
    const last = items.at(-1)
    return {
      items: items.map((document) => this.read(document)),
      nextCursor: found.length > limit && last ? encodeCursor(last) : null,
    }
  }

  private read(document: StoredDocument): Versioned<T> {
    const { v, upcast, name } = this.definition
    if (document.v === v) return { id: document.id, version: document.version, body: document.body as T }
    if (document.v < v && upcast)
      return { id: document.id, version: document.version, body: upcast(document.body, document.v) }
    throw new LongwatchError('internal', `A record of ${name} was written by another version of Longwatch.`)
  }
}

export const encodeCursor = (place: { sort: number; id: string }) =>
  Buffer.from(`${place.sort}:${place.id}`).toString('base64url')

/** The place that a cursor names; a 400 for the named field when it is none of ours. */
export function decodeCursor(cursor: string, field = 'cursor'): { sort: number; id: string } {
  const match = /^(-?\d+(?:\.\d+)?):(.+)$/s.exec(Buffer.from(cursor, 'base64url').toString())
  const sort = Number(match?.[1])
  if (!match || !Number.isFinite(sort)) throw badRequest(field, 'This cursor is not valid.')
  return { sort, id: match[2] as string }
}
