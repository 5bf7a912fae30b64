import performance from 'node:perf_hooks'
import { expect, it, vi } from 'vitest'
import { collectProcessMetrics, counter, metricsRegistry } from '@/lib/telemetry/metrics'

it("takes Node's own metrics once it is told to, and samples the event loop once", async () => {
  const sampling = vi.spyOn(performance, 'monitorEventLoopDelay')
  counter('longwatch_test_total', 'Counts').inc(2)
  expect(await metricsRegistry().metrics()).toMatch(/^longwatch_test_total 2$/m)
  expect(sampling).not.toHaveBeenCalled()
  for (let time = 0; time < 2; time += 1) collectProcessMetrics()
  const text = await metricsRegistry().metrics()
  for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes'])
    expect(text).toContain(`\n${name} `)
  expect(sampling).toHaveBeenCalledOnce()
})
