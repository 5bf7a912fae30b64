import { LeaseLost } from '@/lib/agent/ports'
import { StoreUnavailable } from '@/lib/errors'
import { runLease } from '@/lib/runs/collection'
import type { Operation, Store } from '@/lib/stores/contract'

export interface LeaseOptions {
  store: Store
  partition: string
  runId: string
  /** Names this process; for people who read the store. */
  holder: string
  milliseconds: number
}

/** The local deadline lies this share before the store's, for clocks that run at different speeds. */
const MARGIN = 0.05
const BEATS_PER_LEASE = 3

/**
 * Time-bounded ownership of one run by this process. `signal` aborts with `LeaseLost` as soon as the lease is
 * superseded, or when its local deadline passes without a renewal, whatever the reason.
 */
export class Lease {
  readonly token: number
  readonly signal: AbortSignal
  private readonly lost = new AbortController()
  private readonly options: LeaseOptions
  private deadline: number
  private timer: NodeJS.Timeout | null = null
  private watchdog: NodeJS.Timeout | null = null
  private beat: () => Promise<void> = async () => {}
  private ended = false

  private constructor(options: LeaseOptions, token: number, sentAt: number) {
    this.options = options
    this.token = token
    this.signal = this.lost.signal
    this.deadline = this.deadlineFrom(sentAt)
  }

  /** Takes the lease and begins to renew it; or null: somebody else's for `remaining` more milliseconds. */
  static async acquire(options: LeaseOptions): Promise<{ lease: Lease } | { lease: null; remaining: number }> {
    const sentAt = performance.now()
    const { store, partition, runId, holder, milliseconds } = options
    const result = await store.acquireLease(partition, runLease(runId), holder, milliseconds)
    if (!result.acquired) return { lease: null, remaining: result.remaining }
    return { lease: Lease.held(options, result.token, sentAt) }
  }

  /** Renews from now on a lease that a commit took; it was sent at `sentAt`, by `performance.now()`. */
  static held(options: LeaseOptions, token: number, sentAt: number): Lease {
    const lease = new Lease(options, token, sentAt)
    lease.start()
    return lease
  }

  /** The operation by which a commit takes a run's lease. */
  static acquisition({ runId, holder, milliseconds }: Omit<LeaseOptions, 'store' | 'partition'>): Operation {
    return { kind: 'acquire', lease: runLease(runId), holder, milliseconds }
  }

  /** From now on `beat` runs with each renewal. */
  onBeat(beat: () => Promise<void>): void {
    this.beat = beat
  }

  /** Renews three times per lease, and gives up at the local deadline even if the store never answers. */
  private start(): void {
    const interval = this.options.milliseconds / BEATS_PER_LEASE
    const tick = async () => {
      await this.renew()
      if (this.ended || this.signal.aborted) return
      await this.beat().catch(() => undefined)
      if (!this.ended && !this.signal.aborted) this.timer = setTimeout(tick, interval)
    }
    this.timer = setTimeout(tick, interval)
    const watch = () => {
      if (this.remaining <= 0) this.lose('The lease was not renewed in time.')
      else this.watchdog = setTimeout(watch, this.remaining + 1)
    }
    this.watchdog = setTimeout(watch, this.remaining + 1)
  }

  private stopTimers(): void {
    if (this.timer) clearTimeout(this.timer)
    if (this.watchdog) clearTimeout(this.watchdog)
  }

  /** The fence of every write for the run. */
  get fence(): Operation {
    return { kind: 'fence', lease: runLease(this.options.runId), token: this.token }
  }

  /** Throws `LeaseLost` unless the lease is certainly ours now, by the local clock. */
  check(): void {
    if (!this.signal.aborted && performance.now() >= this.deadline) this.lose('The lease was not renewed in time.')
    this.signal.throwIfAborted()
  }

  /** Milliseconds until the local deadline. */
  get remaining(): number {
    return this.deadline - performance.now()
  }

  lose(why: string): void {
    this.stopTimers()
    if (!this.signal.aborted) this.lost.abort(new LeaseLost(why))
  }

  /** Gives the lease up so that another process can go on at once. */
  async release(): Promise<void> {
    this.ended = true
    this.stopTimers()
    const { store, partition, runId } = this.options
    // If the store is away, the lease lapses by itself.
    await store.releaseLease(partition, runLease(runId), this.token).catch(() => undefined)
  }

  private deadlineFrom(sentAt: number): number {
    return sentAt + this.options.milliseconds * (1 - MARGIN)
  }

  private async renew(): Promise<void> {
    const { store, partition, runId, milliseconds } = this.options
    const sentAt = performance.now()
    try {
      const renewed = await store.renewLease(partition, runLease(runId), this.token, milliseconds)
      if (renewed) this.deadline = this.deadlineFrom(sentAt)
      else if (!this.ended) this.lose('Another process took the run over.')
    } catch (error) {
      // A store that is away may come back before the deadline; then nothing was lost.
      if (!(error instanceof StoreUnavailable)) this.lose('The lease could not be renewed.')
      else if (performance.now() >= this.deadline) this.lose('The store was away for longer than the lease.')
    }
  }
}
