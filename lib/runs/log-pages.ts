import { LRUCache } from 'lru-cache'
import { LongwatchError } from '@/lib/errors'
import { runLog } from '@/lib/runs/collection'
import type { LogEntry, LogRead, Store } from '@/lib/stores/contract'

/** How much of a log is read at once. */
export const PAGE = { limit: 1_000, maxBytes: 512 * 1024 }
/** So much is kept, with the frames that streams make of it, for whoever reads the same again. */
const KEPT_BYTES = 48 * 1024 * 1024
/** A page at the log's end is kept from so many entries on: fewer are read again, so that no log falls into crumbs. */
const KEPT_AT_END = 200
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
 * What lies further back in runs' logs than their tails reach, in pages. A stored event never changes, so pages are kept
 * in memory: whoever catches up next reads the same page, already encoded, and what was stored since in the next one. Who
 * may see a run, and whether its log still is the same, is decided before anything is asked here.
 */
export class LogPages {
  private readonly kept: LRUCache<string, LogEntry[]>
  private readonly underway = new Map<string, Promise<LogEntry[]>>()
  private readonly store: Store

  constructor(store: Store, keptBytes = KEPT_BYTES) {
    this.store = store
    this.kept = new LRUCache({ maxSize: keptBytes, sizeCalculation: sizeOf })
  }

  /**
   * Entries behind `after`, at most as many as a page holds; none only at the log's end. Throws `gone` for a log with
   * another id, `StoreUnavailable`.
   */
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
    const isEnd = (page.entries.at(-1) as LogEntry).n === page.last
    // Newest entries are what a failover loses: kept only where the log's id would tell.
    const isKept = !isEnd || (page.tellsLoss && page.entries.length >= KEPT_AT_END)
    if (isKept) this.kept.set(key, page.entries)
    return page.entries
  }
}
