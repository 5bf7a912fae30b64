import { performance as eventLoop } from 'node:perf_hooks'

const SAMPLE_MILLISECONDS = 100
/** Above this share of its time the event loop is too busy for the present wait; below the other one it has time for a shorter one. */
const BUSY = 0.75
const CALM = 0.55
/** For how long an answer's bits are gathered, step by step: no longer than the load wants, for they are seen so much later. */
const WAITS_MILLISECONDS = [0, 8, 16, 36] as const
/** What becomes due within it is done together. */
const GROUP_MILLISECONDS = 5

/**
 * Lets work run at once while the process has time, and a little later while it has not: what an answer brought meanwhile
 * is then stored and shown at once, and what several answers brought in one turn, which costs much less than bit by bit.
 * Not all answers in one turn: the last of them would wait for all others, and the store for the next turn.
 */
export class Pace {
  /** By the moment at which it is due. */
  private readonly groups = new Map<number, (() => void)[]>()
  private sampledAt = Number.NEGATIVE_INFINITY
  private utilization = eventLoop.eventLoopUtilization()
  private step = 0
  private readonly measure: () => number

  /** @param measure the share of its time that the event loop was busy since the last call. */
  constructor(measure?: () => number) {
    this.measure =
      measure ??
      (() => {
        const now = eventLoop.eventLoopUtilization()
        const { utilization } = eventLoop.eventLoopUtilization(now, this.utilization)
        this.utilization = now
        return utilization
      })
  }

  /** Runs `work`, at once or after the wait that the load asks for. */
  run(work: () => void): void {
    const now = performance.now()
    const wait = this.wait(now)
    if (wait === 0) {
      work()
      return
    }
    const due = Math.ceil((now + wait) / GROUP_MILLISECONDS) * GROUP_MILLISECONDS
    const group = this.groups.get(due)
    if (group) group.push(work)
    else {
      this.groups.set(due, [work])
      setTimeout(() => this.runGroup(due), due - now)
    }
  }

  private wait(now: number): number {
    const samples = Math.floor((now - this.sampledAt) / SAMPLE_MILLISECONDS)
    if (samples > 0) {
      this.sampledAt = now
      const share = this.measure()
      if (share > BUSY) this.step = Math.min(this.step + 1, WAITS_MILLISECONDS.length - 1)
      // One for each that passed: behind a quiet minute nothing waits any more.
      else if (share < CALM) this.step = Math.max(this.step - samples, 0)
    }
    return WAITS_MILLISECONDS[this.step] ?? 0
  }

  private runGroup(due: number): void {
    const group = this.groups.get(due) ?? []
    this.groups.delete(due)
    for (const work of group) work()
  }
}
