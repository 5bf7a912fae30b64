/** In the order of time unless a function says that it takes any. */
export type Points = [number, number | null][]

/** One time series as a tool's result carries it: seconds since the epoch and a value, or null for a gap. */
export interface Series {
  name: string
  labels: Record<string, string>
  unit?: string
  points: Points
}

/** At most this many lines are drawn; the table of a result has all of them. */
export const MAX_DRAWN_SERIES = 24

/** Whether a preview, which may put the result in words, promises a chart. */
export const promisesSeries = (preview: string) => /"points"\s*:\s*\[\s*\[|^\d[\d,]* series from /m.test(preview)

function isInOrder(points: Points): boolean {
  for (let index = 1; index < points.length; index += 1) {
    if (!((points[index]?.[0] ?? 0) > (points[index - 1]?.[0] ?? 0))) return false
  }
  return true
}

/** The points in the order of time; of several at one moment the last. */
export function inOrder(points: Points): Points {
  if (isInOrder(points)) return points
  return [...new Map(points)].sort(([a], [b]) => a - b)
}

const haveSameTimes = (left: Points, right: Points) =>
  left.length === right.length && left.every(([time], index) => time === right[index]?.[0])

/** Every time that one of them has, once, in order. */
function timesOf(lists: readonly Points[]): number[] {
  // Lines of one query mostly have the same times.
  const different = lists.filter((list, index) => index === 0 || !haveSameTimes(list, lists[index - 1] as Points))
  const all = new Float64Array(different.reduce((sum, { length }) => sum + length, 0))
  let place = 0
  for (const list of different) {
    for (const [time] of list) {
      all[place] = time
      place += 1
    }
  }
  if (different.length > 1) all.sort()
  const times: number[] = []
  for (const time of all) if (times.length === 0 || time !== times.at(-1)) times.push(time)
  return times
}

/**
 * Aligns series on one time axis, as the chart wants them: null is a gap of the series itself, undefined a time that
 * only another series has, over which its line goes on.
 */
export function alignSeries(series: readonly Series[]): {
  times: number[]
  columns: (number | null | undefined)[][]
} {
  const lists = series.map((one) => inOrder(one.points))
  const times = timesOf(lists)
  const columns = lists.map((points) => {
    const column: (number | null | undefined)[] = []
    let next = 0
    for (const time of times) {
      const point = points[next]
      const isOwn = point !== undefined && point[0] === time
      column.push(isOwn ? point[1] : undefined)
      if (isOwn) next += 1
    }
    return column
  })
  return { times, columns }
}

/** What tells this series from its neighbours: the labels that differ, else its name. */
export function seriesTitles(series: readonly Series[]): string[] {
  const keys = [...new Set(series.flatMap((one) => Object.keys(one.labels)))].filter((key) => key !== '__name__')
  const telling = keys.filter((key) => new Set(series.map((one) => one.labels[key])).size > 1)
  const names = new Set(series.map((one) => one.name))
  return series.map((one) => {
    const labels = telling.filter((key) => one.labels[key]).map((key) => `${key}=${one.labels[key]}`)
    const parts = names.size > 1 || labels.length === 0 ? [one.name, ...labels] : labels
    return [...new Set(parts.filter(Boolean))].join(' · ') || 'value'
  })
}
