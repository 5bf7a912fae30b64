import { DataSourceError } from '@/lib/datasources/errors'

const UNIT_SECONDS: Record<string, number> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
}
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+$/
export const TIME_FORMS =
  'RFC3339 ("2026-11-02T10:00:00Z"), unix seconds ("1793613600"), "now", or relative to now ("now-6h", "now-30m")'

/**
 * Seconds of a duration: `30s`, `15m`, `1h30m`, or a bare number of seconds.
 * Throws `DataSourceError` (`bad_query`) with a sentence that says which form is expected.
 */
export function parseDuration(text: string, what = 'duration'): number {
  const trimmed = text.trim()
  if (/^\d+(?:\.\d+)?$/.test(trimmed) && Number(trimmed) > 0) return Number(trimmed)
  if (!DURATION.test(trimmed)) throw badDuration(text, what)
  let seconds = 0
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g))
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN)
  if (!(seconds > 0) || !Number.isFinite(seconds)) throw badDuration(text, what)
  return seconds
}

/**
 * Unix seconds of a point in time, in any of `TIME_FORMS`; a bare duration (`30m`) counts back from now.
 * Throws `DataSourceError` (`bad_query`) with a sentence that says which form is expected.
 */
export function parseTime(text: string, now: number, what = 'time'): number {
  const trimmed = text.trim()
  if (trimmed === 'now') return now
  const relative = /^now\s*([+-])\s*(\S+)$/.exec(trimmed)
  if (relative?.[2] && DURATION.test(relative[2]))
    return inBounds(now + (relative[1] === '-' ? -1 : 1) * parseDuration(relative[2]), text, what)
  if (DURATION.test(trimmed)) return inBounds(now - parseDuration(trimmed), text, what)
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) {
    const seconds = Number(trimmed)
    // Thirteen digits are milliseconds: a common slip that is certain enough to mend.
    return inBounds(seconds >= 1e12 && seconds < 1e14 ? seconds / 1000 : seconds, text, what)
  }
  if (/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(trimmed))
    return inBounds(Date.parse(trimmed.replace(' ', 'T')) / 1000, text, what)
  throw badTime(text, what)
}

/** The range from and to, from before to. Throws `DataSourceError` (`bad_query`). */
export function parseRange(
  input: { from?: string; to?: string },
  now: number,
  defaultFrom = 'now-1h',
): { from: number; to: number } {
  const from = parseTime(input.from ?? defaultFrom, now, 'from')
  const to = parseTime(input.to ?? 'now', now, 'to')
  if (!(from < to))
    throw new DataSourceError(
      'bad_query',
      `"from" (${formatTime(from)}) must lie before "to" (${formatTime(to)}). It is ${formatTime(now)} now.`,
    )
  return { from, to }
}

/** RFC3339 in UTC, to the second. */
export const formatTime = (seconds: number) => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')

/** `90` → `1m30s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)}ms`
  let rest = Math.round(seconds)
  let text = ''
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNIT_SECONDS[unit] ?? 1
    const amount = Math.floor(rest / size)
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * size
  }
  return text
}

function inBounds(seconds: number, text: string, what: string): number {
  // From 1970 to 2286: what both JavaScript's and Prometheus' clocks can hold without surprises.
  if (!(seconds >= 0 && seconds < 1e10)) throw badTime(text, what)
  return seconds
}

const badTime = (text: string, what: string) =>
  new DataSourceError('bad_query', `"${what}" is ${JSON.stringify(text.slice(0, 60))}. Expected ${TIME_FORMS}.`)

const badDuration = (text: string, what: string) =>
  new DataSourceError(
    'bad_query',
    `"${what}" is ${JSON.stringify(text.slice(0, 60))}. Expected a positive duration such as "30s", "15m", "1h30m" or "7d".`,
  )
