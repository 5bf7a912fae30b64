import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createDataSourceServer } from '@/lib/datasources/server'
import { connectTo, type ToolCaller } from '@/lib/datasources/testing/client'
import { type RecordedRequest, sendJson, startUpstream, type Upstream } from '@/lib/datasources/testing/upstream'

const NOW = Date.parse('2026-03-01T12:00:00Z') / 1000
const at = (milliseconds: number) => `${NOW * 1000 - milliseconds}000123`

/** As Loki answers a log query: one list per stream, each sorted by itself. */
const STREAMS = {
  status: 'success',
  data: {
    resultType: 'streams',
    result: [
      {
        stream: { service: 'api', level: 'error' },
        values: [
          [at(1_000), 'timeout'],
          [at(3_000), 'refused', { trace_id: 'ab' }],
        ],
      },
      { stream: { service: 'web' }, values: [[at(2_000), 'retry']] },
    ],
    stats: { summary: {} },
  },
}
const MATRIX = {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      {
        metric: { service: 'api' },
        values: [
          [NOW - 15, '3'],
          [NOW, '5'],
        ],
      },
    ],
  },
}

let upstream: Upstream
let tools: ToolCaller
let answer: (request: RecordedRequest, response: ServerResponse) => void
const plain =
  (text: string, status = 400) =>
  (_: RecordedRequest, response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)

beforeAll(async () => {
  upstream = await startUpstream((request, response) => answer(request, response))
  const source = { id: 'l', type: 'loki', name: 'logs', url: upstream.url, credentials: { kind: 'none' } } as const
  tools = await connectTo(createDataSourceServer([source], { now: () => NOW }))
})
afterAll(async () => {
  await tools.close()
  await upstream.stop()
})
beforeEach(() => {
  upstream.requests.length = 0
  answer = (_, response) => sendJson(response, STREAMS)
})

it('merges the streams into one list, newest first, asked in nanoseconds', async () => {
  const { structured, text } = await tools.call('query_logs', { query: '{service=~"api|web"}', from: 'now-10m' })
  expect(structured.entries).toEqual([
    { time: '2026-03-01T11:59:59.000Z', line: 'timeout', labels: { service: 'api', level: 'error' } },
    { time: '2026-03-01T11:59:58.000Z', line: 'retry', labels: { service: 'web' } },
    { time: '2026-03-01T11:59:57.000Z', line: 'refused', labels: { service: 'api', level: 'error' } },
  ])
  expect(text).toContain('2026-03-01T11:59:58.000Z {service=web} retry')
  const [request] = upstream.requests
  expect(request?.path).toBe('/loki/api/v1/query_range')
  expect(request?.parameters.get('start')).toBe(`${NOW - 600}000000000`)
  expect(request?.parameters.get('direction')).toBe('backward')
})

it('says when the limit was reached and cuts long lines', async () => {
  expect((await tools.call('query_logs', { query: '{a="b"}', limit: 2 })).text).toMatch(/limit of 2 lines was reached/)
  const long = { stream: { a: 'b' }, values: Array.from({ length: 300 }, (_, n) => [at(n), 'x'.repeat(5_000)]) }
  answer = (_, response) => sendJson(response, { status: 'success', data: { resultType: 'streams', result: [long] } })
  const { structured, text } = await tools.call('query_logs', { query: '{a="b"}', limit: 1_000 })
  expect(JSON.stringify(structured).length).toBeLessThan(400_000)
  expect(structured.truncated).toBe(true)
  expect(text).toMatch(/Only \d+ of 300 lines/)
  expect(text.length).toBeLessThan(30_000)
})

it('gives metric queries as series for the chart', async () => {
  answer = (_, response) => sendJson(response, MATRIX)
  const { structured } = await tools.call('query_logs', {
    query: 'sum by (service) (count_over_time({a="b"}[$__interval]))',
  })
  expect(structured).toMatchObject({
    series: [
      {
        labels: { service: 'api' },
        points: [
          [NOW - 15, 3],
          [NOW, 5],
        ],
      },
    ],
    step: 15,
  })
  expect(upstream.requests[0]?.parameters.get('query')).toContain('[15s]')
})

it("passes on Loki's own words on a query, and nobody else's", async () => {
  answer = plain('parse error at line 1, col 9: syntax error: unexpected IDENTIFIER\n')
  expect((await tools.call('query_logs', { query: '{a="b"} oops' })).text).toBe(
    'Loki does not accept the query: parse error at line 1, col 9: syntax error: unexpected IDENTIFIER',
  )
  answer = plain('the query time range exceeds the limit (query length: 800h, limit: 721h)')
  expect((await tools.call('query_logs', { query: '{a="b"}' })).text).toMatch(
    /too large for Loki: .*721h.*Shorten the range/,
  )
  answer = plain('no org id', 401)
  expect((await tools.call('query_logs', { query: '{a="b"}' })).text).toMatch(/wants a tenant/)
  answer = plain('gateway: internal host 10.0.0.9 says no')
  const strange = await tools.call('query_logs', { query: '{a="b"}' })
  expect(strange.failed).toBe(true)
  expect(strange.text).not.toContain('10.0.0.9')
})

it('lists labels and their values', async () => {
  answer = (request, response) =>
    sendJson(response, {
      status: 'success',
      data: request.path.endsWith('/values') ? ['api', 'web'] : ['level', 'service'],
    })
  expect((await tools.call('log_labels')).structured.labels).toEqual(['level', 'service'])
  expect((await tools.call('log_label_values', { label: 'service', query: '{env="prod"}' })).structured.values).toEqual(
    ['api', 'web'],
  )
  expect(upstream.requests.at(-1)).toMatchObject({ path: '/loki/api/v1/label/service/values' })
  answer = (_, response) => sendJson(response, { status: 'success' })
  expect((await tools.call('log_label_values', { label: 'nope' })).text).toMatch(/No stream has the label “nope”/)
})
