import { setTimeout as delay } from 'node:timers/promises'
import { StoreUnavailable } from '@/lib/errors'
import { logTopic } from '@/lib/runs/collection'
import { LogPages, logIsGone } from '@/lib/runs/log-pages'
import { isTerminalText, Tail } from '@/lib/runs/log-tail'
import type { LogEntry, LogRead, Store } from '@/lib/stores/contract'

/** Milliseconds between two tries to hear of others, when the store is away just then: the first, and at most. */
const TRY_AGAIN = 50
const TRY_AGAIN_LATEST = 2_000

/** Whoever appends to a log, with the number of the last entry that is known to be stored. */
type Writer = { readonly last: number }

interface OpenTail {
  tail: Tail
  /** From now on the tail hears of whoever appends to its log. Rejects when it cannot be subscribed. */
  listen(): Promise<void>
  isClosed(): boolean
  close(): void
}

export interface TailWatch {
  partition: string
  runId: string
  /** Number of the last event that the watcher has. */
  after: number
  signal: AbortSignal
  /** The log as the caller just read it: what it holds is read while the tail is still being opened, at its end. */
  head?: Pick<LogRead, 'last' | 'logId'>
  /** Learns the log's id before its first entries, and whenever it is another one. */
  onLog?: (logId: string) => void
}

/** The tails of this process: one per watched run, however many watchers. */
export class Tails {
  private readonly open = new Map<string, OpenTail>()
  /** Who writes the logs of runs in this process. */
  private readonly writers = new Map<string, Set<Writer>>()
  private readonly store: Store
  private readonly pages: LogPages

  constructor(store: Store, pages = new LogPages(store)) {
    this.store = store
    this.pages = pages
  }

  get size(): number {
    return this.open.size
  }

  /**
   * Who holds the run's lease, and so appends to its log alone, tells of every append by `stored` until the answer is
   * called. Its watchers here need no wake-ups of the store meanwhile, which would be a message of Redis' for each token.
   */
  writing(partition: string, runId: string, writer: Writer): () => void {
    const key = `${partition}/${runId}`
    const writers = this.writers.get(key) ?? new Set()
    this.writers.set(key, writers.add(writer))
    return () => {
      if (!writers.delete(writer) || writers.size > 0) return
      this.writers.delete(key)
      const open = this.open.get(key)
      if (open) void this.listenTo(open)
    }
  }

  /** Nobody here writes the log any more: its watchers hear of others, as soon as the store can be asked. */
  private async listenTo(open: OpenTail): Promise<void> {
    for (let pause = TRY_AGAIN; !open.isClosed(); pause = Math.min(2 * pause, TRY_AGAIN_LATEST)) {
      // What ends a run is stored together with its outcome, and read here: then there is nobody to hear of.
      const state = await open.tail.catchUp()
      if (state === 'over') return
      try {
        if (state === 'read') return await open.listen()
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) return open.tail.fail(error)
      }
      await delay(pause, undefined, { ref: false })
    }
  }

  /** This process stored these entries, from number `first` on: their watchers here get them without a read. */
  stored(partition: string, runId: string, first: number, texts: string[]): void {
    this.open.get(`${partition}/${runId}`)?.tail.feed(first, texts)
  }

  /** Something may have been stored: as a signal does, makes the run's tail read on. */
  wake(partition: string, runId: string): void {
    this.open.get(`${partition}/${runId}`)?.tail.wake()
  }

  /**
   * The events behind `after`, then those to come, in batches; ends with the log's terminal event, or when `signal`
   * aborts. It is pulled: a watcher that does not read holds nothing but its cursor. Throws `StoreUnavailable`, and
   * `gone` when the log was removed or lost some of its history.
   */
  async *watch({ partition, runId, after, signal, head, onLog }: TailWatch): AsyncGenerator<LogEntry[]> {
    const key = `${partition}/${runId}`
    const shared =
      this.open.get(key) ?? this.create(key, partition, runId, head?.logId ? head : { last: after, logId: '' })
    const { tail } = shared
    tail.watchers += 1
    // One callback for each wait: a promise that lives as long as the watch would gather a reaction per event.
    let resume = () => {}
    // Noted here: to ask a composed signal costs as much as passing an event on.
    let stopped = signal.aborted
    const stop = () => {
      stopped = true
      resume()
    }
    signal.addEventListener('abort', stop, { once: true })
    const pause = () =>
      new Promise<void>((resolve) => {
        resume = resolve
        tail.waiting.add(resolve)
      })
    let told = ''
    try {
      let cursor = after
      while (!stopped) {
        if (!tail.isReadyFor(onLog !== undefined) && !tail.failure) {
          await pause()
          continue
        }
        const recent = tail.recent(cursor)
        const place = { partition, runId, logId: tail.logId }
        const entries = recent ?? (await this.pages.read(place, cursor))
        if (entries.length > 0) {
          cursor = (entries.at(-1) as LogEntry).n
          if (!recent && !tail.recent(cursor)) this.pages.prepare(place, cursor)
          if (told !== tail.logId) onLog?.(tail.logId)
          told = tail.logId
          yield entries
          if (isTerminalText((entries.at(-1) as LogEntry).data)) return
        } else if (tail.failure) {
          throw tail.failure
        } else if (cursor < tail.last) {
          throw logIsGone()
        } else {
          await pause()
        }
      }
    } finally {
      signal.removeEventListener('abort', stop)
      tail.waiting.delete(resume)
      tail.watchers -= 1
      if (tail.watchers === 0) this.close(key, shared)
    }
  }

  private close(key: string, shared: OpenTail): void {
    if (this.open.get(key) === shared) this.open.delete(key)
    shared.close()
  }

  private create(key: string, partition: string, runId: string, from: Pick<LogRead, 'last' | 'logId'>): OpenTail {
    // A tail that failed is nobody's any more: the next watcher begins with a new one.
    const tail = new Tail({ store: this.store, partition, runId, from, onFailure: () => this.close(key, shared) })
    let unsubscribe: (() => void) | null = null
    let closed = false
    // Subscribed before it is read: whatever is appended from now on wakes the tail.
    const subscribe = async () => {
      const subscribed = await this.store.subscribe(logTopic(runId), () => tail.wake())
      if (closed || unsubscribe) subscribed()
      else unsubscribe = subscribed
    }
    const open = async () => {
      const writers = this.writers.get(key)
      if (!writers) await subscribe()
      else if (from.logId === '' && [...writers].every(({ last }) => last === 0)) return tail.begin()
      if (!closed) await tail.open()
    }
    const shared: OpenTail = {
      tail,
      listen: async () => {
        if (unsubscribe || closed) return
        await subscribe()
        tail.wake()
      },
      isClosed: () => closed,
      close: () => {
        closed = true
        unsubscribe?.()
      },
    }
    this.open.set(key, shared)
    open().catch((error) => tail.fail(error))
    return shared
  }
}
