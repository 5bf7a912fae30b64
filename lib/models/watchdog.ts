/** Fires when a wait takes longer than its limit. Restarting it costs no allocation, so it can run for every token. */
export class Watchdog {
  #limit: number
  #waiting = false
  #timer: NodeJS.Timeout | undefined
  readonly #onSilence: () => void

  constructor(limit: number, onSilence: () => void) {
    this.#limit = limit
    this.#onSilence = onSilence
  }

  start(): void {
    this.#waiting = true
    if (this.#timer) this.#timer.refresh()
    else this.#timer = setTimeout(() => this.#waiting && this.#onSilence(), this.#limit)
  }

  /** A slow reader of the answer is not a silent model: the clock stands still until the next `start`. */
  pause(): void {
    this.#waiting = false
  }

  setLimit(limit: number): void {
    if (limit === this.#limit) return
    this.stop()
    this.#limit = limit
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = false
  }
}
