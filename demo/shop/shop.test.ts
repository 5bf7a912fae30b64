import { describe, expect, it } from 'vitest'
import {
  alertsAt,
  anchorAt,
  deploymentsUntil,
  findTrace,
  HISTORY_SECONDS,
  incidentOf,
  METRIC_NAMES,
  metricAt,
  queryLines,
  querySeries,
  queryTraces,
  roundedAnchor,
  type SERVICE_NAMES,
  type World,
} from './index.ts'

const anchor = roundedAnchor(Date.UTC(2026, 4, 12, 13, 37, 11))
const world: World = { seed: 7, anchor, restarts: [] }
const incident = incidentOf(world)
const from = anchor - HISTORY_SECONDS
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('the shop', () => {
  it('gives the same data for the same seed and anchor, and other data for another seed', () => {
    const all = (of: World) =>
      JSON.stringify([
        METRIC_NAMES.map((metric) => querySeries(of, { metric, from, to: anchor, step: 600 })),
        queryLines(of, { from: anchor - 7200, to: anchor, limit: 10_000 }),
        queryTraces(of, { from: anchor - 7200, to: anchor, order: 'newest', limit: 1000 }),
        alertsAt(of, anchor),
        deploymentsUntil(of, anchor),
      ])
    expect(all({ ...world, restarts: [] })).toBe(all(world))
    expect(all({ ...world, seed: 8 })).not.toBe(all(world))
  })

  it('has six hours of every metric for every service that has it', () => {
    for (const metric of METRIC_NAMES) {
      const series = querySeries(world, { metric, from, to: anchor, step: 60 })
      expect(series.length, metric).toBeGreaterThan(1)
      for (const one of series) expect(one.points).toHaveLength(361)
    }
    expect(querySeries(world, { metric: 'latency_p95_seconds', from, to: anchor, step: 60 })).toHaveLength(5)
  })

  it('slows payments and checkout from the deployment on and leaves inventory and catalogue as they were', () => {
    const ratio = (service: (typeof SERVICE_NAMES)[number]) => {
      const values = (start: number, end: number) =>
        querySeries(world, { metric: 'latency_p95_seconds', service, from: start, to: end, step: 60 })[0]?.points.map(
          (point) => point[1],
        ) ?? []
      return mean(values(anchor - 1800, anchor)) / mean(values(from, incident.deployedAt - 60))
    }
    expect(ratio('payments')).toBeGreaterThan(4)
    expect(ratio('checkout')).toBeGreaterThan(4)
    expect(ratio('inventory')).toBeLessThan(1.2)
    expect(ratio('catalogue')).toBeLessThan(1.2)
  })

  it('exhausts the pool of payments while its database stays quick', () => {
    const before = incident.deployedAt - 600
    expect(metricAt(world, 'db_pool_max', 'payments', before)).toBe(incident.before)
    expect(metricAt(world, 'db_pool_in_use', 'payments', before)).toBeLessThan(incident.before / 2)
    expect(metricAt(world, 'db_pool_in_use', 'payments', anchor)).toBe(incident.after)
    expect(metricAt(world, 'db_pool_waiting', 'payments', anchor)).toBeGreaterThan(10)
    expect(metricAt(world, 'db_query_p95_seconds', 'payments', anchor)).toBeLessThan(0.03)
  })

  it('tells the setting in the logs of payments only, never in a deployment', () => {
    const { lines } = queryLines(world, { contains: incident.setting, from, to: anchor, limit: 100 })
    expect(lines.map((line) => [line.service, /db\.pool\.max=(\d+)/.exec(line.message)?.[1]])).toEqual([
      ['payments', String(incident.before)],
      ['payments', String(incident.after)],
    ])
    for (const deployment of deploymentsUntil(world, anchor)) expect(deployment.summary).not.toMatch(/pool|connection/i)
  })

  it('gives error lines trace ids whose traces show the wait for a connection', () => {
    const { lines } = queryLines(world, {
      service: 'payments',
      level: 'error',
      from: anchor - 600,
      to: anchor,
      limit: 20,
    })
    expect(lines.length).toBeGreaterThan(5)
    for (const line of lines) {
      const trace = findTrace(world, line.traceId ?? '')
      const acquire = trace?.spans.find((span) => span.operation === 'db.pool.acquire')
      expect(acquire?.durationMs).toBeGreaterThan(1000)
      expect(trace?.start).toBeLessThanOrEqual(line.time)
    }
    expect(findTrace(world, 'f'.repeat(32))).toBeNull()
  })

  it('keeps every span inside its parent', () => {
    const { traces } = queryTraces(world, { from: anchor - 3600, to: anchor, order: 'slowest', limit: 50 })
    for (const trace of traces) {
      for (const span of trace.spans) {
        const parent = trace.spans.find((other) => other.spanId === span.parentSpanId)
        if (!parent) continue
        expect(span.startOffsetMs).toBeGreaterThanOrEqual(parent.startOffsetMs)
        expect(span.startOffsetMs + span.durationMs).toBeLessThanOrEqual(parent.startOffsetMs + parent.durationMs + 2)
      }
    }
  })

  it('fires the alert after the deployment, and has the red herrings: a resolved CPU alert and an old warning', () => {
    const alerts = new Map(alertsAt(world, anchor).map((alert) => [alert.alert, alert]))
    expect(alerts.get(incident.alert)).toMatchObject({ state: 'firing', severity: 'critical' })
    expect(alerts.get(incident.alert)?.firingSince).toBeGreaterThan(incident.deployedAt)
    expect(alerts.get('InventoryCpuHigh')).toMatchObject({ state: 'resolved' })
    expect(alerts.get('InventoryCacheHitRatioLow')?.firingSince).toBeLessThan(incident.deployedAt - 3600)
    expect(alerts.get('CatalogueLatencyHigh')?.state).toBe('inactive')
  })

  it('shows a restart in deployments, metrics and logs, without curing the cause', () => {
    const at = anchor - 600
    const restarted = { ...world, restarts: [{ service: 'payments' as const, at, by: 'ada', reason: 'try' }] }
    expect(deploymentsUntil(restarted, anchor).at(-1)).toMatchObject({
      kind: 'restart',
      service: 'payments',
      version: 'v2.14.0',
    })
    expect(metricAt(restarted, 'request_rate', 'payments', at)).toBe(0)
    expect(metricAt(restarted, 'db_pool_max', 'payments', anchor)).toBe(incident.after)
    expect(queryLines(restarted, { service: 'payments', contains: 'SIGTERM', from, to: anchor, limit: 5 }).total).toBe(
      1,
    )
  })

  it('keeps its anchor for two hours and then moves on, so that the incident never leaves the six hours', () => {
    expect(anchorAt(anchor, anchor + 7199)).toBe(anchor)
    expect(anchorAt(anchor, anchor + 7200)).toBe(anchor + 7200)
    const late = anchor + 7199
    expect(incidentOf({ ...world, anchor: anchorAt(anchor, late) }).deployedAt).toBeGreaterThan(late - HISTORY_SECONDS)
  })
})
