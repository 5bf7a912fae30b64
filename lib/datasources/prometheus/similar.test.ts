import { expect, it } from 'vitest'
import { metricNamesIn, similarNames } from '@/lib/datasources/prometheus/similar'

it.each([
  ['up', ['up']],
  [
    'sum by (job, instance) (rate(http_requests_total{code=~"5..", path="/a b"}[5m])) / ignoring(code) group_left sum(x_total)',
    ['http_requests_total', 'x_total'],
  ],
  ['{__name__="node_load1", job="node"} > bool 1e3', ['node_load1']],
  [
    'histogram_quantile(0.95, sum(rate(a_bucket[5m])) by (le)) and on() job:up:sum offset 5m',
    ['a_bucket', 'job:up:sum'],
  ],
  ['1 + 2', []],
  ['vector(1) # a comment', []],
])('finds the metric names in %s', (query, names) => {
  expect(metricNamesIn(query)).toEqual(names)
})

it('puts names of the same words first and leaves strangers out', () => {
  const existing = ['go_goroutines', 'node_cpu_seconds_total', 'node_cpu_guest_seconds_total', 'node_load1', 'up']
  expect(similarNames('node_cpu_total', existing)[0]).toBe('node_cpu_seconds_total')
  expect(similarNames('cpu_usage_node', existing)).not.toContain('go_goroutines')
  expect(similarNames('zzz', existing)).toEqual([])
})
