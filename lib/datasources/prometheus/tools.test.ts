import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PrometheusClient } from '@/lib/datasources/prometheus/client'
import { createDataSourceServer } from '@/lib/datasources/server'
import { connectTo, type ToolCaller } from '@/lib/datasources/testing/client'
import { type RunningPrometheus, startPrometheus } from '@/lib/datasources/testing/prometheus'
import type { OpenedDataSource } from '@/lib/datasources/types'

let prometheus: RunningPrometheus
let tools: ToolCaller
const unforeseen: unknown[] = []

const sourceOf = (name: string, url: string): OpenedDataSource => ({
  id: name,
  type: 'prometheus',
  name,
  url,
  credentials: { kind: 'none' },
})

beforeAll(async () => {
  prometheus = await startPrometheus()
  tools = await connectTo(
    createDataSourceServer([sourceOf('prod', prometheus.url)], { report: (error) => unforeseen.push(error) }),
  )
})
afterAll(async () => {
  expect(unforeseen).toEqual([])
  await tools?.close()
  await prometheus?.stop()
})

type Series = { name: string; labels: Record<string, string>; unit?: string; points: [number, number | null][] }[]

describe('the tools as declared', () => {
  it('are all read-only, closed-world, titled, and have an output schema', async () => {
    const { tools: declared } = await tools.client.listTools()
    expect(declared.map((tool) => tool.name)).toEqual([
      'list_data_sources',
      'query_range',
      'query_instant',
      'list_metrics',
      'list_labels',
      'label_values',
      'series',
      'targets',
      'rules',
      'alerts',
    ])
    for (const tool of declared) {
      expect(tool.annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, openWorldHint: false })
      expect(tool.title).toBeTruthy()
      expect(tool.outputSchema?.type).toBe('object')
      expect(tool.inputSchema.required ?? []).not.toContain('source')
    }
  })

  it('demand a source by its real name when there are several', async () => {
    const two = await connectTo(
      createDataSourceServer([sourceOf('prod', prometheus.url), sourceOf('staging', 'http://127.0.0.1:1')]),
    )
    const { tools: declared } = await two.client.listTools()
    const range = declared.find((tool) => tool.name === 'query_range')
    expect(range?.inputSchema.required).toContain('source')
    expect(range?.inputSchema.properties?.source).toMatchObject({ enum: ['prod', 'staging'] })
    expect((await two.call('query_instant', { source: 'prod', query: 'up' })).failed).toBe(false)
    expect(await two.call('query_instant', { query: 'up' })).toMatchObject({ failed: true })
    const invented = await two.call('query_instant', { source: 'production', query: 'up' })
    expect(invented.failed).toBe(true)
    expect(invented.text).toContain('prod')
    const dead = await two.call('query_instant', { source: 'staging', query: 'up' })
    expect(dead).toMatchObject({ failed: true })
    expect(dead.text).toMatch(/“staging” \(prometheus\) cannot be reached/)
    await two.close()
  })
})

