import { randomId } from '@/lib/ids'
import type { CommitInput, CommitResult, Operation, RefusalReason } from '@/lib/stores/contract'
import type { BodyTexts } from '@/lib/stores/prepare'
import {
  collectionName,
  counterName,
  documentName,
  leaseName,
  logName,
  placeField,
  prefixOf,
} from '@/lib/stores/redis/keys'

const REMEMBERED_MS = 15 * 60 * 1000

/** A commit as the arguments of the COMMIT script: flat texts, so that Lua parses no JSON. */
export function encodeCommit(input: CommitInput, bodies: BodyTexts, writer: string): string[] {
  const { partition, operations, signals = [], signalsElsewhere = [] } = input
  const topics = [...signals, ...signalsElsewhere]
  const args = [prefixOf(partition), String(REMEMBERED_MS), writer, String(topics.length), ...topics]
  args.push(String(operations.length))
  for (const [position, operation] of operations.entries()) {
    for (const arg of encodeOperation(operation, bodies[position] ?? '')) args.push(arg)
  }
  return args
}

const optional = (value: number | undefined) => (value === undefined ? '' : String(value))
const milliseconds = (value: number | undefined) => (value === undefined ? '' : String(Math.ceil(value)))

function encodeOperation(operation: Operation, body: string): string[] {
  const { kind } = operation
  switch (kind) {
    case 'put': {
      const { collection, id, v, indexes } = operation
      const places = indexes.flatMap(({ index, group, sort }) => [placeField(index, group), String(sort)])
      return [
        kind,
        documentName(collection, id),
        String(v),
        body,
        optional(operation.ifVersion),
        operation.ifAbsent ? '1' : '',
        milliseconds(operation.expiresIn),
        collectionName(collection),
        id,
        String(indexes.length),
        ...places,
      ]
    }
    case 'delete': {
      const { collection, id, ifVersion } = operation
      return [kind, documentName(collection, id), optional(ifVersion), collectionName(collection), id]
    }
    case 'check':
      return [kind, documentName(operation.collection, operation.id), String(operation.version)]
    case 'fence':
      return [kind, leaseName(operation.lease), String(operation.token)]
    case 'acquire':
      return [kind, leaseName(operation.lease), operation.holder, String(Math.ceil(operation.milliseconds))]
    case 'append': {
      const { log, v, expectedNext, entries } = operation
      const logId = expectedNext === 1 ? randomId(12) : ''
      return [kind, logName(log), String(v), logId, String(expectedNext), String(entries.length), ...entries]
    }
    case 'expire-log':
      return [kind, logName(operation.log), milliseconds(operation.expiresIn)]
    case 'drop-log':
      return [kind, logName(operation.log)]
    case 'count': {
      const { counter, expiresIn, by, limit } = operation
      return [kind, counterName(counter), milliseconds(expiresIn), String(by), optional(limit)]
    }
  }
}

/** The COMMIT script's answer. */
export function decodeCommit(answer: unknown): CommitResult {
  const [status, second = '', reason = '', actual = ''] = answer as string[]
  if (status === 'refused') {
    return { status, operation: Number(second), reason: reason as RefusalReason, actual: Number(actual) }
  }
  const values = second.slice(1)
  return {
    status: 'applied',
    values: values === '' ? [] : values.split(',').map(Number),
    repeated: status === 'repeated',
  }
}
