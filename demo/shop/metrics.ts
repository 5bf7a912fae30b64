import { batchOf, incidentOf, intensityAt, restartingAt, type World } from './incident.ts'
import { noise } from './random.ts'
import { PROFILES, SERVICE_NAMES, type ServiceName, type ServiceProfile } from './topology.ts'

export interface MetricDefinition {
  unit: string
  description: string
  has: (profile: ServiceProfile) => boolean
}

const always = () => true
const withDatabase = (profile: ServiceProfile) => profile.database !== null

export const METRICS = {
  request_rate: { unit: 'requests/s', description: 'Requests served per second', has: always },
  latency_p50_seconds: { unit: 's', description: 'Median duration of a request', has: always },
  latency_p95_seconds: { unit: 's', description: '95th percentile of request duration', has: always },
  latency_p99_seconds: { unit: 's', description: '99th percentile of request duration', has: always },
  error_rate: { unit: 'ratio', description: 'Share of requests that failed, 0 to 1', has: always },
  cpu_usage: { unit: 'ratio', description: 'CPU used, as a share of its limit, 0 to 1', has: always },
  memory_megabytes: { unit: 'MB', description: 'Memory used', has: always },
  db_pool_in_use: { unit: 'connections', description: 'Database connections in use', has: withDatabase },
  db_pool_max: {
    unit: 'connections',
    description: 'Most database connections that the pool may open',
    has: withDatabase,
  },
  db_pool_waiting: { unit: 'requests', description: 'Requests waiting for a database connection', has: withDatabase },
  db_query_p95_seconds: {
    unit: 's',
    description: '95th percentile of query duration in the database',
    has: withDatabase,
  },
  cache_hit_ratio: {
    unit: 'ratio',
    description: 'Cache hits, 0 to 1',
    has: (profile) => profile.cacheHitRatio !== null,
  },
} satisfies Record<string, MetricDefinition>

export type MetricName = keyof typeof METRICS
export const METRIC_NAMES = Object.keys(METRICS) as [MetricName, ...MetricName[]]
export const isMetricName = (text: string): text is MetricName => Object.hasOwn(METRICS, text)

export interface Series {
  name: MetricName
  labels: { service: ServiceName; database?: string }
  unit: string
  /** Epoch seconds and value, ascending. */
  points: [number, number][]
}

/** What the incident makes of a latency of a healthy service, in seconds at full intensity. */
const SLOWED: Partial<Record<ServiceName, { p50: number; p95: number; p99: number }>> = {
  payments: { p50: 1.92, p95: 3.08, p99: 3.31 },
  checkout: { p50: 2.14, p95: 3.61, p99: 4.35 },
  storefront: { p50: 0.15, p95: 1.07, p99: 3.9 },
}
const FAILING: Partial<Record<ServiceName, number>> = { payments: 0.31, checkout: 0.274, storefront: 0.034 }

/** The value of one metric of one service in the minute that holds `time`; null where the service has no such metric. */
export function metricAt(world: World, metric: MetricName, service: ServiceName, time: number): number | null {
  const profile = PROFILES[service]
  const definition: MetricDefinition = METRICS[metric]
  if (!definition.has(profile)) return null
  const minute = Math.floor(time / 60) * 60
  const jitter = (share: number) => 1 + share * noise(`${world.seed}/${metric}/${service}/${minute}`)
  const intensity = intensityAt(world, minute)
  const towards = (healthy: number, ill: number | undefined) =>
    ill === undefined ? healthy : healthy + (ill - healthy) * intensity
  const daily = 1 + 0.12 * Math.sin(((minute % 86_400) / 86_400) * 2 * Math.PI)
  const restarting = restartingAt(world, service, minute)
  const batch = batchOf(world)
  const inBatch = service === 'inventory' && minute >= batch.from && minute < batch.to

  switch (metric) {
    case 'request_rate': {
      const retries = service === 'payments' ? 1 + 0.18 * intensity : 1
      return restarting ? 0 : profile.requestRate * daily * retries * jitter(0.04)
    }
    case 'latency_p50_seconds':
      return towards(profile.latency.p50, SLOWED[service]?.p50) * jitter(0.05)
    case 'latency_p95_seconds':
      return towards(profile.latency.p95, SLOWED[service]?.p95) * (inBatch ? 1.12 : 1) * jitter(0.06)
    case 'latency_p99_seconds':
      return towards(profile.latency.p99, SLOWED[service]?.p99) * (inBatch ? 1.18 : 1) * jitter(0.08)
    case 'error_rate':
      return restarting ? 1 : towards(profile.errorRate, FAILING[service]) * jitter(0.15)
    case 'cpu_usage':
      if (inBatch) return 0.91 * jitter(0.04)
      return towards(profile.cpu, service === 'payments' ? 0.21 : undefined) * daily * jitter(0.08)
    case 'memory_megabytes': {
      const since = world.restarts.filter((restart) => restart.service === service && restart.at <= minute).at(-1)?.at
      const warmed = since === undefined ? 1 : Math.min(1, 0.55 + (minute - since) / 7200)
      return profile.memoryMegabytes * warmed * (1 + 0.06 * ((minute % 3000) / 3000)) * jitter(0.01)
    }
    case 'db_pool_max':
      return poolMaxAt(world, service, minute)
    case 'db_pool_in_use': {
      if (restarting) return 0
      const wanted = profile.requestRate * daily * profile.connectionHold * jitter(0.12)
      return Math.min(poolMaxAt(world, service, minute), Math.round(wanted))
    }
    case 'db_pool_waiting':
      return service === 'payments' && !restarting ? Math.round(27 * intensity * jitter(0.25)) : 0
    case 'db_query_p95_seconds':
      return profile.databaseQuerySeconds * jitter(0.1)
    case 'cache_hit_ratio':
      return (profile.cacheHitRatio ?? 0) * jitter(0.02)
  }
}

/** The size of a service's connection pool at a moment. */
export function poolMaxAt(world: World, service: ServiceName, time: number): number {
  const incident = incidentOf(world)
  if (service !== incident.service) return PROFILES[service].poolMax
  return time >= incident.deployedAt ? incident.after : incident.before
}

export interface MetricQuery {
  metric: MetricName
  /** All services that have the metric when absent. */
  service?: ServiceName
  from: number
  to: number
  /** Seconds between two points; a whole number of minutes. */
  step: number
}

/** The series of a metric between two moments, each point the mean of the minutes that its step covers. */
export function querySeries(world: World, query: MetricQuery): Series[] {
  const services = query.service ? [query.service] : SERVICE_NAMES
  const series: Series[] = []
  for (const service of services) {
    const points: [number, number][] = []
    for (let time = Math.ceil(query.from / query.step) * query.step; time <= query.to; time += query.step) {
      const values: number[] = []
      for (let minute = time - query.step + 60; minute <= time; minute += 60) {
        const value = metricAt(world, query.metric, service, minute)
        if (value !== null) values.push(value)
      }
      if (values.length > 0) points.push([time, round(values.reduce((sum, value) => sum + value, 0) / values.length)])
    }
    if (points.length === 0) continue
    const database = PROFILES[service].database
    const labels = query.metric.startsWith('db_') && database ? { service, database } : { service }
    series.push({ name: query.metric, labels, unit: METRICS[query.metric].unit, points })
  }
  return series
}

const round = (value: number) => Number(value.toPrecision(4))
