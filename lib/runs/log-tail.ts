import { StoreUnavailable } from '@/lib/errors'
import { isSettled, runLog, runs } from '@/lib/runs/collection'
import { logIsGone, PAGE } from '@/lib/runs/log-pages'
import type { LogEntry, LogRead, Store } from '@/lib/stores/contract'
import { afterTurn } from '@/lib/turns-of-the-loop'

/** How much of a run's newest events is kept in memory for its watchers. */
const WINDOW_BYTES = 1024 * 1024

/** To wake more watchers than this for every event would keep the process busy with nothing else. */
const CROWD = 100
/** Milliseconds between two wake-ups of a crowd: the larger it is, the more each write must carry. */
const crowdPause = (size: number) => (size <= CROWD ? 0 : Math.min(100, Math.max(40, size / 10)))

/** Text of a terminal event; `JSON.stringify` puts the type first, as the loop writes it. */
export const isTerminalText = (data: string) => /^\{"type":"(?:finish|abort|error)"/.test(data)

/**
 * The end of one run's log in this process: read once for all watchers, its recent part kept in memory. A wake-up
 * carries nothing; it only makes the tail read on.
 */
export class Tail {
  watchers = 0
  /** Read once, behind a subscription or beside a writer of this process; or there was nothing to read. */
  private opened = false
  /** A store that is away does not end it now: it is asked again. */
  private patient = false
  private missed = false
  /** This process stored the log's beginning while the tail was there. */
  private begun = false
  /** Why it reads no further; watchers get what it had, then this. */
  failure: unknown = null
  /** Number of the newest entry that was read. */
  last: number
  /** Called once each when there may be something new, and when the tail fails. */
  readonly waiting = new Set<() => void>()
  /** The newest answer of `recent`: watchers that go in step get the same, so that it is encoded once for all. */
  private slice: { after: number; last: number; entries: LogEntry[] } | null = null
  /** Consecutive entries up to `last`. */
  private window: LogEntry[] = []
  private windowBytes = 0
  /** Empty until the log was read and has an entry. */
  logId: string
  private reading: Promise<void> | null = null
  private stale = false
  private notified = 0
  private notifying: NodeJS.Timeout | undefined
  private readonly store: Store
  private readonly partition: string
  private readonly runId: string
  private readonly onFailure: () => void

  constructor(input: {
    store: Store
    partition: string
    runId: string
    /** Where it begins; `logId` is empty when the log was not read yet. */
    from: Pick<LogRead, 'last' | 'logId'>
    onFailure: () => void
  }) {
    // Set before anything can wake it: a wake-up may come before the first read was asked for.
    this.last = input.from.last
    this.logId = input.from.logId
    this.store = input.store
    this.partition = input.partition
    this.runId = input.runId
    this.onFailure = input.onFailure
  }

  /**
   * Whether what lies behind it can be shown: the log was read, by this tail or by whoever opened it, or begins with what
   * this process stored; then who must learn the log's id before its entries waits until that was read.
   */
  isReadyFor(wantsId: boolean): boolean {
    if (this.logId !== '') return true
    return this.begun ? !wantsId : this.opened
  }

  /** Reads what is new; wake-ups that come while it reads make it read once more. */
  wake(): void {
    if (this.failure) return
    this.stale = true
    this.reading ??= this.read().finally(() => {
      this.reading = null
      if (this.stale) this.wake()
    })
  }

  /** Of a log that has no entries yet, and is written in this process only: there is nothing to read. */
  begin(): void {
    this.opened = true
    this.notify()
  }

  /** Begins where its first watcher wants to, or at the end that it knows; older events each watcher reads by itself. */
  async open(): Promise<void> {
    this.wake()
    await this.reading
    this.opened = true
    this.notify()
  }

  /** Reads to the end that the log has now. `over`: that is the end for good; `away`: the store could not be asked. */
  async catchUp(): Promise<'read' | 'over' | 'away'> {
    this.patient = true
    this.missed = false
    this.wake()
    await this.reading
    this.patient = false
    if (this.missed) return 'away'
    const newest = this.window.at(-1)
    return newest && isTerminalText(newest.data) ? 'over' : 'read'
  }

  /** Entries behind `after` from memory; null when they are not (all) there; empty when there are none yet. */
  recent(after: number): LogEntry[] | null {
    const first = this.window[0]
    if (after >= this.last) return []
    if (!first || after < first.n - 1) return null
    if (this.slice?.after !== after || this.slice.last !== this.last) {
      this.slice = { after, last: this.last, entries: this.window.slice(after - first.n + 1) }
    }
    return this.slice.entries
  }

  /**
   * Entries that this process has just stored, from number `first` on; what they do not follow on is read. Of a log that
   * begins with them only its id is not known yet: it is read meanwhile.
   */
  feed(first: number, texts: string[]): void {
    if (this.failure) return
    const begins = this.logId === '' && first === 1 && this.last === 0
    if (!begins && (this.logId === '' || first > this.last + 1)) {
      this.wake()
      return
    }
    this.begun ||= begins
    const known = this.last + 1 - first
    if (known < texts.length) this.take(texts.slice(known).map((data, index) => ({ n: first + known + index, data })))
    // What was stored goes out first.
    if (begins) void afterTurn().then(() => this.wake())
  }

  fail(error: unknown): void {
    this.failure = error
    this.onFailure()
    this.notify()
  }

  /** A crowd is woken at intervals: each then gets some events in one write, which costs about as much as one. */
  private notify(): void {
    if (this.notifying && !this.failure) return
    const pause = this.notified + crowdPause(this.waiting.size) - performance.now()
    if (pause <= 0 || this.failure) this.resumeAll()
    else this.notifying = setTimeout(() => this.resumeAll(), pause)
  }

  private resumeAll(): void {
    clearTimeout(this.notifying)
    this.notifying = undefined
    this.notified = performance.now()
    const waiting = [...this.waiting]
    this.waiting.clear()
    for (const resume of waiting) resume()
  }

  private async read(): Promise<void> {
    try {
      while (this.stale) {
        this.stale = false
        for (;;) {
          const page = await this.page()
          if (page.entries.length === 0) break
          if (this.window.length === 0 && page.last - this.last > PAGE.limit) {
            // Its first watcher reads what is old by itself, and is not kept waiting until all of it was read here too.
            this.last = page.last - PAGE.limit
            continue
          }
          this.take(page.entries)
          if (this.last >= page.last) break
        }
      }
    } catch (error) {
      this.stale = false
      if (this.patient && error instanceof StoreUnavailable) this.missed = true
      else this.fail(error)
    }
  }

  /** What lies behind `last`. Throws `gone` for a log that was removed or began anew. */
  private async page(): Promise<LogRead> {
    // What this process stores meanwhile is handed to the tail, and moves its end on.
    const from = this.last
    // Where only the log's id is missing, its beginning must be the one that was shown.
    const isNamed = this.logId !== ''
    const begun = this.begun && !isNamed
    const read = () => this.store.readLog(this.partition, runLog(this.runId), begun ? 0 : from, PAGE)
    let page = await read()
    if (page.last === 0) {
      const run = await runs.get(this.store, this.partition, this.runId)
      if (!run) throw logIsGone()
      if (isSettled(run.body.state) && run.body.lastEvent > 0) page = await read()
      else if (!isNamed && !begun) return this.clamp(page)
      if (page.last === 0) throw logIsGone()
    }
    // Another log, or one that lost its newest entries: two histories must not be mixed.
    const isOther = isNamed ? this.logId !== page.logId : begun && !this.beginsLike(page)
    if (isOther || ((isNamed || begun) && page.last < from)) throw logIsGone()
    return this.clamp(page)
  }

  private beginsLike({ entries }: LogRead): boolean {
    const [first] = this.window
    return first?.n !== 1 || first.data === entries[0]?.data
  }

  /** A first watcher may name a cursor beyond the log's end; others must not wait until the log gets there. */
  private clamp(page: LogRead): LogRead {
    // What was read before the log began says nothing of its end.
    if (this.logId === '' && !this.begun) this.last = Math.min(this.last, page.last)
    if (this.logId === page.logId) return page
    this.logId = page.logId
    // Who must know the id first may have waited for nothing else.
    this.notify()
    return page
  }

  private take(read: LogEntry[]): void {
    const entries = (read[0] as LogEntry).n > this.last ? read : read.filter(({ n }) => n > this.last)
    if (entries.length === 0) return
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
    this.notify()
  }
}