describe('queries', () => {
  it('give current values with their labels', async () => {
    const { structured, text } = await tools.call('query_instant', { query: 'up{job="node"}' })
    expect(structured).toMatchObject({
      resultType: 'vector',
      samples: [{ name: 'up', labels: { job: 'node', instance: prometheus.instance }, value: 1 }],
    })
    expect(text).toContain(`up{instance="${prometheus.instance}", job="node"} 1`)
  })

  it('give scalars, strings and raw samples their own shapes', async () => {
    expect((await tools.call('query_instant', { query: '1 + 1' })).structured).toMatchObject({
      resultType: 'scalar',
      samples: [{ value: 2 }],
    })
    expect((await tools.call('query_instant', { query: '"hello"' })).structured).toMatchObject({
      resultType: 'string',
      text: 'hello',
    })
    const raw = (await tools.call('query_instant', { query: 'up[1m]' })).structured
    expect(raw.resultType).toBe('matrix')
    expect((raw.series as Series)[0]?.points.length).toBeGreaterThan(0)
  })

  it('give series over time in the shape that the page draws', async () => {
    const { structured, text } = await tools.call('query_range', { query: 'node_cpu_seconds_total', from: 'now-5m' })
    const series = structured.series as Series
    expect(series.length).toBeGreaterThan(1)
    expect(series[0]).toMatchObject({ name: 'node_cpu_seconds_total', unit: 'seconds', labels: { job: 'node' } })
    expect(series[0]?.labels.__name__).toBeUndefined()
    const [time, value] = series[0]?.points.at(-1) ?? []
    expect(typeof value).toBe('number')
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60)
    expect(structured).toMatchObject({ step: 15 })
    expect(Number(structured.to) - Number(structured.from)).toBeCloseTo(300)
    expect(text).toMatch(/series from .* step 15s/)
  })

  it('turn NaN and infinity into null and say so', async () => {
    const range = await tools.call('query_range', {
      query: 'vector(0) / 0 or label_replace(vector(1) / 0, "a", "b", "", "")',
      from: 'now-1m',
    })
    const values = (range.structured.series as Series).flatMap(({ points }) => points.map(([, value]) => value))
    expect(new Set(values)).toEqual(new Set([null]))
    expect(range.text).toMatch(/NaN or infinite/)
    expect((await tools.call('query_instant', { query: 'vector(1) / 0' })).structured).toMatchObject({
      samples: [{ value: null }],
    })
  })

  it('cut a result of too many series, say what was cut and how to narrow', async () => {
    const many = Array.from({ length: 60 }, (_, n) => `label_replace(vector(${n}), "n", "${n}", "", "")`).join(' or ')
    const { structured, text } = await tools.call('query_range', { query: many, from: 'now-1h' })
    expect(structured.series).toHaveLength(50)
    expect(structured.truncated).toBe(true)
    expect(text).toMatch(/Only 50 of 60 series.*topk/)
  })

  it('are sent as a form when they are long', async () => {
    const long = `up{job=~"node|${'x'.repeat(10_000)}"}`
    expect((await tools.call('query_instant', { query: long })).structured).toMatchObject({ samples: [{ value: 1 }] })
  })

  it("fill in Grafana's interval variables and say so", async () => {
    const { text, failed } = await tools.call('query_range', {
      query: 'rate(node_cpu_seconds_total[$__rate_interval])',
    })
    expect(failed).toBe(false)
    expect(text).toContain('rate(node_cpu_seconds_total[60s])')
  })
})

