/** The part of a chart's times that is shown, as indexes; both ends belong to it. */
export interface Shown {
  first: number
  last: number
}

/** So many pages make the shown part. */
const PAGES = 10

/**
 * Where a key moves the reading of a chart: an index, null when it is given up, undefined when the key is none of its
 * own. Without a reading it begins at the end that it comes from.
 */
export function movedReading(key: string, at: number | null, { first, last }: Shown): number | null | undefined {
  const page = Math.max(1, Math.round((last - first) / PAGES))
  const to = (index: number) => Math.min(last, Math.max(first, index))
  switch (key) {
    case 'ArrowLeft':
      return to((at ?? last + 1) - 1)
    case 'ArrowRight':
      return to((at ?? first - 1) + 1)
    case 'PageUp':
      return to((at ?? last + page) - page)
    case 'PageDown':
      return to((at ?? first - page) + page)
    case 'Home':
      return first
    case 'End':
      return last
    case 'Escape':
      return null
    default:
      return undefined
  }
}

/** The first of ascending times that is not before one; the last when all are. */
export function indexOfTime(times: readonly number[], time: number): number {
  let low = 0
  let high = Math.max(0, times.length - 1)
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The times within a range of seconds, as indexes; at least one of a chart that has any. */
export function shownOf(times: readonly number[], range: { from: number; to: number } | null): Shown {
  const whole = { first: 0, last: Math.max(0, times.length - 1) }
  if (!range) return whole
  const first = times.findIndex((time) => time >= range.from)
  const last = times.findLastIndex((time) => time <= range.to)
  return first < 0 || last < first ? whole : { first, last }
}

/** The range moved by so much of its own length, as far as the whole goes. */
export function movedRange(
  whole: { from: number; to: number },
  range: { from: number; to: number },
  share: number,
): { from: number; to: number } {
  const wanted = (range.to - range.from) * share
  const by = Math.min(whole.to - range.to, Math.max(whole.from - range.from, wanted))
  return { from: range.from + by, to: range.to + by }
}

/** The range twice as near, or twice as far, around a time; null where that is all there is. */
export function zoomedRange(
  whole: { from: number; to: number },
  range: { from: number; to: number },
  around: number,
  factor: number,
): { from: number; to: number } | null {
  const from = Math.max(whole.from, around - (around - range.from) * factor)
  const to = Math.min(whole.to, around + (range.to - around) * factor)
  if (from <= whole.from && to >= whole.to) return null
  // Nearer than this the numbers of times are no longer told apart.
  return to - from > 1e-3 ? { from, to } : range
}
