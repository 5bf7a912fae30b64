import { HISTORY_SECONDS, type World } from './incident.ts'
import { type MetricName, metricAt } from './metrics.ts'
import type { ServiceName } from './topology.ts'

export interface AlertRule {
  name: string
  service: ServiceName
  severity: 'critical' | 'warning'
  metric: MetricName
  comparison: 'above' | 'below'
  threshold: number
  forSeconds: number
  summary: string
}

export const ALERT_RULES: AlertRule[] = [
  rule(
    'CheckoutLatencyHigh',
    'checkout',
    'critical',
    'latency_p95_seconds',
    'above',
    2,
    300,
    'Checkout takes longer than 2 s (95th percentile)',
  ),
  rule(
    'CheckoutErrorsHigh',
    'checkout',
    'critical',
    'error_rate',
    'above',
    0.05,
    300,
    'More than 5 % of the orders fail',
  ),
  rule(
    'InventoryCpuHigh',
    'inventory',
    'warning',
    'cpu_usage',
    'above',
    0.8,
    600,
    'Inventory uses more than 80 % of its CPU',
  ),
  rule(
    'InventoryCacheHitRatioLow',
    'inventory',
    'warning',
    'cache_hit_ratio',
    'below',
    0.8,
    900,
    'The stock cache answers less than 80 % of its reads',
  ),
  rule(
    'CatalogueLatencyHigh',
    'catalogue',
    'warning',
    'latency_p95_seconds',
    'above',
    0.4,
    300,
    'Catalogue takes longer than 0.4 s (95th percentile)',
  ),
]

function rule(
  name: string,
  service: ServiceName,
  severity: AlertRule['severity'],
  metric: MetricName,
  comparison: AlertRule['comparison'],
  threshold: number,
  forSeconds: number,
  summary: string,
): AlertRule {
  return { name, service, severity, metric, comparison, threshold, forSeconds, summary }
}

export interface Alert {
  alert: string
  service: ServiceName
  severity: AlertRule['severity']
  state: 'firing' | 'resolved' | 'inactive'
  summary: string
  condition: string
  /** Epoch seconds; null when it never fired in the history. */
  firingSince: number | null
  resolvedAt: number | null
  /** The metric's value now. */
  value: number
}

/** Every rule's state at a moment, found by evaluating it over the shop's own metrics minute by minute. */
export function alertsAt(world: World, now: number): Alert[] {
  return ALERT_RULES.map((definition) => {
    let heldSince: number | null = null
    let firingSince: number | null = null
    let resolvedAt: number | null = null
    let value = 0
    for (let minute = Math.floor((now - HISTORY_SECONDS) / 60) * 60; minute <= now; minute += 60) {
      value = metricAt(world, definition.metric, definition.service, minute) ?? 0
      const breached = definition.comparison === 'above' ? value > definition.threshold : value < definition.threshold
      if (!breached) {
        if (firingSince !== null && resolvedAt === null) resolvedAt = minute
        heldSince = null
        continue
      }
      heldSince ??= minute
      if (minute - heldSince < definition.forSeconds) continue
      if (firingSince === null || resolvedAt !== null) firingSince = minute
      resolvedAt = null
    }
    const state = firingSince === null ? 'inactive' : resolvedAt === null ? 'firing' : 'resolved'
    const { name, service, severity, summary, metric, comparison, threshold, forSeconds } = definition
    const condition = `${metric} ${comparison} ${threshold} for ${forSeconds / 60} min`
    return {
      alert: name,
      service,
      severity,
      state,
      summary,
      condition,
      firingSince,
      resolvedAt,
      value: Number(value.toPrecision(4)),
    }
  })
}
