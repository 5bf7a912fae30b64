import { type BlobReference, readBlob } from '@/lib/stores/blobs'
import type { Store } from '@/lib/stores/contract'

export interface BlobRange {
  offset: number
  limit: number
}

/**
 * Bytes from about `offset` on; of text only whole characters, at least one if there is any. `nextOffset` is null at
 * the end. Throws `gone` as `readBlob` does.
 */
export async function readBlobRange(
  store: Store,
  partition: string,
  { blob, isText }: { blob: BlobReference; isText: boolean },
  range: BlobRange,
): Promise<{ bytes: Buffer; offset: number; nextOffset: number | null }> {
  const from = Math.min(range.offset, blob.bytes)
  const limit = isText ? Math.max(range.limit, LONGEST_CHARACTER) : range.limit
  const read = Buffer.from(await readBlob(store, partition, blob, from, limit))
  // An offset inside a character moves behind it.
  const skipped = isText ? continuationBytes(read) : 0
  const rest = read.subarray(skipped)
  const bytes = isText && from + read.length < blob.bytes ? wholeCharacters(rest) : rest
  const end = from + skipped + bytes.length
  return { bytes, offset: from + skipped, nextOffset: end < blob.bytes ? end : null }
}

const LONGEST_CHARACTER = 4

function continuationBytes(bytes: Buffer): number {
  let count = 0
  while (count < bytes.length && count < LONGEST_CHARACTER && ((bytes[count] as number) & 0xc0) === 0x80) count += 1
  return count < LONGEST_CHARACTER ? count : 0
}

/** Leaves out a last code point that is not all there. */
function wholeCharacters(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes
  let start = bytes.length - 1
  while (start > 0 && bytes.length - start < 4 && ((bytes[start] as number) & 0xc0) === 0x80) start -= 1
  const lead = bytes[start] as number
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return start + size > bytes.length && start > 0 ? bytes.subarray(0, start) : bytes
}
