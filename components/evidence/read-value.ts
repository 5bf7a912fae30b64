export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A key's value when it is the object's own: foreign JSON may name what every object inherits. */
export const ownValue = (value: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : undefined

/** The first of some keys that has a text. */
export function firstText(value: Record<string, unknown>, keys: readonly string[]): string | null {
  for (const key of keys) {
    const found = ownValue(value, key)
    if (typeof found === 'string' && found !== '') return found
  }
  return null
}

/** The first of some keys that has a finite number, also one written as text. */
export function firstNumber(value: Record<string, unknown>, keys: readonly string[]): number | null {
  for (const key of keys) {
    const found = ownValue(value, key)
    const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found
    if (typeof number === 'number' && Number.isFinite(number)) return number
  }
  return null
}

/** What a `Date` can hold, in milliseconds to either side of the epoch. */
const FARTHEST = 8.64e15

/** Milliseconds since the epoch, from an ISO text or from seconds, milli-, micro- or nanoseconds; null when it is no time. */
export function readTime(value: unknown): number | null {
  const time = timeOf(value)
  return time !== null && Math.abs(time) <= FARTHEST ? time : null
}

function timeOf(value: unknown): number | null {
  if (typeof value === 'string' && !/^\d+(\.\d+)?$/.test(value)) {
    const time = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
    return Number.isNaN(time) ? null : time
  }
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return null
  if (number < 1e11) return number * 1000
  if (number < 1e14) return number
  return number < 1e17 ? number / 1e3 : number / 1e6
}

/** A value in one line, as a cell shows it. */
export function shortText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object') return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return Array.isArray(value) ? `${value.length} items` : 'a deep object'
  }
}

const COLOUR_CODE = /\p{Cc}\[[0-9;]*m/gu
const UNSEEN = /\p{Bidi_Control}|(?![\t\n])\p{Cc}/gu

/** Text as it may be shown: colour codes dropped, and what turns or hides the writing made visible. */
export const visibleText = (text: string): string =>
  text
    .replace(COLOUR_CODE, '')
    .replace(UNSEEN, (sign) => `‹${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`)
