import { z } from 'zod'
import type { LabelSet, SampledSeries } from '@/lib/datasources/prometheus/schemas'
import { MAX_RETURNED_POINTS } from '@/lib/datasources/prometheus/step'
import { formatTime } from '@/lib/datasources/time'

/** What the page draws a chart of. Times are unix seconds; `null` stands for NaN and the infinities. */
export const seriesResultSchema = z.object({
  series: z.array(
    z.object({
      name: z.string(),
      labels: z.record(z.string(), z.string()),
      unit: z.string().optional(),
      points: z.array(z.tuple([z.number(), z.number().nullable()])),
    }),
  ),
  step: z.number(),
  from: z.number(),
  to: z.number(),
  truncated: z.boolean().optional(),
  notes: z.array(z.string()).optional(),
})
export type SeriesResult = z.output<typeof seriesResultSchema>

export const MAX_SERIES = 50
const MAX_POINTS_IN_ALL = 20_000
/** Of labels and names: label sets can be longer than their points. */
const MAX_LABEL_BYTES = 64 * 1024
const POINTS_IN_TEXT = 12
const MAX_TEXT_CHARACTERS = 20_000

/** A query's series, bounded, in the page's shape; `notes` say what was cut and what is missing. */
export function toSeriesResult(
  found: SampledSeries[],
  range: { from: number; to: number; step: number },
  query: string,
): SeriesResult & { notes: string[] } {
  const series: SeriesResult['series'] = []
  const notes: string[] = []
  let pointsInAll = 0
  let labelBytes = 0
  let cutPoints = 0
  let unnumbered = 0
  for (const { labels, samples } of found) {
    if (series.length >= MAX_SERIES) break
    const kept = samples.slice(-MAX_RETURNED_POINTS)
    const { __name__: metric, ...rest } = labels
    pointsInAll += kept.length
    labelBytes += Buffer.byteLength(JSON.stringify(labels))
    if (series.length > 0 && (pointsInAll > MAX_POINTS_IN_ALL || labelBytes > MAX_LABEL_BYTES)) break
    if (kept.length < samples.length) cutPoints++
    series.push({
      name: metric ?? nameOf(query),
      labels: rest,
      ...(metric === undefined ? {} : unitOf(metric)),
      points: kept.map(([time, value]) => {
        if (Number.isFinite(value)) return [time, value]
        unnumbered++
        return [time, null]
      }),
    })
  }
  const truncated = series.length < found.length || cutPoints > 0
  if (series.length < found.length)
    notes.push(
      `Only ${series.length} of ${found.length} series are returned. Narrow with label matchers, topk(10, …), or aggregate: sum by (label) (…).`,
    )
  if (cutPoints > 0) notes.push(`${cutPoints} series were cut to their last ${MAX_RETURNED_POINTS} points.`)
  if (unnumbered > 0)
    notes.push(`${unnumbered} values are NaN or infinite (often a division by zero); they are null here.`)
  return { series, ...range, ...(truncated ? { truncated } : {}), notes }
}

/** Computed series have no name of their own. */
export const nameOf = (query: string) => (query.length > 120 ? `${query.slice(0, 120)} …` : query)

/** The unit that a raw metric's name declares; computed series have none that could be known. */
export function unitOf(metric: string): { unit?: string } {
  const match = /_(seconds|bytes|ratio|celsius|volts|amperes|joules|grams|meters|percent|info)(?:_total|_sum)?$/.exec(
    metric,
  )
  return match?.[1] && match[1] !== 'info' ? { unit: match[1] } : {}
}

/** `name{a="1",b="2"}`, as Prometheus writes it. */
export function formatSeriesName(name: string, labels: LabelSet): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return pairs.length > 0 ? `${name}{${pairs.join(', ')}}` : name
}

/** Six significant digits: enough to reason with, a third of the tokens. */
export function formatValue(value: number | null): string {
  if (value === null) return 'n/a'
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : String(Number(value.toPrecision(6)))
}

/** For the model: per series its extremes and a dozen points, within a bounded number of characters. */
export function describeSeries(result: SeriesResult, query = ''): string {
  const lines: string[] = []
  let characters = 0
  const computed = /^[\w:]+$/.test(query) ? null : nameOf(query)
  for (const [position, one] of result.series.entries()) {
    // The model knows its query; repeating it for every series would only cost tokens.
    const text = describeOne(one.name === computed ? { ...one, name: '' } : one)
    characters += text.length
    if (characters > MAX_TEXT_CHARACTERS && position > 0) {
      lines.push(`… and ${result.series.length - position} more series, in the structured result only.`)
      break
    }
    lines.push(text)
  }
  return lines.join('\n')
}

function describeOne({ name, labels, unit, points }: SeriesResult['series'][number]): string {
  const title = `${formatSeriesName(name, labels) || 'result'}${unit ? ` (${unit})` : ''}`
  const known = points.filter((point): point is [number, number] => point[1] !== null)
  const [first] = known
  if (!first) return `${title}: ${points.length} points, none of them a number`
  let [minimum, maximum, sum] = [first, first, 0]
  for (const point of known) {
    if (point[1] < minimum[1]) minimum = point
    if (point[1] > maximum[1]) maximum = point
    sum += point[1]
  }
  const last = known.at(-1) ?? first
  const summary = `${points.length} points, last ${formatValue(last[1])}, average ${formatValue(sum / known.length)}, minimum ${formatValue(minimum[1])} at ${formatTime(minimum[0])}, maximum ${formatValue(maximum[1])} at ${formatTime(maximum[0])}`
  if (minimum[1] === maximum[1]) return `${title}: ${points.length} points, constantly ${formatValue(minimum[1])}`
  const every = Math.max(1, Math.ceil(points.length / POINTS_IN_TEXT))
  const shown = points.filter((_, index) => (points.length - 1 - index) % every === 0)
  const listed = shown.map(([time, value]) => `${formatTime(time).slice(11, 19)} ${formatValue(value)}`).join(', ')
  return `${title}: ${summary}\n  ${every > 1 ? `every ${every}th point: ` : ''}${listed}`
}
