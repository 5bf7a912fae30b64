import performance from 'node:perf_hooks'
import { expect, it, vi } from 'vitest'
import { counter, registryToRead } from '@/lib/telemetry/metrics'

it("takes Node's own metrics from the first reading on, and once", async () => {
  const sampling = vi.spyOn(performance, 'monitorEventLoopDelay')
  counter('longwatch_test_total', 'Counts').inc(2)
  expect(sampling).not.toHaveBeenCalled()
  for (let reading = 0; reading < 2; reading += 1) {
    const text = await registryToRead().metrics()
    expect(text).toMatch(/^longwatch_test_total 2$/m)
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes'])
      expect(text).toContain(`\n${name} `)
  }
  expect(sampling).toHaveBeenCalledOnce()
})
