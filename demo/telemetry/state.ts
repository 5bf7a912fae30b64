import { alertsAt, anchorAt, roundedAnchor, type ServiceName, type World } from '../shop/index.ts'
import { ToolProblem } from './inputs.ts'

export interface Silence {
  until: number
  reason: string
}

/** The shop as this process tells it: its story, and what people did to it since the start. In memory only. */
export class ShopState {
  readonly #seed: number
  readonly #firstAnchor: number
  readonly #clock: () => number
  readonly #restarts: World['restarts'] = []
  readonly #silences = new Map<string, Silence>()

  /** `anchor` in epoch seconds; the clock gives milliseconds. */
  constructor(options: { seed: number; anchor?: number; clock?: () => number }) {
    this.#seed = options.seed
    this.#clock = options.clock ?? Date.now
    this.#firstAnchor = options.anchor ?? roundedAnchor(this.#clock())
  }

  read(): { world: World; now: number } {
    const now = Math.floor(this.#clock() / 1000)
    return { world: { seed: this.#seed, anchor: anchorAt(this.#firstAnchor, now), restarts: [...this.#restarts] }, now }
  }

  silenceOf(alert: string, now: number): Silence | null {
    const silence = this.#silences.get(alert)
    return silence && silence.until > now ? silence : null
  }

  /** Silences an alert from now on; a second time sets the new end. Throws a problem when there is no such alert. */
  silence(alert: string, minutes: number, reason: string): Silence {
    const { world, now } = this.read()
    const known = alertsAt(world, now).map((one) => one.alert)
    if (!known.includes(alert)) {
      throw new ToolProblem(`there is no alert "${alert.slice(0, 100)}"; the alerts are: ${known.join(', ')}`)
    }
    const silence = { until: now + minutes * 60, reason }
    this.#silences.set(alert, silence)
    return silence
  }

  restart(service: ServiceName, reason: string): number {
    const { now } = this.read()
    this.#restarts.push({ service, at: now, by: 'operator', reason })
    return now
  }
}
