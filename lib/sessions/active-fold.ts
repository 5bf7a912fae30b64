import { messageIdOf } from '@/lib/agent/events'
import { readEvents } from '@/lib/runs/recover'
import { emptyFold, type FoldState, foldChunk } from '@/lib/sessions/fold'
import type { Store } from '@/lib/stores/contract'

const MAX_RUNS = 200

/**
 * The folds of active runs as far as this process has read them, so that opening a session costs only the events
 * since it was opened last. The newest used are kept.
 */
export class ActiveFolds {
  private readonly folds = new Map<string, Promise<FoldState>>()
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** `fold(log)` as the log is now; `events` is its cursor. */
  async read(partition: string, runId: string): Promise<FoldState> {
    const before = this.folds.get(runId)
    this.folds.delete(runId)
    const now = this.advance(partition, runId, before)
    this.folds.set(runId, now)
    now.catch(() => this.folds.delete(runId))
    const oldest = this.folds.keys().next().value
    if (this.folds.size > MAX_RUNS && oldest !== undefined) this.folds.delete(oldest)
    return now
  }

  private async advance(partition: string, runId: string, before: Promise<FoldState> | undefined): Promise<FoldState> {
    let fold = (await before?.catch(() => null)) ?? emptyFold(messageIdOf(runId))
    for await (const { chunk } of readEvents(this.store, partition, runId, fold.events)) fold = foldChunk(fold, chunk)
    return fold
  }
}
