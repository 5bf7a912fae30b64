import { randomId } from '@/lib/ids'
import type { CommitInput, CommitResult, Operation, RefusalReason } from '@/lib/stores/contract'
import type { BodyTexts } from '@/lib/stores/prepare'
import {
  collectionName,
  counterName,
  documentName,
  leaseName,
  logName,
  operationName,
  placeField,
  prefixOf,
} from '@/lib/stores/redis/keys'

const REMEMBERED_MS = 15 * 60 * 1000

/** A commit for the COMMIT script: its first key, and its arguments as flat texts, so that Lua parses no JSON. */
export function encodeCommit(
  input: CommitInput,
  bodies: BodyTexts,
  writer: string,
): { remembered: string; args: string[] } {
  const { partition, operationId, operations, signals = [], signalsElsewhere = [] } = input
  const topics = [...signals, ...signalsElsewhere]
  const alone = loneAppend(operations)
  const mark = alone ? markOf(alone, operationId) : ''
  const args = [prefixOf(partition), String(REMEMBERED_MS), mark, writer, String(topics.length), ...topics]
  args.push(String(operations.length))
  for (const [position, operation] of operations.entries()) {
    for (const arg of encodeOperation(operation, bodies[position] ?? '')) args.push(arg)
  }
  return { remembered: prefixOf(partition) + (alone ? logName(alone.log) : operationName(operationId)), args }
}

type Append = Extract<Operation, { kind: 'append' }>

/**
 * A fenced append and nothing else, as most commits are: its entries tell that it was applied, and it needs no key of
 * its own for that. Not a log's first: it must not be applied once more when the log was dropped meanwhile.
 */
function loneAppend([fence, append, ...more]: Operation[]): Append | null {
  if (fence?.kind !== 'fence' || append?.kind !== 'append' || more.length > 0) return null
  return append.expectedNext > 1 && append.entries.length > 0 ? append : null
}

/** The stream's id of the append's last entry: its number, then what tells the operation from others in 31 bits, which take four bytes. */
function markOf({ expectedNext, entries }: Append, operationId: string): string {
  return `${expectedNext + entries.length - 1}-${(fingerprint(operationId) >>> 1) + 1}`
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv) over the text's characters, in 32 bits: a cryptographic hash costs each token more. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let place = 0; place < text.length; place += 1) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193)
  return hash >>> 0
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
