import type { DeploymentFound, Findings, LogFound, SeriesFound, SpanFound, TraceDetail } from './findings.ts'

/** How a series went: where it was, where it is, and when it left. */
export interface Trend {
  service: string
  metric: string
  unit: string
  before: number
  now: number
  highest: number
  highestAt: number
  /** Epoch seconds; null when it is where it was. */
  changedAt: number | null
}

const median = (values: number[]): number => {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Reads a trend: usual is the median of the first third, now that of the last five points. */
export function trendOf(series: SeriesFound): Trend | null {
  const values = series.points.map((point) => point[1])
  if (values.length < 6) return null
  const before = median(values.slice(0, Math.max(3, Math.floor(values.length / 3))))
  const now = median(values.slice(-5))
  const half = before + (now - before) / 2
  const beyond = (value: number) => (now > before ? value > half : value < half)
  let start = values.length
  while (start > 0 && beyond(values[start - 1] ?? before)) start--
  // A single point beyond the half-way mark is noise; what goes on to the end is a change.
  const changed = Math.abs(now - before) > Math.abs(before) * 0.5 + 1e-9 && start < values.length
  const highest = Math.max(...values)
  const { service, metric, unit } = series
  const highestAt = series.points[values.indexOf(highest)]?.[0] ?? 0
  return {
    service,
    metric,
    unit,
    before,
    now,
    highest,
    highestAt,
    changedAt: changed ? (series.points[start]?.[0] ?? null) : null,
  }
}

export const trendsOf = (findings: Findings, metric: string): Trend[] =>
  findings.series
    .filter((series) => series.metric === metric)
    .map(trendOf)
    .filter((trend) => trend !== null)

/** Services that are worse than they were, the worst first. */
export function degradedServices(findings: Findings): string[] {
  const factors = new Map<string, number>()
  for (const metric of ['latency_p95_seconds', 'error_rate']) {
    for (const trend of trendsOf(findings, metric)) {
      if (trend.changedAt === null || trend.now < trend.before) continue
      const factor = metric === 'error_rate' ? 1 + trend.now : trend.now / Math.max(trend.before, 1e-6)
      factors.set(trend.service, Math.max(factor, factors.get(trend.service) ?? 0))
    }
  }
  return [...factors].sort((one, other) => other[1] - one[1]).map(([service]) => service)
}

/** When the trouble began: the first lasting change of a latency or an error rate. */
export function onsetOf(findings: Findings): number | null {
  const changes = ['latency_p95_seconds', 'error_rate']
    .flatMap((metric) => trendsOf(findings, metric))
    .filter((trend) => trend.now > trend.before)
    .flatMap((trend) => trend.changedAt ?? [])
  if (changes.length > 0) return Math.min(...changes)
  const alerts = findings.alerts.filter((alert) => alert.state === 'firing' && alert.severity === 'critical')
  const since = alerts.flatMap((alert) => alert.since ?? [])
  return since.length > 0 ? Math.min(...since) : null
}

/** The span in which a trace spent most of its time itself, not in a span below it. */
export function hottestSpan(trace: TraceDetail): { span: SpanFound; selfMs: number } | null {
  let hottest: { span: SpanFound; selfMs: number } | null = null
  for (const span of trace.spans) {
    const below = trace.spans.filter((child) => child.parent === span.spanId)
    const selfMs = span.durationMs - below.reduce((sum, child) => sum + child.durationMs, 0)
    if (!hottest || selfMs > hottest.selfMs) hottest = { span, selfMs }
  }
  return hottest
}

/** The service that the trouble comes from: among those that suffer, the one that depends on no other sufferer. */
export function suspectOf(findings: Findings): string | null {
  const trace = slowestDetail(findings)
  const hot = trace ? hottestSpan(trace)?.span.service : undefined
  if (hot) return hot
  let sufferers = degradedServices(findings)
  if (sufferers.length === 0) sufferers = byErrors(findings)
  if (sufferers.length === 0) {
    sufferers = findings.alerts
      .filter((one) => one.state === 'firing' && one.severity === 'critical')
      .map((one) => one.service)
  }
  const dependencies = (service: string) => findings.services.find((one) => one.service === service)?.dependsOn ?? []
  return (
    sufferers.find((service) => !dependencies(service).some((other) => sufferers.includes(other))) ??
    sufferers[0] ??
    null
  )
}

export const slowestDetail = (findings: Findings): TraceDetail | null =>
  [...findings.details].sort((one, other) => other.durationMs - one.durationMs)[0] ?? null

function byErrors(findings: Findings): string[] {
  const counts = new Map<string, number>()
  for (const line of findings.logs) {
    if (line.level === 'error') counts.set(line.service, (counts.get(line.service) ?? 0) + 1)
  }
  return [...counts].sort((one, other) => other[1] - one[1]).map(([service]) => service)
}

export interface Cause {
  service: string
  onset: number | null
  deployment: DeploymentFound | null
  /** A size that the deployment changed, as metrics or configuration lines show. */
  limit: { from: number | null; to: number; setting: string | null; at: number | null } | null
  /** How much of it is used now. */
  inUse: number | null
  error: { message: string; count: number; first: LogFound } | null
  trace: { detail: TraceDetail; span: SpanFound; selfMs: number } | null
}

/** Puts metrics, logs, traces and deployments together; null when nothing points anywhere. */
export function causeOf(findings: Findings): Cause | null {
  const service = suspectOf(findings)
  if (service === null) return null
  const onset = onsetOf(findings)
  const before = findings.deployments
    .filter((one) => one.service === service && one.kind !== 'restart')
    .filter((one) => onset === null || (one.at <= onset + 180 && one.at > onset - 1800))
  const deployment = before.sort((one, other) => one.at - other.at).at(-1) ?? null
  const detail = slowestDetail(findings)
  const hot = detail ? hottestSpan(detail) : null
  const used = trendsOf(findings, 'db_pool_in_use').find((trend) => trend.service === service)
  return {
    service,
    onset,
    deployment,
    limit: limitOf(findings, service, deployment),
    inUse: used?.now ?? null,
    error: commonestError(findings, service),
    trace: detail && hot ? { detail, ...hot } : null,
  }
}

function limitOf(findings: Findings, service: string, deployment: DeploymentFound | null): Cause['limit'] {
  const trend = trendsOf(findings, 'db_pool_max').find((one) => one.service === service && one.changedAt !== null)
  const line = findings.logs
    .filter((one) => one.service === service && (!deployment || Math.abs(one.time - deployment.at) < 300))
    .find((one) => /pool\.\w+=\d+|pool\w*=\d+/.test(one.message))
  const configured = line ? /([\w.]*pool[\w.]*)=(\d+)\b/.exec(line.message) : null
  const setting = configured?.[1] ?? null
  if (trend) return { from: trend.before, to: trend.now, setting, at: trend.changedAt }
  if (configured && line) return { from: null, to: Number(configured[2]), setting, at: line.time }
  return null
}

function commonestError(findings: Findings, service: string): Cause['error'] {
  const groups = new Map<string, LogFound[]>()
  for (const line of findings.logs) {
    if (line.service !== service || line.level !== 'error') continue
    const shape = line.message.replace(/\d+/g, '#')
    groups.set(shape, [...(groups.get(shape) ?? []), line])
  }
  const commonest = [...groups.values()].sort((one, other) => other.length - one.length)[0]
  const first = commonest?.[0]
  return commonest && first ? { message: first.message, count: commonest.length, first } : null
}

/** What looked suspicious and is not the cause, judged from the same data. */
export interface RedHerring {
  kind: 'cpu' | 'deployment' | 'warning'
  service: string
  at: number
  detail: string
}

export function redHerringsOf(findings: Findings, cause: Cause): RedHerring[] {
  const healthy = (service: string) => service !== cause.service && !degradedServices(findings).includes(service)
  const herrings: RedHerring[] = []
  for (const trend of trendsOf(findings, 'cpu_usage')) {
    if (trend.highest > 0.8 && healthy(trend.service)) {
      herrings.push({
        kind: 'cpu',
        service: trend.service,
        at: trend.highestAt,
        detail: `${Math.round(trend.highest * 100)} %`,
      })
    }
  }
  for (const one of findings.deployments) {
    const near = cause.onset !== null && Math.abs(one.at - cause.onset) < 7200
    if (near && one.service !== cause.service && one.kind !== 'restart') {
      herrings.push({ kind: 'deployment', service: one.service, at: one.at, detail: one.version })
    }
  }
  for (const alert of findings.alerts) {
    const old =
      alert.state === 'firing' && alert.since !== null && cause.onset !== null && alert.since < cause.onset - 1800
    if (old && healthy(alert.service)) {
      herrings.push({ kind: 'warning', service: alert.service, at: alert.since ?? 0, detail: alert.alert })
    }
  }
  return herrings
}
