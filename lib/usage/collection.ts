import { Collection } from '@/lib/stores/collection'

/** What one run, or one title, took of a model. Written once, in the commit that settles the run. */
export interface UsageRecord {
  /** `title`: a session was named. */
  kind: 'run' | 'title'
  runId: string
  sessionId: string
  /** `principalKey` of who asked. */
  principal: string
  model: string | null
  inputTokens: number
  outputTokens: number
  /** Null: the model has no prices. */
  costUsd: number | null
  steps: number
  toolCalls: number
  /** Unix milliseconds. */
  at: number
}

/** `2026-11`, in UTC. */
export function monthOf(at: number): string {
  const date = new Date(at)
  return `${date.getUTCFullYear()}-${String(date.getUTCMonth() + 1).padStart(2, '0')}`
}

export const usageRecords = new Collection<UsageRecord>({
  name: 'usage',
  v: 1,
  indexes: (record) => [
    { index: 'all', group: 'all', sort: record.at },
    { index: 'principal', group: record.principal, sort: record.at },
    { index: 'session', group: record.sessionId, sort: record.at },
  ],
})

/** Thirteen months: a year can be compared with the one before. */
export const USAGE_KEPT = 400 * 24 * 3_600_000

/** What may be spent in a month; null: nothing is said. */
export interface Budget {
  warnUsd: number | null
  capUsd: number | null
  warnTokens: number | null
  capTokens: number | null
}

export const NO_BUDGET: Budget = { warnUsd: null, capUsd: null, warnTokens: null, capTokens: null }

/** Of an organisation; its only document. */
export const budgets = new Collection<Budget>({ name: 'budget', v: 1 })
export const BUDGET_DOCUMENT = 'budget'

/** Counted as it is spent, so that the budget need not add records up. */
export const spentCounter = (month: string, unit: 'usd' | 'tokens') => `spent:${month}:${unit}`