describe('what goes wrong', () => {
  it('shows where a query cannot be parsed', async () => {
    const { text, failed } = await tools.call('query_instant', { query: 'sum(rate(up[5m])' })
    expect(failed).toBe(true)
    expect(text).toMatch(/cannot parse the query at line 1, character 17: unclosed left parenthesis/)
    expect(text).toMatch(/\n {2}sum\(rate\(up\[5m\]\)\n +\^/)
  })

  it("explains an expression of the wrong type and a mismatch of two sides in Prometheus' words", async () => {
    expect((await tools.call('query_range', { query: 'up[5m]' })).text).toMatch(
      /invalid expression type "range vector"/,
    )
    const match = await tools.call('query_instant', { query: 'up * on() group_left node_cpu_seconds_total' })
    expect(match.text).toMatch(/cannot match the two sides of an operator.*group_left/)
  })

  it('offers similar metric names when a metric does not exist', async () => {
    const { text, failed, structured } = await tools.call('query_range', { query: 'rate(node_cpu_total[5m])' })
    expect(failed).toBe(false)
    expect(structured.series).toEqual([])
    expect(text).toMatch(/No metric is named “node_cpu_total”.*node_cpu_seconds_total/)
  })

  it('tells a wrong label value from a wrong name', async () => {
    const { text } = await tools.call('query_instant', { query: 'node_load1{job="nope"}' })
    expect(text).toMatch(/although node_load1 had samples.*label_values/)
  })

  it('refuses a bad time, a bad step and too many points before asking Prometheus', async () => {
    expect((await tools.call('query_range', { query: 'up', from: 'yesterday' })).text).toMatch(
      /"from" is "yesterday". Expected RFC3339/,
    )
    expect((await tools.call('query_range', { query: 'up', step: 'fine' })).text).toMatch(/"step" is "fine"/)
    expect((await tools.call('query_range', { query: 'up', from: 'now-30d', step: '15s' })).text).toMatch(
      /11,000 points/,
    )
  })

  it("passes on Prometheus' own limit of points", async () => {
    const client = new PrometheusClient(sourceOf('prod', prometheus.url))
    await expect(client.queryRange({ query: 'up', from: 0, to: 20_000, step: 1 })).rejects.toMatchObject({
      failure: 'too_much',
      message: expect.stringContaining('exceeded maximum resolution of 11,000 points'),
    })
  })

  it('refuses unknown arguments instead of ignoring them', async () => {
    expect(await tools.call('query_range', { query: 'up', start: 'now-1h' })).toMatchObject({ failed: true })
  })
})

describe('discovery', () => {
  it('finds metrics by words of their names, with type and help', async () => {
    const { structured, text } = await tools.call('list_metrics', { pattern: 'CPU seconds' })
    expect(structured.metrics).toContainEqual(
      expect.objectContaining({
        name: 'node_cpu_seconds_total',
        type: 'counter',
        help: expect.stringContaining('CPU'),
      }),
    )
    expect(text).toContain('node_cpu_seconds_total (counter): ')
    expect((await tools.call('list_metrics', { pattern: 'no such thing' })).structured).toMatchObject({
      metrics: [],
      total: 0,
    })
    expect((await tools.call('list_metrics', { pattern: 'node(' })).text).toMatch(/cannot parse|does not accept/)
  })

  it('bounds what it lists and says how to narrow', async () => {
    const { structured, text } = await tools.call('list_metrics', { limit: 2 })
    expect(structured.metrics).toHaveLength(2)
    expect(structured).toMatchObject({ truncated: true, total: expect.any(Number) })
    expect(text).toMatch(/Only 2 of \d+ metrics/)
  })

  it('lists labels, their values and whole series', async () => {
    expect((await tools.call('list_labels', { match: ['node_cpu_seconds_total'] })).structured.labels).toEqual(
      expect.arrayContaining(['cpu', 'instance', 'job', 'mode']),
    )
    expect((await tools.call('label_values', { label: 'mode', pattern: 'SYS' })).structured.values).toEqual(['system'])
    expect((await tools.call('label_values', { label: 'nothing' })).text).toMatch(/No series has the label “nothing”/)
    expect((await tools.call('series', { match: ['node_load1'] })).structured.series).toEqual([
      { __name__: 'node_load1', instance: prometheus.instance, job: 'node' },
    ])
  })
})

describe('the state of Prometheus', () => {
  it('lists targets with their health', async () => {
    const { structured } = await tools.call('targets')
    expect(structured.targets).toMatchObject([{ job: 'node', instance: prometheus.instance, health: 'up' }])
    expect((await tools.call('targets', { health: 'down' })).structured.targets).toEqual([])
  })

  it('lists rules with what they mean', async () => {
    const { structured } = await tools.call('rules')
    expect(structured.rules).toMatchObject([
      { type: 'recording', name: 'instance:node_load1:copy', query: 'node_load1' },
      { type: 'alerting', name: 'ExporterAnswers', state: 'firing', active: 1 },
      { type: 'alerting', name: 'ExporterDown', state: 'inactive', forSeconds: 300 },
    ])
    expect((await tools.call('rules', { state: 'firing' })).structured.total).toBe(1)
    expect((await tools.call('rules', { type: 'recording', name: 'LOAD' })).structured.total).toBe(1)
  })

  it('lists the alerts that are active', async () => {
    const { structured, text } = await tools.call('alerts')
    expect(structured.alerts).toMatchObject([
      { name: 'ExporterAnswers', state: 'firing', value: 1, labels: { severity: 'info' } },
    ])
    expect(text).toContain(`The exporter of ${prometheus.instance} answers.`)
  })

  it('knows the version', async () => {
    const client = new PrometheusClient(sourceOf('prod', prometheus.url))
    expect((await client.buildInfo()).data.version).toMatch(/^\d+\.\d+/)
  })
})
