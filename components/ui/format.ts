/** `340 ms`, `2.4 s`, `1 min 05 s`. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return ''
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** `512 B`, `14 kB`, `3.1 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** `980`, `12.4k`, `1.2M`. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count)
  if (count < 999_950) return `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)}k`
  return `${(count / 1_000_000).toFixed(1)}M`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** In the reader's language and zone. Making one costs a hundred times what it costs to use it, so it is kept. */
function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options)
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(undefined, options)
  formats.set(key, made)
  return made
}

const IN_FULL = { dateStyle: 'medium', timeStyle: 'long' } as const
const OF_THE_DAY = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const

/** Date, time and zone in full, for hover. */
export const formatInstant = (time: number) => dateFormat(IN_FULL).format(time)

/** Date and time. */
export const formatMoment = (time: number) => dateFormat({ dateStyle: 'medium', timeStyle: 'short' }).format(time)

/** The time of day, for a message. */
export const formatTime = (time: number) => dateFormat(OF_THE_DAY).format(time)

/** A time on an axis, given the distance of its ticks; both in seconds. */
export const formatTick = (time: number, step: number) =>
  dateFormat(
    step >= 43_200 ? { month: 'short', day: 'numeric' } : { ...OF_THE_DAY, ...(step < 60 && { second: '2-digit' }) },
  ).format(time * 1000)

/** The browser reads its tables of languages and zones with the first date: better while nothing waits for it. */
export function prepareDates(): void {
  formatInstant(0)
  formatTime(0)
}

const DAY = 86_400_000
const startOfDay = (time: number) => new Date(time).setHours(0, 0, 0, 0)

/** The heading under which a session of that time is listed. */
export function dayGroup(time: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY)
  if (days <= 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days < 7) return 'Last 7 days'
  if (days < 30) return 'Last 30 days'
  return 'Older'
}

/** A value with its unit, short enough for an axis. */
export function formatValue(value: number | null | undefined, unit?: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  if (unit === 's' || unit === 'seconds') {
    if (value === 0) return '0 s'
    return Math.abs(value) < 1 ? `${trim(value * 1000)} ms` : `${trim(value)} s`
  }
  if (unit === 'bytes' || unit === 'B') return `${scaled(value)}B`
  if (unit === 'ratio') return `${trim(value * 100)} %`
  const text = scaled(value)
  return unit ? `${text.trimEnd()} ${unit}` : text.trimEnd()
}

const trim = (value: number) => String(Number(value.toPrecision(4)))

function scaled(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e9) return `${trim(value / 1e9)} G`
  if (size >= 1e6) return `${trim(value / 1e6)} M`
  if (size >= 1e4) return `${trim(value / 1e3)} k`
  return `${trim(value)} `
}
