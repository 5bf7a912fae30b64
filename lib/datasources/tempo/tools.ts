import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
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
import { TempoClient } from '@/lib/datasources/tempo/client'
import { ownTimes, type Span, summariseTrace, treeOf } from '@/lib/datasources/tempo/spans'
import { formatTime, parseRange } from '@/lib/datasources/time'
import type { OpenedDataSource } from '@/lib/datasources/types'

const MAX_SPANS = 300
const MAX_VALUES = 500
/** What tells spans apart at a glance; the rest is in the structured result. */
const TELLING_ATTRIBUTES = /^(?:http\.|url\.|db\.|rpc\.|messaging\.|error|exception|server\.address|peer\.service)/

/** Registers search_traces, get_trace and trace_attribute_values, all read-only. Nothing without a source. */
export function registerTempoTools(
  server: McpServer,
  sources: OpenedDataSource[],
  options: PrometheusToolOptions = {},
): void {
  const own = sources.filter((source) => source.type === 'tempo')
  if (own.length === 0) return
  const source = sourceArgument(own, (one) => new TempoClient(one, options))
  const now = options.now ?? (() => Date.now() / 1000)

  registerTool(
    server,
    {
      name: 'search_traces',
      title: 'Search traces',
      description:
        'Finds traces in Tempo with TraceQL: { resource.service.name = "checkout" && duration > 1s }, { status = error }, { span.http.status_code >= 500 }. Answers ids, root span, start and duration; open one with get_trace. Learn real service names with trace_attribute_values.',
      input: {
        source: source.schema,
        query: z.string().min(1).max(5_000).describe('TraceQL; "{}" matches every trace.'),
        from: z.string().optional().describe('Start: "now-1h" (the default), RFC3339 or unix seconds.'),
        to: z.string().optional().describe('End; "now" by default.'),
        limit: z.number().int().min(1).max(100).optional().describe('Traces at most; 20 by default.'),
      },
      output: {
        traces: z.array(
          z.object({
            traceId: z.string(),
            rootService: z.string(),
            rootName: z.string(),
            startTime: z.string(),
            durationMilliseconds: z.number(),
            matchedSpans: z.number(),
          }),
        ),
        notes: notesSchema,
      },
      run: async ({ limit = 20, ...input }, signal) => {
        const when = parseRange(input, now())
        const traces = await source.pick(input.source).search({ query: input.query, ...when, limit }, signal)
        const notes: string[] = []
        if (traces.length === 0)
          notes.push('No trace matches. Check attribute values with trace_attribute_values, or widen the range.')
        if (traces.length >= limit)
          notes.push(`The limit of ${limit} was reached: there are probably more. These are some, not the slowest.`)
        const rows = traces.map(
          (trace) =>
            `${trace.traceId} ${trace.startTime} ${trace.durationMilliseconds}ms ${trace.rootService}: ${trace.rootName}`,
        )
        return {
          text: lines(
            `${traces.length} traces from ${formatTime(when.from)} to ${formatTime(when.to)}`,
            ...rows,
            ...notes,
          ),
          structured: { traces, ...(notes.length > 0 ? { notes } : {}) },
        }
      },
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'get_trace',
      title: 'Read a trace',
      description:
        "Reads one trace from Tempo: its duration, errors, the time spent in each service (without waiting for others), and its spans as a tree. Use it to see where a slow or failed request's time went.",
      input: {
        source: source.schema,
        traceId: z
          .string()
          .regex(
            /^[0-9a-fA-F]{1,32}$/,
            'A trace id is 1 to 32 hexadecimal digits; take it from search_traces or a log line.',
          ),
      },
      output: {
        traceId: z.string(),
        startTime: z.string(),
        durationMilliseconds: z.number(),
        spanCount: z.number(),
        errors: z.number(),
        services: z.array(
          z.object({ service: z.string(), spans: z.number(), errors: z.number(), ownMilliseconds: z.number() }),
        ),
        spans: z.array(
          z.object({
            id: z.string(),
            parentId: z.string().nullable(),
            depth: z.number(),
            service: z.string(),
            name: z.string(),
            kind: z.string(),
            offsetMilliseconds: z.number(),
            durationMilliseconds: z.number(),
            ownMilliseconds: z.number(),
            error: z.boolean(),
            statusMessage: z.string().optional(),
            attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
          }),
        ),
        truncated: truncatedSchema,
      },
      run: async (input, signal) =>
        describeTrace(input.traceId, await source.pick(input.source).trace(input.traceId, signal)),
    },
    options,
  )

  registerTool(
    server,
    {
      name: 'trace_attribute_values',
      title: 'List values of a trace attribute',
      description:
        'Lists the recent values of a TraceQL attribute in Tempo, for example resource.service.name or span.http.route.',
      input: {
        source: source.schema,
        attribute: z.string().min(1).max(200).describe('With its scope, for example "resource.service.name".'),
      },
      output: { attribute: z.string(), values: z.array(z.string()), total: z.number(), truncated: truncatedSchema },
      run: async (input, signal) => {
        const found = await source.pick(input.source).attributeValues(input.attribute, signal)
        const { items, note } = firstOf(found, MAX_VALUES, 'values', 'Search with TraceQL instead.')
        return {
          text: lines(
            found.length > 0 ? clip(items.join('\n'), 20_000) : `No recent span has ${input.attribute}.`,
            note,
          ),
          structured: {
            attribute: input.attribute,
            values: items,
            total: found.length,
            ...(note ? { truncated: true } : {}),
          },
        }
      },
    },
    options,
  )
}

const round = (milliseconds: number) => Math.round(milliseconds * 1_000) / 1_000

function describeTrace(traceId: string, found: Span[]) {
  const summary = summariseTrace(found)
  const own = ownTimes(found)
  const tree = treeOf(found)
  const { items, note } = firstOf(tree, MAX_SPANS, 'spans', 'The numbers above count all of them.')
  const spans = items.map(({ span: { start, durationMilliseconds, ...span }, depth }, index) => ({
    ...span,
    depth,
    offsetMilliseconds: round(start - summary.start),
    durationMilliseconds: round(durationMilliseconds),
    ownMilliseconds: round(own.get(items[index]?.span as Span) ?? 0),
  }))
  const services = summary.services.map((service) => ({ ...service, ownMilliseconds: round(service.ownMilliseconds) }))
  const startTime = new Date(summary.start).toISOString()
  const rows = spans.map((span) => {
    const telling = Object.entries(span.attributes)
      .filter(([key]) => TELLING_ATTRIBUTES.test(key))
      .slice(0, 4)
      .map(([key, value]) => ` ${key}=${clip(String(value), 80)}`)
    const state = span.error ? ` ERROR${span.statusMessage ? ` (${span.statusMessage})` : ''}` : ''
    return `${'  '.repeat(Math.min(span.depth, 20))}${span.service}: ${span.name} +${span.offsetMilliseconds}ms ${span.durationMilliseconds}ms (own ${span.ownMilliseconds}ms)${state}${telling.join('')}`
  })
  return {
    text: lines(
      `Trace ${traceId} at ${startTime}: ${round(summary.durationMilliseconds)}ms, ${summary.spans} spans, ${summary.errors} with errors`,
      `Own time by service: ${services.map(({ service, ownMilliseconds }) => `${service} ${ownMilliseconds}ms`).join(', ')}`,
      clip(rows.join('\n'), 24_000),
      note,
    ),
    structured: {
      traceId,
      startTime,
      durationMilliseconds: round(summary.durationMilliseconds),
      spanCount: summary.spans,
      errors: summary.errors,
      services,
      spans,
      ...(note ? { truncated: true } : {}),
    },
  }
}
