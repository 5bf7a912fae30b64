import type { RunChunk } from '@/lib/agent/events'
import { LOG_VERSION, runLog, runs } from '@/lib/runs/collection'
import type { Operation, Store } from '@/lib/stores/contract'
import { numberedToken } from './tokens.ts'

const PER_COMMIT = 5_000
const delta = (index: number): RunChunk => ({
  type: 'text-delta',
  id: 't1-1-1',
  delta: numberedToken(index),
})

/** Appends chunks to a run's log from `next` on, past its owner. */
export async function append(store: Store, place: Place, next: number, chunks: RunChunk[], before: Operation[] = []) {
  for (let from = 0; from < chunks.length; from += PER_COMMIT) {
    const entries = chunks.slice(from, from + PER_COMMIT).map((chunk) => JSON.stringify(chunk))
    const operation: Operation = {
      kind: 'append',
      log: runLog(place.runId),
      v: LOG_VERSION,
      expectedNext: next + from,
      entries,
    }
    const result = await store.commit({
      partition: place.organisationId,
      operationId: `bench:${place.runId}:${next + from}`,
      operations: from === 0 ? [...before, operation] : [operation],
    })
    if (result.status === 'refused') throw new Error(`The log could not be written: ${result.reason}.`)
  }
}

interface Place {
  organisationId: string
  runId: string
}

/**
 * Makes the log of a finished run one of `events` events: an ordinary answer of that many tokens. Resolves with the
 * number of its deltas.
 */
export async function lengthenFinished(store: Store, place: Place, events: number): Promise<number> {
  const { organisationId, runId } = place
  const { entries } = await store.readLog(organisationId, runLog(runId), 0, { limit: 1_000, maxBytes: 1_000_000 })
  const chunks = entries.map(({ data }) => JSON.parse(data) as RunChunk)
  const first = chunks.findIndex(({ type }) => type === 'text-delta')
  const end = chunks.findIndex(({ type }) => type === 'text-end')
  if (first < 0 || end < first) throw new Error('The run to lengthen has no text.')
  const frame = [...chunks.slice(0, first), ...chunks.slice(end)]
  const deltas = Array.from({ length: events - frame.length }, (_, index) => delta(index))
  const longer = [...chunks.slice(0, first), ...deltas, ...chunks.slice(end)]
  await append(store, place, 1, longer, [{ kind: 'drop-log', log: runLog(runId) }])
  const run = await runs.get(store, organisationId, runId)
  if (!run) throw new Error('The run to lengthen is gone.')
  await store.commit({
    partition: organisationId,
    operationId: `bench:${runId}:lengthened`,
    operations: [runs.put(runId, { ...run.body, lastEvent: events })],
  })
  return deltas.length
}

/**
 * Brings the log of a run that waits for its model to `events` events; its owner learns of it only when it writes.
 * Resolves with the number of its deltas.
 */
export async function lengthenActive(store: Store, place: Place, events: number): Promise<number> {
  const log = runLog(place.runId)
  const { last, entries } = await store.readLog(place.organisationId, log, 0, { limit: 1_000, maxBytes: 1_000_000 })
  const before = entries.filter(({ data }) => (JSON.parse(data) as RunChunk).type === 'text-delta').length
  const deltas = Array.from({ length: events - last }, (_, index) => delta(index))
  await append(store, place, last + 1, deltas)
  return before + deltas.length
}
