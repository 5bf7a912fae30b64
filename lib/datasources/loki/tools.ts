import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { type LogEntry, LokiClient } from '@/lib/datasources/loki/client'
import { describeSeries, seriesResultSchema, toSeriesResult } from '@/lib/datasources/prometheus/series'
import { chooseStep, fillIntervalVariables } from '@/lib/datasources/prometheus/step'
import type { PrometheusToolOptions } from '@/lib/datasources/prometheus/tools'
import {
  clip,
  firstOf,
  lines,
  notesSchema,
  registerTool,
  sourceArgument,
  truncatedSchema,
} from '@/lib/datasources/results'
import { formatTime, parseRange } from '@/lib/datasources/time'
import type { OpenedDataSource } from '@/lib/datasources/types'

const MAX_LINE_CHARACTERS = 2_000
const MAX_CHARACTERS_IN_ALL = 300_000
const MAX_NAMES = 500
const range = {
  from: z.string().optional().describe('Start: "now-1h" (the default), RFC3339 or unix seconds.'),
  to: z.string().optional().describe('End; "now" by default.'),
}
const selector = z
  .string()
  .max(5_000)
  .optional()
  .describe('Only streams that match this selector, for example {service="api"}.')

/** Registers query_logs, log_labels and log_label_values, all read-only. Nothing without a source. */
export function registerLokiTools(
  server: McpServer,
  sources: OpenedDataSource[],
  options: PrometheusToolOptions = {},
): void {
  const own = sources.filter((source) => source.type === 'loki')
  if (own.length === 0) return
  const source = sourceArgument(own, (one) => new LokiClient(one, options))
  const now = options.now ?? (() => Date.now() / 1000)

  registerTool(
    server,
    {
      name: 'query_logs',
      title: 'Query logs',
      description:
        'Searches logs in Loki with LogQL: {service="api"} |= "timeout", {app="web"} | json | status >= 500. A metric query such as sum by (service) (count_over_time({env="prod"} |= "error" [5m])) gives series over time instead of lines; prefer it to count. Learn the real labels with log_labels and log_label_values first. Newest lines come first.',
      input: {
        source: source.schema,
        query: z.string().min(1).max(20_000).describe('LogQL; it needs at least one stream matcher.'),
        ...range,
        limit: z.number().int().min(1).max(1_000).optional().describe('Lines at most; 100 by default.'),
        direction: z.enum(['backward', 'forward']).optional().describe('backward (the default): newest first.'),
        step: z.string().optional().describe('For metric queries; chosen from the range by default.'),
      },
      output: {
        entries: z
          .array(z.object({ time: z.string(), line: z.string(), labels: z.record(z.string(), z.string()) }))
          .optional(),
        ...seriesResultSchema.partial().shape,
        notes: notesSchema,
      },
      run: async ({ limit = 100, direction = 'backward', ...input }, signal) => {
        const when = parseRange(input, now())
        const { step, note } = chooseStep(when, input.step)
        const query = fillIntervalVariables(input.query, step, when.to - when.from)
        const answer = await source.pick(input.source).queryRange({ query, ...when, limit, direction, step }, signal)
        const span = `from ${formatTime(when.from)} to ${formatTime(when.to)}`
        if (answer.kind === 'matrix') {
          const result = toSeriesResult(answer.series, { ...when, step }, query)
          if (note) result.notes.push(note)
          return {
            text: lines(`${answer.series.length} series ${span}`, describeSeries(result, query), ...result.notes),
            structured: { ...result },
          }
        }
        return describeEntries(answer.entries, limit, span, when)
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'log_labels',
      title: 'List log labels',
      description: 'Lists the label names by which log streams in Loki can be selected.',
      input: { source: source.schema, query: selector, ...range },
      output: { labels: z.array(z.string()), total: z.number(), truncated: truncatedSchema },
      run: async (input, signal) => {
        const when = parseRange(input, now(), 'now-6h')
        const found = await source.pick(input.source).labels({ ...when, query: input.query }, signal)
        const { items, note } = firstOf(found, MAX_NAMES, 'labels', 'Narrow with "query".')
        return {
          text: lines(found.length > 0 ? items.join(', ') : 'No log streams in this range.', note),
          structured: { labels: items, total: found.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'log_label_values',
      title: 'List values of a log label',
      description: 'Lists the values of one label of log streams in Loki, for example every service that logs.',
      input: { source: source.schema, label: z.string().min(1).max(200), query: selector, ...range },
      output: { label: z.string(), values: z.array(z.string()), total: z.number(), truncated: truncatedSchema },
      run: async (input, signal) => {
        const when = parseRange(input, now(), 'now-6h')
        const found = await source.pick(input.source).labelValues(input.label, { ...when, query: input.query }, signal)
        const { items, note } = firstOf(found, MAX_NAMES, 'values', 'Narrow with "query".')
        const empty = `No stream has the label “${input.label}” here. See log_labels.`
        return {
          text: lines(found.length > 0 ? clip(items.join('\n'), 20_000) : empty, note),
          structured: { label: input.label, values: items, total: found.length, ...(note ? { truncated: true } : {}) },
        }
      },
    },
    options,
  )
}

function describeEntries(found: LogEntry[], limit: number, span: string, when: { from: number; to: number }) {
  const entries: LogEntry[] = []
  const notes: string[] = []
  let characters = 0
  for (const entry of found) {
    const line = clip(entry.line, MAX_LINE_CHARACTERS)
    characters += line.length + JSON.stringify(entry.labels).length
    if (characters > MAX_CHARACTERS_IN_ALL && entries.length > 0) break
    entries.push({ ...entry, line })
  }
  const truncated = entries.length < found.length
  if (truncated) notes.push(`Only ${entries.length} of ${found.length} lines are returned, because they are long.`)
  if (found.length >= limit)
    notes.push(
      `The limit of ${limit} lines was reached: there are probably more. Filter further or count with count_over_time.`,
    )
  if (found.length === 0)
    notes.push('No line matches. Check the labels with log_labels and log_label_values, or widen the range.')
  const rows = entries.map(({ time, line, labels }) => `${time} ${formatLabels(labels)} ${line}`)
  return {
    text: lines(`${found.length} lines ${span}`, clip(rows.join('\n'), 24_000), ...notes),
    structured: { entries, ...when, ...(truncated ? { truncated } : {}), ...(notes.length > 0 ? { notes } : {}) },
  }
}

const formatLabels = (labels: Record<string, string>) =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')}}`
