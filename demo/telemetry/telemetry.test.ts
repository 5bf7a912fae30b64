import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { CallToolResult, Progress } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { incidentOf, METRIC_NAMES, SERVICE_NAMES } from '../shop/index.ts'
import { startTelemetryServer, type TelemetryServer } from './http.ts'
import type { LedgerEntry } from './ledger.ts'

let server: TelemetryServer
let client: Client
const clients: Client[] = []

async function connect(url = server.url): Promise<Client> {
  const made = new Client({ name: 'test', version: '1' })
  await made.connect(new StreamableHTTPClientTransport(new URL(url)))
  clients.push(made)
  return made
}

const call = async (name: string, args: Record<string, unknown> = {}, from = client) =>
  (await from.callTool({ name, arguments: args })) as CallToolResult
const textOf = (result: CallToolResult) =>
  result.content.map((part) => (part.type === 'text' ? part.text : '')).join('')
const ledger = async () => ((await (await fetch(`${server.origin}/ledger`)).json()) as { calls: LedgerEntry[] }).calls
const order = (fault: object) => fetch(`${server.origin}/faults`, { method: 'POST', body: JSON.stringify(fault) })

beforeEach(async () => {
  server = await startTelemetryServer({ pace: 0, faults: true })
  client = await connect()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((one) => one.close()))
  await server.close()
})

describe('the tools', () => {
  it('are annotated by risk, titled, and name services and metrics in their schemas', async () => {
    const { tools } = await client.listTools()
    const risks = Object.fromEntries(tools.map((tool) => [tool.name, tool.annotations]))
    for (const name of ['list_services', 'query_metrics', 'query_logs', 'search_traces', 'get_trace', 'list_alerts']) {
      expect(risks[name], name).toMatchObject({ readOnlyHint: true, destructiveHint: false, idempotentHint: true })
    }
    expect(risks.list_deployments).toMatchObject({ readOnlyHint: true })
    expect(risks.silence_alert).toMatchObject({ readOnlyHint: false, destructiveHint: false })
    expect(risks.restart_service).toMatchObject({ readOnlyHint: false, destructiveHint: true, idempotentHint: false })
    expect(tools.every((tool) => tool.title && (tool.description?.length ?? 0) > 30)).toBe(true)
    const metrics = tools.find((tool) => tool.name === 'query_metrics')?.inputSchema.properties
    expect(metrics).toMatchObject({ metric: { enum: METRIC_NAMES }, service: { enum: SERVICE_NAMES } })
  })

  it('give series as structured content and the same in words', async () => {
    const result = await call('query_metrics', { metric: 'latency_p95_seconds', from: '-3h' })
    const { series } = result.structuredContent as { series: { name: string; labels: object; points: number[][] }[] }
    expect(series.map((one) => one.labels)).toEqual(SERVICE_NAMES.map((service) => ({ service })))
    expect(series[0]?.points.length).toBeGreaterThan(80)
    expect(textOf(result)).toMatch(/payments \(s\): first 0\.\d+, last [23]\.\d+, lowest/)
    expect(textOf(result).length).toBeLessThan(20_000)
  })

  it('lead from logs to traces and deployments', async () => {
    const logs = (await call('query_logs', { service: 'payments', level: 'error', limit: 5 })).structuredContent as {
      logs: { traceId: string }[]
    }
    expect(logs.logs).toHaveLength(5)
    const { trace } = (await call('get_trace', { trace_id: logs.logs[0]?.traceId })).structuredContent as {
      trace: { spans: { operation: string }[] }
    }
    expect(trace.spans.map((span) => span.operation)).toContain('db.pool.acquire')
    const slow = (await call('search_traces', { service: 'checkout', min_duration_ms: 2000 })).structuredContent
    expect((slow as { traces: unknown[] }).traces).toHaveLength(10)
    const { deployments } = (await call('list_deployments')).structuredContent as { deployments: { version: string }[] }
    expect(deployments.map((one) => one.version)).toContain(incidentOf(server.state.read().world).version)
  })

  it('answer bad input in words that name what would be right', async () => {
    const problems = await Promise.all([
      call('query_logs', { service: 'billing' }),
      call('query_metrics', { metric: 'db_pool_max', service: 'storefront' }),
      call('query_metrics', { metric: 'latency' }),
      call('query_logs', { from: 'yesterday' }),
      call('query_logs', { from: '-10m', to: '-20m' }),
      call('get_trace', { trace_id: 'abc' }),
      call('silence_alert', { alert: 'Nope', duration_minutes: 5, reason: 'x' }),
    ])
    expect(problems.map((problem) => problem.isError)).toEqual(problems.map(() => true))
    const texts = problems.map(textOf)
    expect(texts[0]).toContain('storefront, checkout, payments')
    expect(texts[1]).toContain('Services that have it: checkout, payments')
    expect(texts[2]).toContain('latency_p95_seconds')
    expect(texts[3]).toContain('ISO 8601')
    expect(texts[4]).toContain('must lie before')
    expect(texts[5]).toContain('search_traces')
    expect(texts[6]).toContain('CheckoutLatencyHigh')
  })

  it('take effect when they write: the silenced alert and the restarted service show', async () => {
    await call('silence_alert', { alert: 'CheckoutLatencyHigh', duration_minutes: 30, reason: 'known' })
    const { alerts } = (await call('list_alerts', { state: 'silenced' })).structuredContent as { alerts: object[] }
    expect(alerts).toEqual([expect.objectContaining({ alert: 'CheckoutLatencyHigh', silenceReason: 'known' })])
    await call('restart_service', { service: 'payments', reason: 'stuck' })
    const { deployments } = (await call('list_deployments', { service: 'payments' })).structuredContent as {
      deployments: object[]
    }
    expect(deployments.at(-1)).toMatchObject({ kind: 'restart', summary: 'stuck' })
  })
})

