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
/** Chunks of one blob that are read side by side; more would be a large answer, for which others wait. */
const CHUNKS_AT_ONCE = 4

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
  const wanted: { number: number; start: number }[] = []
  let start = 0
  for (const [number, length] of reference.chunks.entries()) {
    if (start < end && start + length > offset) wanted.push({ number, start })
    start += length
  }
  const chunks = await readChunks(
    store,
    partition,
    reference,
    wanted.map(({ number }) => number),
  )
  const parts = chunks.map((chunk, index) => {
    const { start } = wanted[index] as { start: number }
    return decode(chunk).subarray(Math.max(0, offset - start), end - start)
  })
  return Buffer.concat(parts)
}

/** The whole of a value that was written as text. Throws `gone` as `readBlob` does. */
export async function readText(store: Store, partition: string, reference: BlobReference): Promise<string> {
  const chunks = await readChunks(store, partition, reference, [...reference.chunks.keys()])
  // No character is cut between two chunks, so that each is text by itself.
  return chunks.map((chunk) => (chunk.text === undefined ? decode(chunk).toString() : chunk.text)).join('')
}

type Chunk = { text?: string; base64?: string }

async function readChunks(
  store: Store,
  partition: string,
  { blobId }: BlobReference,
  numbers: number[],
): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  for (let place = 0; place < numbers.length; place += CHUNKS_AT_ONCE) {
    const ids = numbers.slice(place, place + CHUNKS_AT_ONCE).map((number) => chunkId(blobId, number))
    for (const document of await store.getMany(partition, COLLECTION, ids)) {
      if (!document) throw new LongwatchError('gone', 'This content is no longer kept.')
      chunks.push(document.body as Chunk)
    }
  }
  return chunks
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

function decode({ text, base64 }: Chunk): Buffer {
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text)
}
