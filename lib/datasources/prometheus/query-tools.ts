import { z } from 'zod'
import { quoteUpstream } from '@/lib/datasources/errors'
import type { PrometheusClient } from '@/lib/datasources/prometheus/client'
import type { QueryData, SampledSeries } from '@/lib/datasources/prometheus/schemas'
import {
  describeSeries,
  formatSeriesName,
  formatValue,
  MAX_SERIES,
  nameOf,
  type SeriesResult,
  seriesResultSchema,
  toSeriesResult,
  unitOf,
} from '@/lib/datasources/prometheus/series'
import { metricNamesIn, similarNames } from '@/lib/datasources/prometheus/similar'
import {
  chooseStep,
  fillIntervalVariables,
  formatDuration,
  formatTime,
  parseRange,
  parseTime,
} from '@/lib/datasources/prometheus/step'
import type { PrometheusTools } from '@/lib/datasources/prometheus/tools'
import {
  clip,
  firstOf,
  lines,
  notesSchema,
  type Result,
  registerTool,
  truncatedSchema,
} from '@/lib/datasources/results'

const MAX_SAMPLES = 200
const query = z.string().min(1).max(20_000)
const TIME_HELP = 'RFC3339, unix seconds, "now", or relative such as "now-6h"'

export function registerQueryTools({ server, source, options, now }: PrometheusTools): void {
  registerTool(
    server,
    {
      name: 'query_range',
      title: 'Query metrics over time',
      description:
        'Evaluates a PromQL expression over a time range in Prometheus and returns time series (also drawn as a chart for the person). Use it for trends, incidents, "since when", comparisons over time. Counters (names ending in _total, _count, _sum, _bucket) need rate(x[5m]) or increase(x[1h]). Aggregate to the labels that matter: sum by (service) (…), topk(10, …); at most 50 series are returned. Leave "step" out: a fitting one is chosen. Find real metric names with list_metrics and label values with label_values; do not guess them.',
      input: {
        source: source.schema,
        query: query.describe('PromQL, for example sum by (job) (rate(http_requests_total{code=~"5.."}[5m]))'),
        from: z.string().optional().describe(`Start: ${TIME_HELP}. Default now-1h.`),
        to: z.string().optional().describe(`End: ${TIME_HELP}. Default now.`),
        step: z.string().optional().describe('Distance of points, for example "1m". Chosen from the range by default.'),
      },
      output: seriesResultSchema.shape,
      run: async (input, signal) => {
        const client = source.pick(input.source)
        const range = parseRange(input, now())
        const { step, note } = chooseStep(range, input.step)
        const filled = fillIntervalVariables(input.query, step, range.to - range.from)
        const { data, warnings } = await client.queryRange({ query: filled, ...range, step }, signal)
        const found = data.kind === 'matrix' ? data.series : []
        const result = toSeriesResult(found, { ...range, step }, filled)
        if (note) result.notes.push(note)
        result.notes.push(...remarks(data, warnings, input.query, filled))
        if (found.length === 0) result.notes.push(await whyEmpty(client, filled, now(), signal))
        const heading = `${count(found.length, 'series')} from ${formatTime(range.from)} to ${formatTime(range.to)}, step ${formatDuration(step)}`
        return { text: lines(heading, describeSeries(result, filled), ...result.notes), structured: withNotes(result) }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'query_instant',
      title: 'Query current metric values',
      description:
        'Evaluates a PromQL expression at one moment in Prometheus (now by default) and returns one value per series. Use it for current values, rankings and counts: topk(5, …), count by (job) (up == 0), sum(increase(errors_total[1h])). For how something developed use query_range. Find real metric names with list_metrics; do not guess them.',
      input: {
        source: source.schema,
        query: query.describe('PromQL, for example topk(5, rate(http_requests_total[5m]))'),
        time: z.string().optional().describe(`The moment: ${TIME_HELP}. Default now.`),
      },
      output: {
        resultType: z.enum(['vector', 'matrix', 'scalar', 'string']),
        time: z.number(),
        samples: z
          .array(
            z.object({
              name: z.string(),
              labels: z.record(z.string(), z.string()),
              unit: z.string().optional(),
              time: z.number(),
              value: z.number().nullable(),
            }),
          )
          .optional(),
        text: z.string().optional(),
        series: seriesResultSchema.shape.series.optional(),
        step: z.number().optional(),
        from: z.number().optional(),
        to: z.number().optional(),
        truncated: truncatedSchema,
        notes: notesSchema,
      },
      run: async (input, signal) => {
        const client = source.pick(input.source)
        const time = parseTime(input.time ?? 'now', now())
        const filled = fillIntervalVariables(input.query, 15)
        const { data, warnings } = await client.queryInstant({ query: filled, time }, signal)
        const notes = remarks(data, warnings, input.query, filled)
        if ('series' in data && data.series.length === 0 && data.histograms === 0)
          notes.push(await whyEmpty(client, filled, now(), signal))
        return describeInstant(data, time, filled, notes)
      },
    },
    options,
  )
}

function describeInstant(data: QueryData, time: number, query: string, notes: string[]): Result {
  const at = `at ${formatTime(time)}`
  if (data.kind === 'string')
    return {
      text: `${at}: ${clip(data.text, 4_000)}`,
      structured: { resultType: 'string', time, text: clip(data.text, 4_000), ...noted(notes) },
    }
  if (data.kind === 'scalar') {
    const [sampleTime, value] = data.sample
    const samples = [{ name: query, labels: {}, time: sampleTime, value: finite(value) }]
    return {
      text: lines(`${at}: ${formatValue(value)}`, ...notes),
      structured: { resultType: 'scalar', time, samples, ...noted(notes) },
    }
  }
  if (data.kind === 'matrix') {
    const result = toSeriesResult(data.series, rangeOf(data.series, time), query)
    notes.unshift(...result.notes)
    return {
      text: lines(
        `${count(data.series.length, 'series')} of raw samples up to ${formatTime(time)}`,
        describeSeries(result, query),
        ...notes,
      ),
      structured: { ...result, resultType: 'matrix', time, ...noted(notes) },
    }
  }
  const { items, note } = firstOf(
    data.series,
    MAX_SAMPLES,
    'series',
    'Narrow with label matchers, topk(10, …), or aggregate: sum by (label) (…).',
  )
  if (note) notes.unshift(note)
  let unnumbered = 0
  const rows: string[] = []
  const samples = items.map(({ labels, samples: [sample] }) => {
    const { __name__: metric, ...rest } = labels
    const [sampleTime, value] = sample ?? [time, Number.NaN]
    if (!Number.isFinite(value)) unnumbered++
    rows.push(`${formatSeriesName(metric ?? '', rest) || 'result'} ${formatValue(value)}`)
    return {
      name: metric ?? nameOf(query),
      labels: rest,
      ...(metric ? unitOf(metric) : {}),
      time: sampleTime,
      value: finite(value),
    }
  })
  if (unnumbered > 0) notes.push(`${unnumbered} values are NaN or infinite (often a division by zero).`)
  return {
    text: lines(`${count(data.series.length, 'series')} ${at}`, clip(rows.join('\n'), 20_000), ...notes),
    structured: { resultType: 'vector', time, samples, ...(note ? { truncated: true } : {}), ...noted(notes) },
  }
}

const finite = (value: number) => (Number.isFinite(value) ? value : null)
const count = (amount: number, what: string) => (amount === 0 ? `No ${what}` : `${amount} ${what}`)
const noted = (notes: string[]) => (notes.length > 0 ? { notes } : {})
const withNotes = ({ notes = [], ...result }: SeriesResult) => ({ ...result, ...noted(notes) })

/** The range and distance of raw samples, for the chart's axis. */
function rangeOf(series: SampledSeries[], time: number): { from: number; to: number; step: number } {
  let [from, to, step] = [time, time, Number.POSITIVE_INFINITY]
  for (const { samples } of series.slice(0, MAX_SERIES))
    for (const [index, [at]] of samples.entries()) {
      from = Math.min(from, at)
      const before = samples[index - 1]
      if (before) step = Math.min(step, at - before[0])
    }
  return { from, to, step: Number.isFinite(step) ? step : 0 }
}

function remarks(data: QueryData, warnings: string[], asked: string, filled: string): string[] {
  const notes = warnings.slice(0, 5).map((warning) => `Prometheus warns: ${quoteUpstream(warning, 200)}`)
  if (asked !== filled) notes.push(`Grafana's interval variables were filled in: ${clip(filled, 500)}`)
  if ('histograms' in data && data.histograms > 0)
    notes.push(
      `${data.histograms} series are native histograms, which have no single value: use histogram_quantile(0.95, …), histogram_count(…) or histogram_sum(…).`,
    )
  return notes
}

/** An empty result is no error for Prometheus, yet most often a wrong name: look, and offer the real ones. */
async function whyEmpty(client: PrometheusClient, query: string, now: number, signal: AbortSignal): Promise<string> {
  const wanted = metricNamesIn(query)
  if (wanted.length === 0) return 'The result is empty: no series matches.'
  const recent = { from: now - 6 * 3600, to: now }
  const existing = await client.labelValues('__name__', recent, signal).then(
    ({ data }) => data,
    () => null,
  )
  if (existing === null) return 'The result is empty. Check the metric name with list_metrics.'
  const known = new Set(existing)
  const missing = wanted.filter((name) => !known.has(name))
  if (missing.length === 0)
    return `The result is empty, although ${wanted.join(', ')} had samples in the last 6 hours: no series matches the label matchers, the comparison filters everything out, or the time range holds no samples. Check labels with label_values or series.`
  const hints = missing.slice(0, 5).map((name) => {
    const similar = similarNames(name, existing)
    return `No metric is named “${clip(name, 100)}” (last 6 hours). ${similar.length > 0 ? `Similar names: ${similar.join(', ')}.` : 'No name is similar; look with list_metrics.'}`
  })
  return `The result is empty. ${hints.join(' ')}`
}
