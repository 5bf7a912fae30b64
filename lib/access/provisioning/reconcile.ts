import { createHash, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Collection, Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** The same for the same organisation and name in every process and at every start. */
export function derivedId(kind: string, organisationId: string, name: string): string {
  const digest = createHash('sha256').update(`${kind}\0${organisationId}\0${name}`).digest('hex')
  return `${kind}_${organisationId}_${BigInt(`0x${digest}`).toString(36).padStart(21, '0').slice(0, 21)}`
}

/**
 * Writes what `build` makes of what is there, unless it is the same already. Another process that does the same at
 * the same time is harmless: whoever comes second finds nothing left to do.
 */
export async function putIfChanged<T>(
  store: Store,
  partition: string,
  collection: Collection<T>,
  id: string,
  build: (before: T | null) => T,
): Promise<boolean> {
  for (;;) {
    const before = await collection.get(store, partition, id)
    const wanted = build(before?.body ?? null)
    if (before && isDeepStrictEqual(plain(wanted), plain(before.body))) return false
    const condition = before ? { ifVersion: before.version } : { ifAbsent: true as const }
    const result = await store.commit({
      partition,
      operationId: randomUUID(),
      operations: [collection.put(id, wanted, condition)],
    })
    if (result.status === 'applied') return true
  }
}

/** As the store gives it back. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

interface Named {
  name: string
  provisioned: boolean
}

/**
 * Makes the provisioned items of a collection those that are wanted: named ones are written, provisioned ones that are
 * not named any more are removed. An item of the same name that somebody made by hand becomes provisioned.
 */
export async function reconcile<Wanted extends { name: string }, T extends Named>(
  store: Store,
  organisationId: string,
  collection: Collection<T>,
  kind: string,
  wanted: Wanted[],
  build: (item: Wanted, id: string, before: T | null) => T,
  beforeWrite: (item: Wanted, id: string) => Promise<void> = async () => undefined,
): Promise<number> {
  const existing = await listAll(store, organisationId, collection)
  let changes = 0
  for (const item of wanted) {
    const id = existing.find(({ body }) => body.name === item.name)?.id ?? derivedId(kind, organisationId, item.name)
    await beforeWrite(item, id)
    if (await putIfChanged(store, organisationId, collection, id, (before) => build(item, id, before))) changes += 1
  }
  for (const { id, body } of existing) {
    if (!body.provisioned || wanted.some(({ name }) => name === body.name)) continue
    await remove(store, organisationId, collection, id)
    changes += 1
  }
  return changes
}

export async function remove<T>(store: Store, partition: string, collection: Collection<T>, id: string): Promise<void> {
  await store.commit({ partition, operationId: randomUUID(), operations: [collection.delete(id)] })
}

/** Everything of a collection with an index `all`, or of one group of another index. */
export async function listAll<T>(
  store: Store,
  partition: string,
  collection: Collection<T>,
  { index, group }: { index: string; group: string } = { index: 'all', group: 'all' },
): Promise<Versioned<T>[]> {
  const found: Versioned<T>[] = []
  let cursor: string | null = null
  do {
    const page: { items: Versioned<T>[]; nextCursor: string | null } = await collection.list(store, partition, {
      index,
      group,
      order: 'ascending',
      limit: 200,
      cursor,
    })
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return found
}
