import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningPrometheus, startPrometheus } from '@/lib/datasources/testing/prometheus'
import { type ForeignServer, startForeignServer } from '@/lib/mcp/testing/foreign-server'
import { Harness } from '@/lib/mcp/testing/harness'
import type { ToolHub } from '@/lib/mcp/types'

/** Servers that nobody here wrote, as their packages come. */
const EVERYTHING = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'
const PROMETHEUS_MCP = 'node_modules/prometheus-mcp/dist/index.mjs'

const harness = new Harness()
beforeAll(() => harness.open())
afterAll(() => harness.close())
afterEach(() => harness.reset())

const risksOf = async (hub: ToolHub) => {
  const { tools, failures } = await hub.catalogue(harness.organisation, null)
  expect(failures).toEqual([])
  return Object.fromEntries(tools.map(({ toolName, risk }) => [toolName, risk]))
}

describe.each([
  { kind: 'streamable-http' as const, mode: 'streamableHttp', path: '/mcp' },
  { kind: 'sse' as const, mode: 'sse', path: '/sse' },
])('server-everything over $kind', ({ kind, mode, path }) => {
  let server: ForeignServer
  const start = () =>
    startForeignServer(
      EVERYTHING,
      () => [mode],
      (port) => ({ PORT: String(port) }),
    )
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server.stop())
  const configure = () =>
    harness.configure('everything', { transport: { kind, url: `http://127.0.0.1:${server.port}${path}` } })

  it('lists its tools with the risk that it claims for each', async () => {
    await configure()
    expect(await risksOf(harness.hub())).toMatchObject({
      echo: 'read',
      'get-sum': 'read',
      'gzip-file-as-resource': 'write',
    })
  })

  it('answers with text, structure and pictures', async () => {
    await configure()
    const hub = harness.hub()
    expect(await harness.call(hub, 'everything__echo', { arguments: { message: 'größer' } })).toMatchObject({
      status: 'ok',
      content: [{ type: 'text', text: 'Echo: größer' }],
    })
    expect(
      await harness.call(hub, 'everything__get-structured-content', { arguments: { location: 'Chicago' } }),
    ).toMatchObject({
      status: 'ok',
      structured: { temperature: 36 },
    })
    const { content } = await harness.call(hub, 'everything__get-tiny-image')
    const picture = content.find(({ type }) => type === 'binary')
    expect(picture).toMatchObject({ mediaType: 'image/png', base64: expect.stringMatching(/^iVBORw0KGgo/) })
    expect(await harness.call(hub, 'everything__get-sum', { arguments: { a: 'one' } })).toMatchObject({
      status: 'error',
    })
  })

  it('tells progress, and is told when a call is stopped', async () => {
    await configure()
    const hub = harness.hub()
    const onProgress = vi.fn()
    const long = 'everything__trigger-long-running-operation'
    const call = harness.call(hub, long, { arguments: { duration: 1, steps: 4 }, onProgress })
    expect(await call).toMatchObject({ status: 'ok' })
    expect(onProgress).toHaveBeenCalledWith(expect.objectContaining({ progress: 1, total: 4 }))
    const stop = new AbortController()
    const stopped = harness.call(hub, long, {
      arguments: { duration: 60, steps: 600 },
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    expect(await stopped).toMatchObject({ reason: 'cancelled', sent: true })
    expect(await harness.call(hub, 'everything__echo', { arguments: { message: 'still here' } })).toMatchObject({
      status: 'ok',
    })
  })

  it('is tried with what it calls itself, its protocol and its tools', async () => {
    const stored = await configure()
    const test = await harness.hub().test(harness.organisation, null, { id: stored.id, version: 0, body: stored })
    expect(test).toMatchObject({
      outcome: 'answered',
      server: { name: expect.stringContaining('everything'), version: expect.stringMatching(/./) },
      protocolVersion: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
      tools: expect.arrayContaining([expect.objectContaining({ name: 'echo', risk: 'read' })]),
    })
  })

  it('shows as failing when it is killed, and answers again when it is back', async () => {
    const stored = await configure()
    const hub = harness.hub({ failureMilliseconds: 0 })
    const state = async () => (await hub.health(harness.organisation.id, [stored.id]))[0]?.state
    await harness.call(hub, 'everything__echo', { arguments: { message: 'x' } })
    expect(await state()).toBe('ok')
    await server.stop()
    await vi.waitFor(async () => {
      await hub.catalogue(harness.organisation, null, { fresh: stored.id })
      expect(await state()).toBe('failing')
    })
    server = await start()
    await harness.change({ ...stored, transport: { kind, url: `http://127.0.0.1:${server.port}${path}` } })
    expect(await harness.call(hub, 'everything__echo', { arguments: { message: 'x' } })).toMatchObject({ status: 'ok' })
    expect(await state()).toBe('ok')
  })
})

describe('prometheus-mcp on a real Prometheus', () => {
  let prometheus: RunningPrometheus
  let server: ForeignServer
  beforeAll(async () => {
    prometheus = await startPrometheus()
    server = await startForeignServer(
      PROMETHEUS_MCP,
      (port) => ['http', '--port', String(port)],
      () => ({
        PROMETHEUS_URL: prometheus.url,
      }),
    )
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
    await prometheus?.stop()
  })
  const hubOf = async () => {
    await harness.configure('prometheus', { url: `http://127.0.0.1:${server.port}/mcp` })
    return harness.hub()
  }

  it('offers reading tools only', async () => {
    const risks = await risksOf(await hubOf())
    expect(risks).toMatchObject({ prometheus_query: 'read', prometheus_query_range: 'read' })
    expect(new Set(Object.values(risks))).toEqual(new Set(['read']))
  })

  it('gives what Prometheus measured, and its own error for a query that is none', async () => {
    const hub = await hubOf()
    const outcome = await harness.call(hub, 'prometheus__prometheus_query', { arguments: { query: 'up{job="node"}' } })
    const [content] = outcome.content
    expect(content?.type === 'text' && JSON.parse(content.text)).toMatchObject({
      resultType: 'vector',
      result: [{ metric: { instance: prometheus.instance }, value: [expect.any(Number), '1'] }],
    })
    expect(await harness.call(hub, 'prometheus__prometheus_query', { arguments: { query: 'up{' } })).toMatchObject({
      status: 'error',
      reason: 'tool',
    })
  })
})
