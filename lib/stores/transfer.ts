/**
 * What a whole store consists of, in a form that no driver owns: backups are made of it, and a backup of one driver
 * can be restored into another. Leases, remembered operations and signals are left out: they are of no use to a
 * process that was not there.
 */
export type TransferRecord =
  | {
      kind: 'document'
      partition: string
      collection: string
      id: string
      version: number
      v: number
      /** Unix milliseconds; null: never. */
      expiresAt: number | null
      places: [index: string, group: string, sort: number][]
      /** JSON text. */
      body: string
    }
  /** Begins a log; its entries follow. A restored log gets a new id, because its readers may have seen a later history. */
  | { kind: 'log'; partition: string; log: string; v: number; expiresAt: number | null }
  /** Entries of the log before, from number `first` on, without gaps. */
  | { kind: 'entries'; first: number; entries: string[] }
  | { kind: 'counter'; partition: string; counter: string; value: number; expiresAt: number | null }

export interface TransferSource {
  driver: 'sqlite' | 'redis'
  /** Everything, as it was at one moment: no commit is in it by half. Throws `conflict` when the store is too busy for that. */
  records(): AsyncIterable<TransferRecord>
  close(): Promise<void>
}

export interface TransferTarget {
  driver: 'sqlite' | 'redis'
  isEmpty(): Promise<boolean>
  /** Takes all of it, in order. When it throws, SQLite holds nothing of it; Redis may hold a part. */
  load(records: AsyncIterable<TransferRecord>): Promise<void>
  close(): Promise<void>
}

/** Log entries travel in pieces of at most so many bytes (and at least one entry). */
export const ENTRIES_BYTES = 256 * 1024

/** Parts entries into records of a bounded size. */
export function* entryRecords(first: number, entries: string[]): Generator<TransferRecord> {
  let piece: string[] = []
  let bytes = 0
  let next = first
  for (const entry of entries) {
    if (piece.length > 0 && bytes + entry.length > ENTRIES_BYTES) {
      yield { kind: 'entries', first: next, entries: piece }
      next += piece.length
      piece = []
      bytes = 0
    }
    piece.push(entry)
    bytes += entry.length
  }
  if (piece.length > 0) yield { kind: 'entries', first: next, entries: piece }
}
