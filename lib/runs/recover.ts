import { messageIdOf, type RunChunk } from '@/lib/agent/events'
import { emptyReplay, type Replay, replayChunk } from '@/lib/agent/replay'
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
    for (const entry of page.entries) yield { n: entry.n, chunk: parse(entry.data), v: page.v }
    cursor = page.entries.at(-1)?.n ?? cursor
    if (page.entries.length === 0 || cursor >= page.last) return
  }
}

/** Stands for an entry that is not JSON; no reader knows it, so all of them pass it over. */
const DAMAGED = { type: 'damaged' } as unknown as RunChunk

function parse(data: string): RunChunk {
  try {
    const chunk: unknown = JSON.parse(data)
    return typeof chunk === 'object' && chunk !== null && 'type' in chunk ? (chunk as RunChunk) : DAMAGED
  } catch {
    return DAMAGED
  }
}

/** A newer version of Longwatch began this run: it is left to a process of that version. */
export class NewerRun extends Error {
  constructor() {
    super('This run was begun by a newer version of Longwatch.')
    this.name = 'NewerRun'
  }
}

/** What a process needs to go on with a run: the loop's state and the message, both from the log alone. Throws `NewerRun`. */
export async function recoverRun(
  store: Store,
  partition: string,
  runId: string,
): Promise<{ replay: Replay; fold: FoldState; last: number; damaged: boolean }> {
  const replay = emptyReplay()
  let fold = emptyFold(messageIdOf(runId))
  let last = 0
  let damaged = false
  for await (const { n, chunk, v } of readEvents(store, partition, runId)) {
    if (v > LOG_VERSION) throw new NewerRun()
    if (chunk === DAMAGED) damaged = true
    replayChunk(replay, chunk)
    fold = foldChunk(fold, chunk)
    last = n
  }
  return { replay, fold, last, damaged }
}
