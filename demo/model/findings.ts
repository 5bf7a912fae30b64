import type { Exchange } from './conversation.ts'
import { allObjectsIn, objectsIn } from './extract.ts'
import { isObject, isToolNamed } from './protocol.ts'

export interface SeriesFound {
  metric: string
  service: string
  unit: string
  points: [number, number][]
}
export interface ServiceFound {
  service: string
  dependsOn: string[]
  version: string
}
export interface AlertFound {
  alert: string
  service: string
  severity: string
  state: string
  summary: string
  since: number | null
  resolvedAt: number | null
}
export interface DeploymentFound {
  kind: string
  service: string
  version: string
  previousVersion: string
  at: number
  summary: string
}
export interface LogFound {
  time: number
  service: string
  level: string
  message: string
}
export interface TraceFound {
  traceId: string
  operation: string
  durationMs: number
}
export interface SpanFound {
  spanId: string
  parent: string | null
  service: string
  operation: string
  durationMs: number
  status: string
}
export interface TraceDetail extends TraceFound {
  spans: SpanFound[]
}

/** What the tools have told so far, whatever form it came in. */
export interface Findings {
  services: ServiceFound[]
  alerts: AlertFound[]
  deployments: DeploymentFound[]
  series: SeriesFound[]
  logs: LogFound[]
  traces: TraceFound[]
  details: TraceDetail[]
  failures: { tool: string; message: string }[]
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN)
/** A moment in epoch seconds; null when there is none. */
const moment = (value: unknown): number | null => {
  const parsed = typeof value === 'number' ? value : Date.parse(text(value)) / 1000
  return Number.isFinite(parsed) ? parsed : null
}

/** Reads the results of the calls made so far. A result without anything known in it counts as a failure. */
export function readFindings(exchanges: Exchange[]): Findings {
  const findings: Findings = {
    services: [],
    alerts: [],
    deployments: [],
    series: [],
    logs: [],
    traces: [],
    details: [],
    failures: [],
  }
  for (const exchange of exchanges) {
    if (exchange.content === null) continue
    const objects = allObjectsIn(exchange.content)
    for (const object of objects) take(findings, object)
    takeCutSeries(findings, exchange.content)
    if (isFailure(exchange.content, objects)) {
      findings.failures.push({ tool: exchange.tool, message: plainFailure(exchange.content, objects) })
    }
  }
  return findings
}

/** A result is a failure when it says so itself, or when it holds nothing that any of the known tools tells. */
function isFailure(content: string, objects: Record<string, unknown>[]): boolean {
  const whole = objectsIn(content)[0]
  if (whole?.isError === true || (typeof whole?.error === 'string' && whole.error !== '')) return true
  if (objects.length > 0) return false
  const told =
    /^\s*\d+ (services|log lines|traces|alerts|deployments)|^\s*\w+ from \d{4}-|is silenced until|was restarted at/
  const shortened = /evidence|shrunk|shortened|left out|omitted/i.test(content) && content.length < 400
  return !told.test(content) && !shortened
}

function plainFailure(content: string, objects: Record<string, unknown>[]): string {
  const coded = objects.map((object) => text(object.error) || text(object.message)).find(Boolean)
  const message = (coded ?? content)
    .replace(/\s+/g, ' ')
    .replace(/[`|*<>[\]]/g, '')
    .trim()
  return message.length > 180 ? `${message.slice(0, 180)}…` : message || 'no answer'
}

function take(findings: Findings, object: Record<string, unknown>): void {
  const service = text(object.service)
  if (Array.isArray(object.points) && isObject(object.labels)) {
    takeSeries(findings, object)
  } else if (Array.isArray(object.spans) && object.traceId) {
    const spans = object.spans.filter(isObject).map((span) => ({
      spanId: text(span.spanId),
      parent: text(span.parentSpanId) || null,
      service: text(span.service),
      operation: text(span.operation),
      durationMs: number(span.durationMs),
      status: text(span.status),
    }))
    findings.details.push({ ...traceOf(object), spans })
  } else if (object.traceId && object.durationMs !== undefined && object.operation) {
    findings.traces.push(traceOf(object))
  } else if (object.alert && object.state) {
    const known = findings.alerts.some((other) => other.alert === object.alert)
    if (known) return
    findings.alerts.push({
      alert: text(object.alert),
      service,
      severity: text(object.severity),
      state: text(object.state),
      summary: text(object.summary),
      since: moment(object.firingSince),
      resolvedAt: moment(object.resolvedAt),
    })
  } else if (object.deployedAt && object.version) {
    findings.deployments.push({
      kind: text(object.kind),
      service,
      version: text(object.version),
      previousVersion: text(object.previousVersion),
      at: moment(object.deployedAt) ?? 0,
      summary: text(object.summary),
    })
  } else if (object.level && object.message && service) {
    findings.logs.push({
      time: moment(object.time) ?? 0,
      service,
      level: text(object.level),
      message: text(object.message),
    })
  } else if (Array.isArray(object.dependsOn) && service) {
    findings.services.push({ service, dependsOn: object.dependsOn.map(text), version: text(object.version) })
  }
}

const traceOf = (object: Record<string, unknown>): TraceFound => ({
  traceId: text(object.traceId),
  operation: text(object.operation),
  durationMs: number(object.durationMs),
})

function takeSeries(findings: Findings, object: Record<string, unknown>): void {
  const labels = isObject(object.labels) ? object.labels : {}
  const points = (object.points as unknown[]).flatMap((point): [number, number][] => {
    if (!Array.isArray(point)) return []
    const [time, value] = [number(point[0]), Number(point[1])]
    return Number.isFinite(time) && Number.isFinite(value) ? [[time, value]] : []
  })
  keepSeries(findings, { metric: text(object.name), service: text(labels.service), unit: text(object.unit), points })
}

/** The same series may come twice, in words and structured, or over two ranges: the one with more points is kept. */
function keepSeries(findings: Findings, series: SeriesFound): void {
  const at = findings.series.findIndex((one) => one.metric === series.metric && one.service === series.service)
  if (at < 0) findings.series.push(series)
  else if ((findings.series[at]?.points.length ?? 0) < series.points.length) findings.series[at] = series
}

/** A preview may end in the middle of a series; its points up to there still count. */
function takeCutSeries(findings: Findings, content: string): void {
  const opening = /\{"name":"(\w+)","labels":\{[^}]*"service":"([\w-]+)"[^}]*\},"unit":"([^"]*)","points":\[/g
  for (const match of content.matchAll(opening)) {
    const rest = content.slice(match.index + match[0].length, match.index + match[0].length + 40_000)
    const points = [...rest.split(/\]\]|[{}]/, 1)[0]!.matchAll(/\[(\d+(?:\.\d+)?),(-?[\d.e+-]+)(?=\]|$)/g)].map(
      (point): [number, number] => [Number(point[1]), Number(point[2])],
    )
    const [, metric = '', service = '', unit = ''] = match
    if (points.length > 0) keepSeries(findings, { metric, service, unit, points })
  }
}

/** Whether a tool was called for this question, by its own name. */
export const wasCalled = (exchanges: Exchange[], tool: string, argument = ''): boolean =>
  exchanges.some((exchange) => isToolNamed(exchange.tool, tool) && exchange.arguments.includes(argument))
