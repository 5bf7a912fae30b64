import type { UsageRow } from '@/lib/usage/report'

const DAY = 24 * 3_600_000

export interface DayBar {
  /** `2026-11-25`, UTC. */
  day: string
  tokens: number
  inputTokens: number
  outputTokens: number
  costUsd: number
  runs: number
}

/** A bar for every day of the time, those without usage included. `from` is the beginning of a day, UTC. */
export function barsOf(rows: UsageRow[], from: number, to: number): DayBar[] {
  const known = new Map(rows.map((row) => [row.key, row]))
  const bars: DayBar[] = []
  for (let at = from; at < to; at += DAY) {
    const day = new Date(at).toISOString().slice(0, 10)
    const { inputTokens = 0, outputTokens = 0, costUsd = 0, runs = 0 } = known.get(day) ?? {}
    bars.push({ day, tokens: inputTokens + outputTokens, inputTokens, outputTokens, costUsd, runs })
  }
  return bars
}
