import { DataSourceError } from '@/lib/datasources/errors'
import { formatDuration, parseDuration } from '@/lib/datasources/time'

export { formatDuration, formatTime, parseDuration, parseRange, parseTime } from '@/lib/datasources/time'

/** What Prometheus itself allows in one series of a range query. */
export const MAX_POINTS = 11_000
/** What we hand on of one series: enough for any screen. */
export const MAX_RETURNED_POINTS = 1_000
const TARGET_POINTS = 250
/** Prometheus' usual scrape interval; a finer step only repeats samples. */
export const SCRAPE_INTERVAL_SECONDS = 15

const NICE_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
]

export interface ChosenStep {
  /** Seconds. */
  step: number
  /** Said when the step is not the one that was asked for. */
  note?: string
}

const niceAtLeast = (seconds: number) =>
  NICE_STEPS.find((step) => step >= seconds) ?? Math.ceil(seconds / 604_800) * 604_800

/** How many points one series has: both ends count. */
export const pointsOf = (range: { from: number; to: number }, step: number) =>
  Math.floor((range.to - range.from) / step + 1e-9) + 1

/**
 * The step of a range query. Without a wish: about 250 points, a round number, not below the scrape interval. A wish
 * is kept unless the series would have more points than are returned; then it is raised, and the note says so.
 * Throws `DataSourceError` when the wish is no duration or beyond Prometheus' own limit of 11,000 points.
 */
export function chooseStep(range: { from: number; to: number }, wish?: string): ChosenStep {
  const seconds = range.to - range.from
  if (wish === undefined || wish.trim() === '' || wish.trim() === 'auto')
    return { step: niceAtLeast(Math.max(SCRAPE_INTERVAL_SECONDS, seconds / TARGET_POINTS)) }
  const asked = parseDuration(wish, 'step')
  const returned = niceAtLeast(seconds / (MAX_RETURNED_POINTS - 1))
  if (pointsOf(range, asked) > MAX_POINTS)
    throw new DataSourceError(
      'too_much',
      `A step of ${formatDuration(asked)} over ${formatDuration(seconds)} exceeds the maximum of 11,000 points per series. Use a step of at least ${formatDuration(returned)}, or a shorter range; without "step" a fitting one is chosen.`,
    )
  if (pointsOf(range, asked) > MAX_RETURNED_POINTS)
    return {
      step: returned,
      note: `The step was raised from ${formatDuration(asked)} to ${formatDuration(returned)}, because a series has at most 1,000 points here. For a finer step shorten the range.`,
    }
  return { step: asked }
}

/** Fills in Grafana's interval variables, which models like to write; Prometheus itself does not know them. */
export function fillIntervalVariables(query: string, step: number, rangeSeconds?: number): string {
  const rate = Math.max(4 * SCRAPE_INTERVAL_SECONDS, step + SCRAPE_INTERVAL_SECONDS)
  const values: Record<string, number | undefined> = {
    __rate_interval: rate,
    __interval: Math.max(step, SCRAPE_INTERVAL_SECONDS),
    __range: rangeSeconds,
  }
  return query.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    const seconds = values[braced ?? bare ?? '']
    return seconds === undefined ? whole : `${Math.max(1, Math.round(seconds))}s`
  })
}
