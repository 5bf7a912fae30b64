import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDataSourceServer } from '@/lib/datasources/server'
import { readTrace, treeOf } from '@/lib/datasources/tempo/spans'
import { connectTo, type ToolCaller } from '@/lib/datasources/testing/client'
import { type RecordedRequest, sendJson, startUpstream, type Upstream } from '@/lib/datasources/testing/upstream'

const NOW = Date.parse('2026-03-01T12:00:00Z') / 1000
const nano = (milliseconds: number) => `${NOW * 1000 + milliseconds}000000`
const id = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
const [ROOT, CHILD, LEAF] = ['00000000000000a1', '00000000000000b2', '00000000000000c3'] as const

const span = (spanId: string, parent: string | null, name: string, from: number, to: number, rest = {}) => ({
  traceId: id('0af7651916cd43dd8448eb211c80319c'),
  spanId: id(spanId),
  ...(parent ? { parentSpanId: id(parent) } : {}),
  name,
  kind: 'SPAN_KIND_SERVER',
  startTimeUnixNano: nano(from),
  endTimeUnixNano: nano(to),
  status: {},
  ...rest,
})
const service = (name: string, ...spans: unknown[]) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] },
  scopeSpans: [{ scope: { name: 'otel' }, spans }],
})
/** As Tempo answers `/api/traces/{id}` in JSON: ids in base64, times as strings. */
const TRACE = {
  batches: [
    service('payments', span(CHILD, ROOT, 'POST /charge', 100, 900)),
    service('shop', span(ROOT, null, 'GET /checkout', 0, 1_000)),
    service(
      'database',
      span(LEAF, CHILD, 'SELECT', 150, 850, {
        status: { code: 'STATUS_CODE_ERROR', message: 'lock timeout' },
        attributes: [
          { key: 'db.system', value: { stringValue: 'postgresql' } },
          { key: 'rows', value: { intValue: '7' } },
        ],
      }),
    ),
  ],
}

let upstream: Upstream
let tools: ToolCaller
let answer: (request: RecordedRequest, response: ServerResponse) => void

beforeAll(async () => {
  upstream = await startUpstream((request, response) => answer(request, response))
  const source = { id: 't', type: 'tempo', name: 'traces', url: upstream.url, credentials: { kind: 'none' } } as const
  tools = await connectTo(createDataSourceServer([source], { now: () => NOW }))
})
afterAll(async () => {
  await tools.close()
  await upstream.stop()
})

it('finds traces with TraceQL', async () => {
  answer = (_, response) =>
    sendJson(response, {
      traces: [
        {
          traceID: '2f3e0cee77ae5dc9c17ade3689eb2e54',
          rootServiceName: 'shop',
          rootTraceName: 'GET /checkout',
          startTimeUnixNano: nano(0),
          durationMs: 1_000,
          spanSets: [{ spans: [], matched: 2 }],
        },
      ],
      metrics: { inspectedTraces: 5 },
    })
  const { structured, text } = await tools.call('search_traces', { query: '{ duration > 1s }', from: 'now-30m' })
  expect(structured.traces).toEqual([
    {
      traceId: '2f3e0cee77ae5dc9c17ade3689eb2e54',
      rootService: 'shop',
      rootName: 'GET /checkout',
      startTime: '2026-03-01T12:00:00.000Z',
      durationMilliseconds: 1_000,
      matchedSpans: 2,
    },
  ])
  expect(text).toContain('1000ms shop: GET /checkout')
  expect(Object.fromEntries(upstream.requests.at(-1)?.parameters ?? [])).toEqual({
    q: '{ duration > 1s }',
    start: String(NOW - 1_800),
    end: String(NOW),
    limit: '20',
  })
  answer = (_, response) => sendJson(response, { traces: null })
  expect((await tools.call('search_traces', { query: '{}' })).text).toMatch(/No trace matches/)
})

it('sums a trace up: errors, own time by service, the spans as a tree', async () => {
  answer = (_, response) => sendJson(response, TRACE)
  const { structured, text } = await tools.call('get_trace', { traceId: '0af7651916cd43dd8448eb211c80319c' })
  expect(structured).toMatchObject({ durationMilliseconds: 1_000, spanCount: 3, errors: 1 })
  expect(structured.services).toEqual([
    { service: 'database', spans: 1, errors: 1, ownMilliseconds: 700 },
    { service: 'shop', spans: 1, errors: 0, ownMilliseconds: 200 },
    { service: 'payments', spans: 1, errors: 0, ownMilliseconds: 100 },
  ])
  expect(structured.spans).toMatchObject([
    { id: ROOT, parentId: null, depth: 0, kind: 'server' },
    { id: CHILD, parentId: ROOT, depth: 1, offsetMilliseconds: 100 },
    { id: LEAF, depth: 2, error: true, attributes: { 'db.system': 'postgresql', rows: 7 } },
  ])
  expect(text).toContain('    database: SELECT +150ms 700ms (own 700ms) ERROR (lock timeout) db.system=postgresql')
})

it('reads the shapes of other versions, and no other', () => {
  expect(readTrace({ trace: { resourceSpans: TRACE.batches } })).toHaveLength(3)
  const old = TRACE.batches.map(({ resource, scopeSpans }) => ({ resource, instrumentationLibrarySpans: scopeSpans }))
  expect(readTrace({ batches: old })).toHaveLength(3)
  expect(readTrace({ hello: 1 })).toBeNull()
})

it('shows every span once, also of a trace whose parents are missing or circular', () => {
  const broken = [
    service('a', span(ROOT, CHILD, 'x', 0, 1), span(CHILD, ROOT, 'y', 0, 1), span(LEAF, '00000000000000ff', 'z', 0, 1)),
  ]
  const spans = readTrace({ batches: broken }) ?? []
  expect(
    treeOf(spans)
      .map((entry) => entry.span.name)
      .sort(),
  ).toEqual(['x', 'y', 'z'])
})

it('explains a wrong query, an unknown trace and a wrong id', async () => {
  answer = (_, response) =>
    response
      .writeHead(400, { 'content-type': 'text/plain' })
      .end('invalid TraceQL query: parse error at line 1, col 3: syntax error')
  expect((await tools.call('search_traces', { query: '{ x' })).text).toMatch(
    /does not accept the query: invalid TraceQL.*col 3/,
  )
  answer = (_, response) => response.writeHead(404).end()
  expect((await tools.call('get_trace', { traceId: 'abc' })).text).toMatch(/No trace has the id abc/)
  expect((await tools.call('get_trace', { traceId: 'not hex' })).text).toMatch(/hexadecimal digits/)
})

it('lists the values of an attribute', async () => {
  answer = (_, response) => sendJson(response, { tagValues: [{ type: 'string', value: 'shop' }] })
  expect(
    (await tools.call('trace_attribute_values', { attribute: 'resource.service.name' })).structured.values,
  ).toEqual(['shop'])
  expect(upstream.requests.at(-1)?.path).toBe('/api/v2/search/tag/resource.service.name/values')
})
