import { z } from 'zod'
import { DataSourceError } from '@/lib/datasources/errors'
import type { MetricMetadata } from '@/lib/datasources/prometheus/schemas'
import { formatSeriesName } from '@/lib/datasources/prometheus/series'
import { parseRange } from '@/lib/datasources/prometheus/step'
import type { PrometheusTools } from '@/lib/datasources/prometheus/tools'
import { clip, firstOf, lines, notesSchema, registerTool, truncatedSchema } from '@/lib/datasources/results'

const limitOf = (standard: number, maximum: number) =>
  z.number().int().min(1).max(maximum).optional().describe(`How many at most; ${standard} by default.`)
const match = z
  .array(z.string().min(1).max(5_000))
  .min(1)
  .max(10)
  .describe('Series selectors, for example ["http_requests_total{job=\\"api\\"}"].')
const range = {
  from: z.string().optional().describe('Start, for example "now-6h" (the default), RFC3339 or unix seconds.'),
  to: z.string().optional().describe('End; "now" by default.'),
}
const pattern = z
  .string()
  .max(500)
  .optional()
  .describe(
    'Words that must all occur (case does not matter), or regular expressions: "http latency", "node_(cpu|load).*".',
  )

export function registerDiscoveryTools({ server, source, options, now }: PrometheusTools): void {
  registerTool(
    server,
    {
      name: 'list_metrics',
      title: 'Find metrics',
      description:
        'Finds the metric names that exist in Prometheus, with their type (counter, gauge, histogram, …) and help text. Always use it before querying a metric whose exact name you have not seen. Search by words of the name: "cpu", "http error", "latency bucket".',
      input: { source: source.schema, pattern, limit: limitOf(100, 500), ...range },
      output: {
        metrics: z.array(
          z.object({
            name: z.string(),
            type: z.string().optional(),
            help: z.string().optional(),
            unit: z.string().optional(),
          }),
        ),
        total: z.number(),
        truncated: truncatedSchema,
        notes: notesSchema,
      },
      run: async (input, signal) => {
        const client = source.pick(input.source)
        const when = parseRange(input, now(), 'now-6h')
        const words = input.pattern?.trim().split(/\s+/).filter(Boolean) ?? []
        const matchers = words.map((word) => `__name__=~${JSON.stringify(`(?i).*(?:${word}).*`)}`)
        const selector = matchers.length > 0 ? { match: [`{${matchers.join(',')}}`] } : {}
        const { data: names } = await client.labelValues('__name__', { ...when, ...selector }, signal)
        const { items, note } = firstOf(
          names,
          input.limit ?? 100,
          'metrics',
          'Narrow with "pattern", or raise "limit".',
        )
        const notes: string[] = note ? [note] : []
        const metadata = await client.metadata({}, signal).then(
          ({ data }) => data,
          (error: unknown) => {
            if (error instanceof DataSourceError && error.failure === 'cancelled') throw error
            notes.push('Types and help texts could not be read from this data source.')
            return {}
          },
        )
        const metrics = items.map((name) => describeMetric(name, metadata))
        if (names.length === 0)
          notes.push(
            words.length > 0
              ? 'No metric name matches. Try fewer or shorter words.'
              : 'There are no metrics in this range.',
          )
        const rows = metrics.map(
          ({ name, type, help }) => `${name}${type ? ` (${type})` : ''}${help ? `: ${help}` : ''}`,
        )
        return {
          text: lines(
            `${names.length} metrics${input.pattern ? ` matching “${input.pattern}”` : ''}`,
            clip(rows.join('\n'), 24_000),
            ...notes,
          ),
          structured: {
            metrics,
            total: names.length,
            ...(note ? { truncated: true } : {}),
            ...(notes.length > 0 ? { notes } : {}),
          },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'list_labels',
      title: 'List label names',
      description:
        'Lists the label names that exist in Prometheus, by default over all series, or only those of the series matching "match" (pass the metric that you mean to group or filter).',
      input: { source: source.schema, match: match.optional(), limit: limitOf(200, 1_000), ...range },
      output: { labels: z.array(z.string()), total: z.number(), truncated: truncatedSchema },
      run: async (input, signal) => {
        const when = parseRange(input, now(), 'now-6h')
        const { data } = await source.pick(input.source).labels({ ...when, match: input.match }, signal)
        const { items, note } = firstOf(data, input.limit ?? 200, 'labels', 'Narrow with "match", or raise "limit".')
        return {
          text: lines(
            data.length > 0 ? `${data.length} labels: ${items.join(', ')}` : 'No labels: no series matches.',
            note,
          ),
          structured: { labels: items, total: data.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'label_values',
      title: 'List values of a label',
      description:
        'Lists the values that a label has in Prometheus (for example every job, instance or service), optionally only on series matching "match". Use it to learn real names before filtering by them.',
      input: {
        source: source.schema,
        label: z.string().min(1).max(200).describe('The label\'s name, for example "job".'),
        match: match.optional(),
        pattern: z.string().max(200).optional().describe('Only values that contain this text; case does not matter.'),
        limit: limitOf(200, 1_000),
        ...range,
      },
      output: { label: z.string(), values: z.array(z.string()), total: z.number(), truncated: truncatedSchema },
      run: async (input, signal) => {
        const when = parseRange(input, now(), 'now-6h')
        const client = source.pick(input.source)
        const { data } = await client.labelValues(input.label, { ...when, match: input.match }, signal)
        const text = input.pattern?.toLowerCase() ?? ''
        const values = data.filter((value) => value.toLowerCase().includes(text))
        const { items, note } = firstOf(
          values,
          input.limit ?? 200,
          'values',
          'Narrow with "match" or "pattern", or raise "limit".',
        )
        const empty =
          data.length > 0
            ? `None of the ${data.length} values contains the text.`
            : `No series has the label “${input.label}” here. See list_labels.`
        return {
          text: lines(
            values.length > 0 ? `${values.length} values of ${input.label}:` : empty,
            clip(items.join('\n'), 20_000),
            note,
          ),
          structured: { label: input.label, values: items, total: values.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'series',
      title: 'List series',
      description:
        'Lists the series (metric name and full label set, without values) that match one or more selectors. Use it to see how the labels of a metric combine.',
      input: { source: source.schema, match, limit: limitOf(100, 500), ...range },
      output: { series: z.array(z.record(z.string(), z.string())), total: z.number(), truncated: truncatedSchema },
      run: async (input, signal) => {
        const when = parseRange(input, now(), 'now-6h')
        const { data } = await source.pick(input.source).series({ ...when, match: input.match }, signal)
        const { items, note } = firstOf(data, input.limit ?? 100, 'series', 'Add label matchers, or raise "limit".')
        const rows = items.map(({ __name__: name = '', ...labels }) => formatSeriesName(name, labels))
        return {
          text: lines(
            data.length > 0 ? `${data.length} series` : 'No series matches. Check names with list_metrics.',
            clip(rows.join('\n'), 24_000),
            note,
          ),
          structured: { series: items, total: data.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )
}

/** The metadata of a histogram or summary stands under its family's name, without the suffix of its series. */
function describeMetric(
  name: string,
  metadata: Record<string, MetricMetadata[]>,
): { name: string; type?: string; help?: string; unit?: string } {
  const [found] = metadata[name] ?? metadata[name.replace(/_(?:bucket|sum|count|total|created)$/, '')] ?? []
  if (!found) return { name }
  const { type, help, unit } = found
  return { name, type, ...(help ? { help: clip(help, 200) } : {}), ...(unit ? { unit } : {}) }
}
