import { LongwatchError } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import type { Json, Operation, Store } from '@/lib/stores/contract'

/** Where a large value's chunks are. Nobody sees the value before a commit of the caller's writes this somewhere. */
export type BlobReference = {
  blobId: string
  /** Length of the whole. */
  bytes: number
  /** Length of each chunk. */
  chunks: number[]
}

const COLLECTION = 'blob-chunks'
/** So that a chunk in base64 is at most 512 KiB. */
const CHUNK_BYTES = 384 * 1024
/** Text whose JSON is longer than this (full of control characters) is kept in base64 like bytes. */
const MAX_JSON_BYTES = 640 * 1024
const DELETE_BATCH = 200

/**
 * Writes a value of any size in chunks. `blobId` must be new, or that of an earlier attempt to write the same value.
 * A crash in the middle leaves chunks that nothing refers to (and that expire, given `expiresIn` in milliseconds).
 */
export async function writeBlob(
  store: Pick<Store, 'commit'>,
  partition: string,
  blobId: string,
  value: Uint8Array | string,
  options: { expiresIn?: number } = {},
): Promise<BlobReference> {
  const text = typeof value === 'string'
  const bytes = text ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const chunks: number[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = text ? characterBoundary(bytes, start + CHUNK_BYTES) : Math.min(start + CHUNK_BYTES, bytes.length)
    const chunk: Operation = {
      kind: 'put',
      collection: COLLECTION,
      id: chunkId(blobId, chunks.length),
      v: 1,
      body: encode(bytes.subarray(start, end), text),
      indexes: [],
      expiresIn: options.expiresIn,
    }
    await store.commit({ partition, operationId: `blob:${randomId(16)}`, operations: [chunk] })
    chunks.push(end - start)
    start = end
  }
  return { blobId, bytes: bytes.length, chunks }
}

/** Names every chunk that writing `bytes` bytes may make, for whoever must remove them without knowing how far it came. */
export function plannedBlob(blobId: string, bytes: number): BlobReference {
  // A chunk of text may end some bytes early, so that no character is cut.
  const count = Math.ceil(bytes / (CHUNK_BYTES - 3))
  return { blobId, bytes, chunks: Array.from({ length: count }, () => CHUNK_BYTES) }
}

/**
 * At most `limit` bytes from `offset`, reading only the chunks that hold them; fewer at the end, none behind it.
 * Throws `gone` when the chunks were deleted or have expired.
 */
export async function readBlob(
  store: Store,
  partition: string,
  reference: BlobReference,
  offset = 0,
  limit = reference.bytes,
): Promise<Uint8Array> {
  const end = Math.min(reference.bytes, offset + limit)
  const parts: Buffer[] = []
  let start = 0
  for (const [number, length] of reference.chunks.entries()) {
    if (start >= end) break
    if (start + length > offset) {
      const document = await store.get(partition, COLLECTION, chunkId(reference.blobId, number))
      if (!document) throw new LongwatchError('gone', 'This content is no longer kept.')
      parts.push(decode(document.body).subarray(Math.max(0, offset - start), end - start))
    }
    start += length
  }
  return Buffer.concat(parts)
}

/** Removes a blob's chunks. Call it after the reference is gone. Deleting twice is harmless. */
export async function deleteBlob(store: Store, partition: string, reference: BlobReference): Promise<void> {
  const { blobId, chunks } = reference
  for (let start = 0; start < chunks.length; start += DELETE_BATCH) {
    const operations = chunks
      .slice(start, start + DELETE_BATCH)
      .map((_, index): Operation => ({ kind: 'delete', collection: COLLECTION, id: chunkId(blobId, start + index) }))
    await store.commit({ partition, operationId: `blob:${randomId(16)}`, operations })
  }
}

const chunkId = (blobId: string, number: number) => `${blobId}/${number}`

/** The end of the last whole UTF-8 character at or before `end`. */
function characterBoundary(bytes: Buffer, end: number) {
  if (end >= bytes.length) return bytes.length
  let boundary = end
  while (((bytes[boundary] ?? 0) & 0xc0) === 0x80) boundary -= 1
  return boundary
}

function encode(chunk: Buffer, text: boolean): Json {
  if (text) {
    const content = chunk.toString()
    if (Buffer.byteLength(JSON.stringify(content)) <= MAX_JSON_BYTES) return { text: content }
  }
  return { base64: chunk.toString('base64') }
}

function decode(body: Json): Buffer {
  const { text, base64 } = body as { text?: string; base64?: string }
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text)
}
