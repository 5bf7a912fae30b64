import { logTopic, runLog } from '@/lib/runs/collection'
import type { LogEntry, Store } from '@/lib/stores/contract'

const READ = { limit: 1_000, maxBytes: 512 * 1024 }
/** How much of a run's newest events is kept in memory for its watchers. */
const WINDOW_BYTES = 1024 * 1024

/** Text of a terminal event; `JSON.stringify` puts the type first, as the loop writes it. */
export const isTerminalText = (data: string) => /^\{"type":"(?:finish|abort|error)"/.test(data)

/**
 * The end of one run's log in this process: read once for all watchers, its recent part kept in memory. A wake-up
 * carries nothing; it only makes the tail read on.
 */
class Tail {
  watchers = 0
  /** Consecutive entries; the last one is the newest that was read. */
  private window: LogEntry[] = []
  private windowBytes = 0
  private next: PromiseWithResolvers<void> = Promise.withResolvers()
  private reading: Promise<void> | null = null
  private stale = false
  private last = 0
  private failure: unknown = null
  private readonly store: Store
  private readonly partition: string
  private readonly runId: string

  constructor(store: Store, partition: string, runId: string) {
    this.store = store
    this.partition = partition
    this.runId = runId
  }

  /** Reads what is new; wake-ups that come while it reads make it read once more. */
  wake(): void {
    this.stale = true
    this.reading ??= this.read().finally(() => {
      this.reading = null
      if (this.stale && !this.failure) this.wake()
    })
  }

  /** Begins where its first watcher wants to; a watcher of older events reads those by itself. */
  async open(after: number): Promise<void> {
    this.last = after
    this.wake()
    await this.reading
    if (this.failure) throw this.failure
  }

  /** Entries behind `after` from memory; null when they are not (all) there; empty when there are none yet. */
  recent(after: number): LogEntry[] | null {
    const first = this.window[0]
    if (after >= this.last) return []
    if (!first || after < first.n - 1) return null
    return this.window.slice(after - first.n + 1)
  }

  /** Resolves when there may be something new. Rejects when the log could not be read. */
  get changed(): Promise<void> {
    return this.next.promise
  }

  private async read(): Promise<void> {
    try {
      while (this.stale) {
        this.stale = false
        for (;;) {
          const page = await this.store.readLog(this.partition, runLog(this.runId), this.last, READ)
          if (page.entries.length === 0) break
          this.take(page.entries)
          if (this.last >= page.last) break
        }
      }
    } catch (error) {
      this.failure = error
      this.next.reject(error)
      this.next.promise.catch(() => undefined)
    }
  }

  private take(entries: LogEntry[]): void {
    for (const entry of entries) {
      this.window.push(entry)
      this.windowBytes += entry.data.length
    }
    this.last = (entries.at(-1) as LogEntry).n
    let dropped = 0
    while (this.windowBytes > WINDOW_BYTES && dropped < this.window.length - 1) {
      this.windowBytes -= (this.window[dropped] as LogEntry).data.length
      dropped += 1
    }
    // Cut in one go and only now and then: shifting one by one would cost with every event.
    if (dropped > 0) this.window = this.window.slice(dropped)
    const waiting = this.next
    this.next = Promise.withResolvers()
    waiting.resolve()
  }
}

interface OpenTail {
  tail: Tail
  ready: Promise<void>
  close(): void
}

/** The tails of this process: one per watched run, however many watchers. */
export class Tails {
  private readonly open = new Map<string, OpenTail>()
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  get size(): number {
    return this.open.size
  }

  /**
   * The events behind `after`, then those to come, in batches; ends with the log's terminal event, or when `signal`
   * aborts. It is pulled: a watcher that does not read holds nothing but its cursor. Throws `StoreUnavailable`.
   */
  async *watch(partition: string, runId: string, after: number, signal: AbortSignal): AsyncGenerator<LogEntry[]> {
    const key = `${partition}/${runId}`
    const shared = this.open.get(key) ?? this.create(key, partition, runId, after)
    shared.tail.watchers += 1
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    try {
      await Promise.race([shared.ready, aborted])
      let cursor = after
      while (!signal.aborted) {
        const changed = shared.tail.changed
        const entries = shared.tail.recent(cursor) ?? (await this.older(partition, runId, cursor))
        if (entries.length > 0) {
          cursor = (entries.at(-1) as LogEntry).n
          yield entries
          if (isTerminalText((entries.at(-1) as LogEntry).data)) return
        } else {
          await Promise.race([changed, aborted])
        }
      }
    } finally {
      shared.tail.watchers -= 1
      if (shared.tail.watchers === 0 && this.open.get(key) === shared) {
        this.open.delete(key)
        shared.close()
      }
    }
  }

  private create(key: string, partition: string, runId: string, after: number): OpenTail {
    const tail = new Tail(this.store, partition, runId)
    let unsubscribe: (() => void) | null = null
    let closed = false
    const open = async () => {
      // Subscribed before the first read: whatever is appended from now on wakes the tail.
      const subscribed = await this.store.subscribe(logTopic(runId), () => tail.wake())
      if (closed) subscribed()
      else unsubscribe = subscribed
      await tail.open(after)
    }
    const shared: OpenTail = {
      tail,
      ready: open(),
      close: () => {
        closed = true
        unsubscribe?.()
      },
    }
    shared.ready.catch(() => this.open.delete(key))
    this.open.set(key, shared)
    return shared
  }

  private async older(partition: string, runId: string, after: number): Promise<LogEntry[]> {
    const page = await this.store.readLog(partition, runLog(runId), after, READ)
    return page.entries
  }
}
