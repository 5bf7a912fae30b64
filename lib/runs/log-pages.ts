import { LRUCache } from 'lru-cache'
import { LongwatchError } from '@/lib/errors'
import { runLog } from '@/lib/runs/collection'
import type { LogEntry, LogRead, Store } from '@/lib/stores/contract'

/** How much of a log is read at once. */
export const PAGE = { limit: 1_000, maxBytes: 512 * 1024 }
/** So much is kept, with the frames that streams make of it, for whoever reads the same again. */
const KEPT_BYTES = 48 * 1024 * 1024
/** An entry is an object and a number besides its text. */
const ENTRY_BYTES = 100

export const logIsGone = () => new LongwatchError('gone', 'The events of this run are no longer kept.')

/** A character takes a byte or two in the page, and one or more in its frames. */
const sizeOf = (entries: LogEntry[]) => entries.reduce((sum, { data }) => sum + 2 * data.length + ENTRY_BYTES, 1)

/** Which log is read: one that began anew has another id. */
export interface LogPlace {
  partition: string
  runId: string
  logId: string
}

/**
 * What lies further back in runs' logs than their tails reach, in pages. A stored event never changes, so a page that is
 * followed by more is kept in memory: whoever catches up next reads the same page, already encoded. Who may see a
 * run, and whether its log still is the same, is decided before anything is asked here.
 */
export class LogPages {
  private readonly kept: LRUCache<string, LogEntry[]>
  private readonly underway = new Map<string, Promise<LogEntry[]>>()
  private readonly store: Store

  constructor(store: Store, keptBytes = KEPT_BYTES) {
    this.store = store
    this.kept = new LRUCache({ maxSize: keptBytes, sizeCalculation: sizeOf })
  }

  /** The entries behind `after`, as many as a page holds. Throws `gone` for a log with another id, `StoreUnavailable`. */
  read(place: LogPlace, after: number): Promise<LogEntry[]> {
    const key = `${place.partition}/${place.runId}/${place.logId}/${after}`
    const kept = this.kept.get(key)
    if (kept) return Promise.resolve(kept)
    const underway = this.underway.get(key) ?? this.fetch(key, place, after).finally(() => this.underway.delete(key))
    this.underway.set(key, underway)
    return underway
  }

  /** Reads a page before it is asked for, while the one before it is being sent. A failure shows when it is asked for. */
  prepare(place: LogPlace, after: number): void {
    this.read(place, after).catch(() => {})
  }

  private async fetch(key: string, { partition, runId, logId }: LogPlace, after: number): Promise<LogEntry[]> {
    const page: LogRead = await this.store.readLog(partition, runLog(runId), after, PAGE)
    if (page.entries.length === 0) return []
    if (page.logId !== logId) throw logIsGone()
    // The log's end is still growing; what is read there next time is more.
    if ((page.entries.at(-1) as LogEntry).n < page.last) this.kept.set(key, page.entries)
    return page.entries
  }
}
