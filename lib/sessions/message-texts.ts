import { LRUCache } from 'lru-cache'
import type { StoredMessage } from '@/lib/sessions/collection'
import { readText } from '@/lib/stores/blobs'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** So much of large messages is kept for whoever reads the same again. */
const KEPT_BYTES = 32 * 1024 * 1024

/** JSON in pieces that make one text: a string, or its UTF-8 bytes, which others share and nobody may change. */
export type JsonPiece = string | Uint8Array<ArrayBuffer>

/**
 * Stored messages as JSON, as it was written: who only passes a message on takes nothing apart and puts nothing together.
 * A message that is kept in chunks never changes, so it stays in memory, as the bytes that go out. Whether the message
 * still is there, and who may see it, is decided before anything is asked here.
 */
export class MessageTexts {
  private readonly kept: LRUCache<string, Uint8Array<ArrayBuffer>>
  private readonly underway = new Map<string, Promise<JsonPiece>>()
  private readonly store: Store

  constructor(store: Store, keptBytes = KEPT_BYTES) {
    this.store = store
    this.kept = new LRUCache({ maxSize: keptBytes, sizeCalculation: (bytes) => bytes.length + 1 })
  }

  /** Throws `gone` when a part of it was deleted, `StoreUnavailable`. */
  read(partition: string, { id, version, body }: Versioned<StoredMessage>): Promise<JsonPiece> {
    if (body.content.kind === 'inline') return Promise.resolve(JSON.stringify(body.content.message))
    const { reference } = body.content
    const key = `${partition}/${id}/${version}`
    const kept = this.kept.get(key)
    if (kept !== undefined) return Promise.resolve(kept)
    const reading = this.underway.get(key) ?? this.fetch(key, readText(this.store, partition, reference))
    this.underway.set(key, reading)
    return reading
  }

  private async fetch(key: string, reading: Promise<string>): Promise<JsonPiece> {
    try {
      const bytes = Buffer.from(await reading)
      this.kept.set(key, bytes)
      return bytes
    } finally {
      this.underway.delete(key)
    }
  }
}
