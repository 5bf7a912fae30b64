import { messageIdOf } from '@/lib/agent/events'
import { runLog } from '@/lib/runs/collection'
import { readEvents } from '@/lib/runs/recover'
import { emptyFold, type FoldState, foldChunk } from '@/lib/sessions/fold'
import type { Store } from '@/lib/stores/contract'

const MAX_RUNS = 200
const HEAD = { limit: 1, maxBytes: 1 }

/** A fold, and which log it is of. */
export interface FoldedLog {
  fold: FoldState
  logId: string
}

/**
 * The folds of active runs as far as this process has read them, so that opening a session costs only the events
 * since it was opened last. The newest used are kept.
 */
export class ActiveFolds {
  private readonly folds = new Map<string, Promise<FoldedLog>>()
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** `fold(log)` as the log is now; `events` is its cursor. */
  async read(partition: string, runId: string): Promise<FoldState> {
    return (await this.readLog(partition, runId)).fold
  }

  /** As `read`, with the log's id; empty for a log without events. */
  async readLog(partition: string, runId: string): Promise<FoldedLog> {
    const before = this.folds.get(runId)
    this.folds.delete(runId)
    const now = this.advance(partition, runId, before)
    this.folds.set(runId, now)
    now.catch(() => this.folds.delete(runId))
    const oldest = this.folds.keys().next().value
    if (this.folds.size > MAX_RUNS && oldest !== undefined) this.folds.delete(oldest)
    return now
  }

  private async advance(partition: string, runId: string, before: Promise<FoldedLog> | undefined): Promise<FoldedLog> {
    const known = await before?.catch(() => null)
    let { fold, logId } = known ?? { fold: emptyFold(messageIdOf(runId)), logId: '' }
    const head = await this.store.readLog(partition, runLog(runId), fold.events, HEAD)
    // A log that lost some of its history is folded anew: two histories must not be mixed.
    if (head.logId !== logId || head.last < fold.events) fold = emptyFold(messageIdOf(runId))
    logId = head.logId
    for await (const { chunk } of readEvents(this.store, partition, runId, fold.events)) fold = foldChunk(fold, chunk)
    return { fold, logId }
  }
}
