import { performance } from 'node:perf_hooks'

const SAMPLE_MILLISECONDS = 100
/** Above this share of its time the event loop counts as busy; below the other one it no longer does. */
const BUSY = 0.75
const CALM = 0.55
/** Answers are read at this interval while the event loop is busy. */
const TICK_MILLISECONDS = 30

/**
 * Lets work run at once while the process has time, and together at intervals while it has not: what many answers
 * brought meanwhile is then stored in one transaction and shown in one write each, which costs much less than bit by bit.
 */
export class Pace {
  private waiting: (() => void)[] = []
  private timer: NodeJS.Timeout | null = null
  private sampledAt = Number.NEGATIVE_INFINITY
  private utilization = performance.eventLoopUtilization()
  private busy = false
  private readonly measure: () => number

  /** @param measure the share of its time that the event loop was busy since the last call. */
  constructor(measure?: () => number) {
    this.measure =
      measure ??
      (() => {
        const now = performance.eventLoopUtilization()
        const { utilization } = performance.eventLoopUtilization(now, this.utilization)
        this.utilization = now
        return utilization
      })
  }

  /** Runs `work`, at once or at the next interval. */
  run(work: () => void): void {
    if (this.isBusy()) {
      this.waiting.push(work)
      this.timer ??= setTimeout(() => this.runWaiting(), TICK_MILLISECONDS)
    } else work()
  }

  private isBusy(): boolean {
    const now = performance.now()
    if (now - this.sampledAt < SAMPLE_MILLISECONDS) return this.busy
    this.sampledAt = now
    this.busy = this.measure() > (this.busy ? CALM : BUSY)
    return this.busy
  }

  private runWaiting(): void {
    this.timer = null
    const waiting = this.waiting
    this.waiting = []
    for (const work of waiting) work()
  }
}
