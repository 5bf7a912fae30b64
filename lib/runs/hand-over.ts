/** This share of the platform's limit is kept for handing over. */
export const PLATFORM_MARGIN = 0.1
/** Of that margin, the last part is for what must still be stored after the model or the tools were cut. */
const CUT_AT = 1 / 3
/** An execution that began with this share of the limit had a whole invocation for itself. */
const WHOLE = 0.8

/** What the platform gives the invocation that an execution belongs to, in milliseconds. */
export interface PlatformTime {
  limit: number
  remaining: number
}

/**
 * When and why one execution gives its run to another process. First it is asked for, and happens at the next safe
 * point; then the model's response is cut, which the next owner makes anew; last the tool calls in flight.
 */
export class HandOver {
  reason: 'drain' | 'platform' | null = null
  /** The whole of an invocation is there for this execution. */
  readonly isWhole: boolean
  private readonly model = new AbortController()
  private readonly tools = new AbortController()
  private readonly timers: NodeJS.Timeout[] = []

  /** Without `platform` nothing limits the execution's time. */
  constructor(platform: PlatformTime | null) {
    this.isWhole = platform !== null && platform.remaining >= platform.limit * WHOLE
    if (!platform) return
    const margin = platform.limit * PLATFORM_MARGIN
    this.after(platform.remaining - margin, () => this.request('platform'))
    this.after(platform.remaining - margin * CUT_AT, () => {
      this.cutModel()
      this.cutTools()
    })
  }

  get requested(): boolean {
    return this.reason !== null
  }

  /** Aborted when a hand-over may not wait for the model any longer. */
  get modelSignal(): AbortSignal {
    return this.model.signal
  }

  /** Aborted when it may not wait for tools either. */
  get toolsSignal(): AbortSignal {
    return this.tools.signal
  }

  /** A whole invocation was not enough for what had to be cut, so the next one would not be either. */
  get exceedsPlatform(): boolean {
    return this.reason === 'platform' && this.isWhole && this.tools.signal.aborted
  }

  request(reason: 'drain' | 'platform'): void {
    this.reason ??= reason
  }

  cutModel(): void {
    this.model.abort()
  }

  cutTools(): void {
    this.tools.abort()
  }

  /** The execution is over. */
  end(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }

  private after(milliseconds: number, work: () => void): void {
    this.timers.push(setTimeout(work, Math.max(0, milliseconds)))
  }
}
