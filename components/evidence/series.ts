/** One time series as a tool's result carries it: seconds since the epoch and a value, or null for a gap. */
export interface Series {
  name: string
  labels: Record<string, string>
  unit?: string
  points: [number, number | null][]
}

/** At most this many lines are drawn; the table of a result has all of them. */
export const MAX_DRAWN_SERIES = 24

/** Whether a preview, which may put the result in words, promises a chart. */
export const promisesSeries = (preview: string) => /"points"\s*:\s*\[\s*\[|^\d[\d,]* series from /m.test(preview)

/** Aligns series on one ascending time axis, as the chart wants them; what a series does not have is a gap. */
export function alignSeries(series: readonly Series[]): { times: number[]; columns: (number | null)[][] } {
  const times = [...new Set(series.flatMap((one) => one.points.map(([time]) => time)))].sort((a, b) => a - b)
  const columns = series.map((one) => {
    const values = new Map(one.points)
    return times.map((time) => values.get(time) ?? null)
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