describe('calls', () => {
  it('of several clients at once are served and written to the ledger with their arguments', async () => {
    const others = await Promise.all([connect(), connect(), connect()])
    await Promise.all(others.map((one, index) => call('list_deployments', { service: SERVICE_NAMES[index] }, one)))
    const calls = await ledger()
    expect(calls.map((entry) => entry.arguments.service).sort()).toEqual(['checkout', 'payments', 'storefront'])
    expect(new Set(calls.map((entry) => entry.session)).size).toBe(3)
    expect(calls.every((entry) => entry.status === 'ok' && entry.finishedAt)).toBe(true)
  })

  it('report their progress and note the intent that the caller names', async () => {
    const seen: Progress[] = []
    const params = {
      name: 'restart_service',
      arguments: { service: 'checkout', reason: 'x' },
      _meta: { idempotencyKey: 'k1' },
    }
    await client.callTool(params, undefined, { onprogress: (progress) => seen.push(progress) })
    expect(seen.map((one) => one.message)).toEqual([
      'draining requests',
      'stopping pods',
      'starting pods',
      'waiting for readiness',
    ])
    expect(await ledger()).toMatchObject([{ tool: 'restart_service', idempotencyKey: 'k1', tookEffect: true }])
  })

  it('stop when cancelled, without effect, and the ledger says so', async () => {
    await order({ tool: 'restart_service', hang: true })
    const controller = new AbortController()
    const params = { name: 'restart_service', arguments: { service: 'payments', reason: 'x' } }
    const pending = client.callTool(params, undefined, { signal: controller.signal }).catch((error: unknown) => error)
    await vi.waitFor(() => expect(server.ledger.calls[0]?.status).toBe('running'))
    controller.abort('stop')
    await vi.waitFor(() => expect(server.ledger.calls[0]).toMatchObject({ status: 'aborted', tookEffect: false }))
    await pending
    expect(server.state.read().world.restarts).toEqual([])
  })

  it('fail, are cut off and answer in bulk as ordered, so many times', async () => {
    await order({ tool: 'list_alerts', fail: 'the alert store is down', times: 1 })
    expect(await call('list_alerts')).toMatchObject({ isError: true, content: [{ text: 'the alert store is down' }] })
    expect((await call('list_alerts')).isError).toBeUndefined()

    await order({ tool: 'get_trace', bytes: 3_000_000, times: 1 })
    const { traces } = (await call('search_traces', { limit: 1 })).structuredContent as {
      traces: { traceId: string }[]
    }
    expect(textOf(await call('get_trace', { trace_id: traces[0]?.traceId })).length).toBe(3_000_000)

    await order({ tool: 'restart_service', drop: 'after', times: 1 })
    const params = { name: 'restart_service', arguments: { service: 'inventory', reason: 'x' } }
    const cut = client.callTool(params, undefined, { timeout: 300 }).catch((error: unknown) => error)
    await vi.waitFor(() => expect(server.ledger.calls.at(-1)).toMatchObject({ status: 'dropped', tookEffect: true }))
    expect(await cut).toBeInstanceOf(Error)
  })
})

describe('the server', () => {
  it('answers 503 as a whole when ordered, and works again when cleared', async () => {
    await order({ server: { status: 503 } })
    await expect(connect()).rejects.toThrow()
    await fetch(`${server.origin}/faults`, { method: 'DELETE' })
    expect((await call('list_services', {}, await connect())).isError).toBeUndefined()
  })

  it('refuses an unknown session, a body that is not JSON, a foreign host name, and faults unless allowed', async () => {
    const post = (headers: Record<string, string>, body: string) => fetch(server.url, { method: 'POST', headers, body })
    expect((await post({ 'mcp-session-id': 'gone' }, '{}')).status).toBe(404)
    expect((await post({}, '{')).status).toBe(400)
    expect((await post({}, '{}')).status).toBe(400)
    const foreign = request(server.url, { method: 'POST', headers: { host: 'evil.example' } }).end('{}')
    const [refused] = (await once(foreign, 'response')) as [IncomingMessage]
    expect(refused.resume().statusCode).toBe(403)
    const plain = await startTelemetryServer({ pace: 0 })
    expect((await fetch(`${plain.origin}/faults`, { method: 'POST', body: '{}' })).status).toBe(404)
    await plain.close()
  })

  it('runs as its own process, says where it listens, crashes when ordered and leaves on SIGTERM', async () => {
    const start = async () => {
      const path = fileURLToPath(new URL('./server.ts', import.meta.url))
      const child = spawn(process.execPath, [path, '--port', '0', '--faults'], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      return { child, url: /^telemetry server listening on (http:\/\/127\.0\.0\.1:\d+\/mcp)$/.exec(line)?.[1] ?? line }
    }
    const [first, second] = await Promise.all([start(), start()])
    const other = await connect(first.url)
    expect((await other.listTools()).tools).toHaveLength(9)
    const exits = [once(first.child, 'exit'), once(second.child, 'exit')]
    first.child.kill('SIGTERM')
    const crash = await fetch(new URL('/faults', second.url), { method: 'POST', body: '{"crash":true}' })
    expect(crash.status).toBe(202)
    expect(await Promise.all(exits)).toEqual([
      [0, null],
      [1, null],
    ])
  })
})
