import type { Points } from '@/components/evidence/series'

/** Seconds. */
export interface TimeRange {
  from: number
  to: number
}

/** What is beside the shown range is drawn by nobody until it is shown. */
const BUCKETS_BESIDE = 50
/** Four for each column of pixels: more of one line nobody sees. */
const MOST_OF_A_LINE = 4_000
export const FEWEST_OF_A_LINE = 600
/** Of all lines together: strokes on top of each other cost as much as those that are seen. */
const MOST_OF_ALL = 16_000

/** How many points of each are drawn of so many lines that are seen at once. */
export const pointsPerLine = (lines: number): number =>
  Math.round(Math.min(MOST_OF_A_LINE, Math.max(FEWEST_OF_A_LINE, MOST_OF_ALL / Math.max(1, lines))))

/** The index of the first point at or behind a time. */
function firstFrom(points: Points, time: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.[0] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** What a column of pixels shows of its points: the first, the lowest, the highest, the last, and that there is a gap. */
function keepColumn(points: Points, begin: number, end: number, kept: Points): void {
  let [first, low, high, last, gap] = [-1, -1, -1, -1, -1]
  const valueAt = (index: number) => points[index]?.[1] as number
  for (let index = begin; index < end; index += 1) {
    if (points[index]?.[1] === null) {
      if (gap < 0) gap = index
      continue
    }
    if (first < 0) first = index
    if (low < 0 || valueAt(index) < valueAt(low)) low = index
    if (high < 0 || valueAt(index) > valueAt(high)) high = index
    last = index
  }
  let before = -1
  for (const index of [first, low, high, last, gap].sort((a, b) => a - b)) {
    const point = points[index]
    if (index <= before || !point) continue
    kept.push(point)
    before = index
  }
}

function thinPart(points: Points, begin: number, end: number, buckets: number, kept: Points): void {
  if (end - begin <= buckets * 4) {
    for (let index = begin; index < end; index += 1) kept.push(points[index] as Points[number])
    return
  }
  const from = points[begin]?.[0] ?? 0
  const width = ((points[end - 1]?.[0] ?? 0) - from) / buckets || 1
  let index = begin
  for (let bucket = 1; index < end; bucket += 1) {
    const start = index
    // The last one has whatever rounding left over.
    while (index < end && (bucket >= buckets || (points[index]?.[0] ?? 0) < from + bucket * width)) index += 1
    keepColumn(points, start, index, kept)
  }
}

/**
 * The points that a chart needs to look the same: of many, a few for each column of pixels of the shown range, gaps and
 * extremes among them; the whole where no range is given. The points are in the order of time; not more than `most` stay as they are.
 */
export function thin(points: Points, range: TimeRange | null, most: number): Points {
  if (points.length <= most) return points
  const kept: Points = []
  const begin = range ? Math.max(0, firstFrom(points, range.from) - 1) : 0
  const end = range ? Math.min(points.length, firstFrom(points, range.to) + 1) : points.length
  thinPart(points, 0, begin, BUCKETS_BESIDE, kept)
  thinPart(points, begin, end, Math.floor(most / 4), kept)
  thinPart(points, end, points.length, BUCKETS_BESIDE, kept)
  return kept
}

/** A line's value at a time, of all its points in order; undefined where it has none of that time. */
export function valueAt(points: Points, time: number): number | null | undefined {
  const point = points[firstFrom(points, time)]
  return point?.[0] === time ? point[1] : undefined
}
