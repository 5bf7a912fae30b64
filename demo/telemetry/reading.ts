import type { z } from 'zod'
import {
  alertsAt,
  deploymentsUntil,
  findTrace,
  METRIC_NAMES,
  METRICS,
  type MetricDefinition,
  PROFILES,
  queryLines,
  querySeries,
  queryTraces,
  SERVICE_NAMES,
  type Series,
  type Trace,
  versionsAt,
} from '../shop/index.ts'
import { type inputs, iso, parseRange, ToolProblem } from './inputs.ts'
import type { ShopState } from './state.ts'

type Arguments<Name extends keyof typeof inputs> = z.infer<z.ZodObject<(typeof inputs)[Name]>>

export interface Answer {
  text: string
  structured: Record<string, unknown>
}

/** A heading, then one JSON object a line: readable when cut, and searchable line by line. */
const answer = (heading: string, key: string, items: object[], rest: Record<string, unknown> = {}): Answer => ({
  text: [heading, ...items.map((item) => JSON.stringify(item))].join('\n'),
  structured: { [key]: items, ...rest },
})

export function listServices(state: ShopState): Answer {
  const { world, now } = state.read()
  const versions = versionsAt(world, now)
  const services = SERVICE_NAMES.map((name) => {
    const { description, dependsOn, database, pods } = PROFILES[name]
    const metrics = METRIC_NAMES.filter((metric) => (METRICS[metric] as MetricDefinition).has(PROFILES[name]))
    return { service: name, description, version: versions[name], dependsOn, database, pods, metrics }
  })
  return answer(`${services.length} services. It is ${iso(now)}.`, 'services', services, { now: iso(now) })
}

export function queryMetrics(state: ShopState, args: Arguments<'query_metrics'>): Answer {
  const { world, now } = state.read()
  const range = parseRange(args, now)
  const step = Math.max(args.step ?? 60, Math.ceil((range.to - range.from) / (args.step ? 400 : 120)))
  const query = { metric: args.metric, service: args.service, ...range, step: Math.ceil(step / 60) * 60 }
  const series = querySeries(world, query)
  if (series.length === 0) {
    const others = SERVICE_NAMES.filter((name) => (METRICS[args.metric] as MetricDefinition).has(PROFILES[name]))
    throw new ToolProblem(
      args.service && !others.includes(args.service)
        ? `${args.service} has no ${args.metric}. Services that have it: ${others.join(', ')}.`
        : `no points between ${iso(range.from)} and ${iso(range.to)} at a step of ${query.step} s: take a longer range`,
    )
  }
  const heading = `${args.metric} from ${iso(range.from)} to ${iso(range.to)}, step ${query.step} s`
  const lines = series.flatMap((one) => [described(one), JSON.stringify(thinned(one))])
  return { text: [heading, ...lines].join('\n'), structured: { series, step: query.step } }
}

function described(series: Series): string {
  const first = series.points[0]
  const last = series.points.at(-1)
  let low = first
  let high = first
  for (const point of series.points) {
    if (low && point[1] < low[1]) low = point
    if (high && point[1] > high[1]) high = point
  }
  if (!first || !last || !low || !high) return `${series.labels.service}: no points`
  const at = (point: [number, number]) => `${point[1]} at ${iso(point[0])}`
  return `${series.labels.service} (${series.unit}): first ${first[1]}, last ${last[1]}, lowest ${at(low)}, highest ${at(high)}`
}

/** At most 60 points for the text; the structured content has them all. */
function thinned(series: Series): Series {
  const every = Math.ceil(series.points.length / 60)
  return { ...series, points: series.points.filter((_, index) => (series.points.length - 1 - index) % every === 0) }
}

