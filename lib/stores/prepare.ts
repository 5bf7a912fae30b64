import { LongwatchError } from '@/lib/errors'
import { type CommitInput, type IndexEntry, MAX_COMMIT_BYTES, type Operation } from '@/lib/stores/contract'

/** The bodies of a commit's puts as JSON text, at the place of their operation. */
export type BodyTexts = (string | undefined)[]

/**
 * What every driver checks before it touches its data: the commit's size and that its values can be stored.
 * Throws `payload_too_large` above 1 MiB of JSON and `internal` for values that no caller of ours may send.
 */
export function prepareCommit(input: CommitInput): BodyTexts {
  const { operations } = input
  const texts: BodyTexts = new Array(operations.length)
  let bytes = 0
  for (let position = 0; position < operations.length; position += 1) {
    const operation = operations[position] as Operation
    if (operation.kind === 'put') {
      const text = JSON.stringify(operation.body)
      if (text === undefined) throw invalid('A document needs a JSON body.')
      checkIndexes(operation.indexes)
      texts[position] = text
      bytes += Buffer.byteLength(text)
    } else if (operation.kind === 'append') {
      for (const entry of operation.entries) bytes += Buffer.byteLength(entry)
    } else if (operation.kind === 'count' && !Number.isFinite(operation.by)) {
      throw invalid('A counter takes finite numbers only.')
    }
  }
  if (bytes > MAX_COMMIT_BYTES) {
    throw new LongwatchError('payload_too_large', 'One change of the store may carry at most 1 MiB.')
  }
  return texts
}

function checkIndexes(indexes: IndexEntry[]) {
  for (const [position, entry] of indexes.entries()) {
    if (!Number.isFinite(entry.sort)) throw invalid('An index takes finite numbers only.')
    const twice = indexes.some(
      (other, place) => place < position && other.index === entry.index && other.group === entry.group,
    )
    if (twice) throw invalid('A document has at most one place in a group of an index.')
  }
}

const invalid = (message: string) => new LongwatchError('internal', message)

/** A list's limit, brought into the range that the contract allows. */
export const listLimit = (limit: number) => Math.min(1000, Math.max(1, Math.trunc(limit)))
