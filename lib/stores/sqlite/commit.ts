import type { CommitInput, CommitResult, Operation, RefusalReason } from '@/lib/stores/contract'
import type { BodyTexts } from '@/lib/stores/prepare'
import type { Connection } from '@/lib/stores/sqlite/connection'
import { count } from '@/lib/stores/sqlite/counters'
import { deleteDocument, putDocument, versionOf } from '@/lib/stores/sqlite/documents'
import { acquire, findLease } from '@/lib/stores/sqlite/leases'
import { appendEntries, dropLog, expireLog } from '@/lib/stores/sqlite/logs'
import { remember, rememberedAnswer } from '@/lib/stores/sqlite/operations'

type Applied = { value: number } | { reason: RefusalReason; actual: number }

const NOTHING: Applied = { value: 0 }

/** Applies a commit within an open transaction. A refusal leaves the transaction to be rolled back. */
export function applyCommit(
  connection: Connection,
  input: CommitInput,
  bodies: BodyTexts,
  writer: number,
  now: number,
): CommitResult {
  const { partition, operationId, operations, signals = [], signalsElsewhere = [] } = input
  const remembered = rememberedAnswer(connection, partition, operationId, now)
  if (remembered) return { status: 'applied', values: remembered, repeated: true }
  const values: number[] = []
  for (let position = 0; position < operations.length; position += 1) {
    const applied = apply(connection, partition, operations[position] as Operation, bodies[position] ?? '', now)
    if ('reason' in applied) {
      return { status: 'refused', operation: position, reason: applied.reason, actual: applied.actual }
    }
    values.push(applied.value)
  }
  remember(connection, { partition, operationId, values, topics: [...signals, ...signalsElsewhere], writer }, now)
  return { status: 'applied', values, repeated: false }
}

function apply(
  connection: Connection,
  partition: string,
  operation: Operation,
  bodyText: string,
  now: number,
): Applied {
  switch (operation.kind) {
    case 'put': {
      const put = putDocument(connection, partition, operation, bodyText, now)
      return put.refused ? { reason: put.refused, actual: put.actual } : { value: put.version }
    }
    case 'delete': {
      const found = deleteDocument(connection, partition, operation, now)
      return found === null ? NOTHING : { reason: 'version', actual: found }
    }
    case 'check': {
      const actual = versionOf(connection, partition, operation.collection, operation.id, now)
      return actual === operation.version ? NOTHING : { reason: 'version', actual }
    }
    case 'fence': {
      const actual = findLease(connection, partition, operation.lease)?.token ?? 0
      return actual === operation.token ? NOTHING : { reason: 'fenced', actual }
    }
    case 'acquire': {
      const { lease, holder, milliseconds } = operation
      const result = acquire(connection, partition, lease, holder, Math.ceil(milliseconds), now)
      return result.acquired ? { value: result.token } : { reason: 'held', actual: result.remaining }
    }
    case 'append': {
      const appended = appendEntries(connection, partition, operation, now)
      return 'due' in appended ? { reason: 'next', actual: appended.due } : { value: appended.last }
    }
    case 'expire-log':
      expireLog(connection, partition, operation.log, now + Math.ceil(operation.expiresIn))
      return NOTHING
    case 'drop-log':
      dropLog(connection, partition, operation.log)
      return NOTHING
    case 'count': {
      const counted = count(connection, partition, operation, now)
      return 'over' in counted ? { reason: 'limit', actual: counted.over } : { value: counted.value }
    }
  }
}