export function queryLogs(state: ShopState, args: Arguments<'query_logs'>): Answer {
  const { world, now } = state.read()
  const range = parseRange(args, now)
  const limit = args.limit ?? 50
  const { service, level, contains } = args
  const { lines, total } = queryLines(world, { service, level, contains, ...range, limit })
  const shown = lines.map(({ time, ...line }) => ({ time: iso(time), ...line }))
  const what = `${total} log lines match between ${iso(range.from)} and ${iso(range.to)}`
  const heading =
    total > lines.length ? `${what}; the newest ${lines.length} of them:` : total ? `${what}:` : `${what}.`
  return answer(heading, 'logs', shown, { total, truncated: total > lines.length })
}

export function searchTraces(state: ShopState, args: Arguments<'search_traces'>): Answer {
  const { world, now } = state.read()
  const range = parseRange(args, now)
  const { traces, total } = queryTraces(world, {
    service: args.service,
    operation: args.operation,
    minimumDurationMs: args.min_duration_ms,
    status: args.status,
    order: args.order ?? 'slowest',
    limit: args.limit ?? 10,
    ...range,
  })
  const shown = traces.map(({ spans, start, ...trace }) => ({
    ...trace,
    start: iso(start),
    spanCount: spans.length,
    services: [...new Set(spans.map((span) => span.service))],
  }))
  const what = `${total} traces match between ${iso(range.from)} and ${iso(range.to)}`
  return answer(total > traces.length ? `${what}; ${traces.length} of them:` : what, 'traces', shown, { total })
}

export function getTrace(state: ShopState, args: Arguments<'get_trace'>): Answer {
  const { world, now } = state.read()
  const trace = findTrace(world, args.trace_id.trim().toLowerCase())
  if (!trace || trace.start > now) {
    throw new ToolProblem(
      `there is no trace ${args.trace_id.slice(0, 64)}: take an id from search_traces or from a log line`,
    )
  }
  const { spans, start, ...rest } = trace
  const shown = { ...rest, start: iso(start), spans }
  return { text: `${tree(trace)}\n${JSON.stringify(shown)}`, structured: { trace: shown } }
}

function tree(trace: Trace): string {
  const depth = new Map<string, number>()
  return trace.spans
    .map((span) => {
      const level = span.parentSpanId === null ? 0 : (depth.get(span.parentSpanId) ?? 0) + 1
      depth.set(span.spanId, level)
      return `${'  '.repeat(level)}${span.service} ${span.operation}: ${span.durationMs} ms${span.status === 'error' ? ', error' : ''}`
    })
    .join('\n')
}

export function listAlerts(state: ShopState, args: Arguments<'list_alerts'>): Answer {
  const { world, now } = state.read()
  const alerts = alertsAt(world, now)
    .map(({ firingSince, resolvedAt, ...alert }) => {
      const silence = state.silenceOf(alert.alert, now)
      return {
        ...alert,
        state: alert.state === 'firing' && silence ? ('silenced' as const) : alert.state,
        firingSince: firingSince === null ? null : iso(firingSince),
        resolvedAt: resolvedAt === null ? null : iso(resolvedAt),
        ...(silence ? { silencedUntil: iso(silence.until), silenceReason: silence.reason } : {}),
      }
    })
    .filter((alert) => !args.state || args.state === 'all' || alert.state === args.state)
  const firing = alerts.filter((alert) => alert.state === 'firing').length
  return answer(`${alerts.length} alerts, ${firing} of them firing. It is ${iso(now)}.`, 'alerts', alerts)
}

export function listDeployments(state: ShopState, args: Arguments<'list_deployments'>): Answer {
  const { world, now } = state.read()
  const range = parseRange(args, now, 6 * 3600)
  const deployments = deploymentsUntil(world, now)
    .filter((change) => change.at >= range.from && change.at <= range.to)
    .filter((change) => !args.service || change.service === args.service)
    .map(({ at, ...change }) => ({ ...change, deployedAt: iso(at) }))
  const heading = `${deployments.length} deployments and restarts between ${iso(range.from)} and ${iso(range.to)}`
  return answer(heading, 'deployments', deployments)
}
