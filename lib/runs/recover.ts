import { messageIdOf, type RunChunk } from '@/lib/agent/events'
import { emptyReplay, type Replay, replayChunk } from '@/lib/agent/replay'
import { LongwatchError } from '@/lib/errors'
import { LOG_VERSION, runLog } from '@/lib/runs/collection'
import { emptyFold, type FoldState, foldChunk } from '@/lib/sessions/fold'
import type { Store } from '@/lib/stores/contract'

const PAGE = { limit: 2_000, maxBytes: 1024 * 1024 }

/** All events behind `after`, page by page. */
export async function* readEvents(
  store: Store,
  partition: string,
  runId: string,
  after = 0,
): AsyncGenerator<{ n: number; chunk: RunChunk; v: number }> {
  for (let cursor = after; ; ) {
    const page = await store.readLog(partition, runLog(runId), cursor, PAGE)
    for (const entry of page.entries) yield { n: entry.n, chunk: JSON.parse(entry.data) as RunChunk, v: page.v }
    cursor = page.entries.at(-1)?.n ?? cursor
    if (page.entries.length === 0 || cursor >= page.last) return
  }
}

/** What a process needs to go on with a run: the loop's state and the message, both from the log alone. */
export async function recoverRun(
  store: Store,
  partition: string,
  runId: string,
): Promise<{ replay: Replay; fold: FoldState; last: number }> {
  const replay = emptyReplay()
  let fold = emptyFold(messageIdOf(runId))
  let last = 0
  for await (const { n, chunk, v } of readEvents(store, partition, runId)) {
    if (v > LOG_VERSION) {
      throw new LongwatchError('internal', 'This run was begun by a newer version of Longwatch.')
    }
    replayChunk(replay, chunk)
    fold = foldChunk(fold, chunk)
    last = n
  }
  return { replay, fold, last }
}
