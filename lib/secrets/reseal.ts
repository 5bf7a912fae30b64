import { randomUUID } from 'node:crypto'
import { conflict } from '@/lib/errors'
import type { RotatingSecretBox } from '@/lib/secrets/secret-box'
import type { Json, Store } from '@/lib/stores/contract'
import type { TransferRecord, TransferSource } from '@/lib/stores/transfer'

export interface ResealReport {
  /** Sealed texts that the newest key had sealed already, and those that it sealed now. */
  current: number
  resealed: number
  /** Documents that were changed. */
  documents: number
}

/** So often what others changed meanwhile is looked at again. */
const ROUNDS = 5

/**
 * Seals every stored secret with the newest key, wherever in a document it stands, while Longwatch may go on. Afterwards
 * the older keys open nothing any more. Throws `internal` when a secret cannot be opened with the keys that are given, and
 * `conflict` when others keep changing the same documents.
 */
export async function resealStore(
  store: Store,
  openSource: () => Promise<TransferSource>,
  box: RotatingSecretBox,
): Promise<ResealReport> {
  const report: ResealReport = { current: 0, resealed: 0, documents: 0 }
  for (let round = 0; round < ROUNDS; round += 1) {
    const { missed, current } = await resealOnce(store, await openSource(), box, report)
    report.current = current
    if (missed === 0) return report
  }
  throw conflict('Some secrets were being changed all the time; run it again.')
}

async function resealOnce(store: Store, source: TransferSource, box: RotatingSecretBox, report: ResealReport) {
  let missed = 0
  let current = 0
  try {
    for await (const record of source.records()) {
      if (record.kind !== 'document' || !record.body.includes('"sealed"')) continue
      const counts = { current: 0, resealed: 0 }
      const body = reseal(JSON.parse(record.body) as Json, record.partition, box, counts)
      current += counts.current
      if (counts.resealed === 0) continue
      if (await replace(store, record, body)) {
        report.resealed += counts.resealed
        report.documents += 1
      } else missed += 1
    }
  } finally {
    await source.close()
  }
  return { missed, current }
}

async function replace(store: Store, record: Extract<TransferRecord, { kind: 'document' }>, body: Json) {
  const { partition, collection, id, v, version, places, expiresAt } = record
  const result = await store.commit({
    partition,
    operationId: randomUUID(),
    operations: [
      {
        kind: 'put',
        collection,
        id,
        v,
        body,
        indexes: places.map(([index, group, sort]) => ({ index, group, sort })),
        ifVersion: version,
        ...(expiresAt === null ? {} : { expiresIn: Math.max(1, expiresAt - Date.now()) }),
      },
    ],
  })
  return result.status === 'applied'
}

function reseal(
  value: Json,
  partition: string,
  box: RotatingSecretBox,
  counts: { current: number; resealed: number },
): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item) => reseal(item, partition, box, counts))
  const { sealed } = value
  if (typeof sealed === 'string' && Object.keys(value).length === 1) {
    if (box.isCurrent({ sealed })) {
      counts.current += 1
      return value
    }
    counts.resealed += 1
    return { ...box.seal(box.open({ sealed }, partition), partition) }
  }
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, reseal(field, partition, box, counts)]))
}
