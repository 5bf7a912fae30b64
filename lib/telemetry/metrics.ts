import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const shared = globalThis as typeof globalThis & { longwatchMetrics?: Registry; longwatchProcessMetrics?: true }

/** The process's one registry; route handlers, pages and background work share it. */
export function metricsRegistry(): Registry {
  shared.longwatchMetrics ??= new Registry()
  return shared.longwatchMetrics
}

/**
 * Takes Node's own metrics from now on, for who will read them: the event loop's delay is sampled a hundred times a
 * second, which costs a sixth of what a process spends on one answer of 50 tokens a second.
 */
export function collectProcessMetrics(): void {
  if (!shared.longwatchProcessMetrics) collectDefaultMetrics({ register: metricsRegistry() })
  shared.longwatchProcessMetrics = true
}

/** The counter of this name, made at the first call. Names begin with `longwatch_` and end with `_total`. */
export function counter<Label extends string = never>(name: string, help: string, labelNames: Label[] = []) {
  const registry = metricsRegistry()
  const existing = registry.getSingleMetric(name) as Counter<Label> | undefined
  return existing ?? new Counter({ name, help, labelNames, registers: [registry] })
}

/** The gauge of this name, made at the first call. */
export function gauge<Label extends string = never>(name: string, help: string, labelNames: Label[] = []) {
  const registry = metricsRegistry()
  const existing = registry.getSingleMetric(name) as Gauge<Label> | undefined
  return existing ?? new Gauge({ name, help, labelNames, registers: [registry] })
}

/** The histogram of this name, made at the first call. Buckets in seconds unless the name says otherwise. */
export function histogram<Label extends string = never>(
  name: string,
  help: string,
  labelNames: Label[] = [],
  buckets: number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
) {
  const registry = metricsRegistry()
  const existing = registry.getSingleMetric(name) as Histogram<Label> | undefined
  return existing ?? new Histogram({ name, help, labelNames, buckets, registers: [registry] })
}
