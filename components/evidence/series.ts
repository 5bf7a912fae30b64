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

/** The points in the order of time; of several at one moment the last. */
export function inOrder(points: Points): Points {
  const isOrdered = points.every(([time], index) => index === 0 || time > (points[index - 1]?.[0] ?? 0))
  if (isOrdered) return points
  return [...new Map(points)].sort(([a], [b]) => a - b)
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
  const times = Float64Array.from(new Set(lists.flatMap((points) => points.map(([time]) => time)))).sort()
  const columns = lists.map((points) => {
    let next = 0
    return Array.from(times, (time) => {
      if (points[next]?.[0] !== time) return undefined
      next += 1
      return points[next - 1]?.[1] ?? null
    })
  })
  return { times: [...times], columns }
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
