import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { passwordCost } from '@/lib/access/passwords'
import { Browser } from '@/lib/auth/testing/browser'
import { type Composed, compose, provideServices } from '@/lib/composition'
import { loadEnv, provideEnv } from '@/lib/env'
import { operations } from '@/lib/http/operations'
import { allRoutes } from '@/lib/http/testing/all-routes'
import { type Served, serveRoutes } from '@/lib/http/testing/serve'
import { startHttpServer, type TestHttpServer } from '@/lib/mcp/testing/http-server'
import { Script } from '@/lib/mcp/testing/script'

/** Recognisable, and unlike one another; none looks like a credential that the log masks anyway. */
const PLANTED = {
  password: 'planted~password~of~ada',
  newPassword: 'planted~password~chosen~later',
  modelKey: 'planted~key~of~the~model',
  provisionedHeader: 'planted~header~of~the~file',
  apiHeader: 'planted~header~typed~in~the~page',
  dataSourcePassword: 'planted~password~of~prometheus',
  token: 'lw_planted-token-of-the-pipeline-0001',
}

const log = vi.hoisted(() => ({ lines: [] as string[] }))
vi.mock('@/lib/telemetry/logger', async (original) => {
  const real = await original<typeof import('@/lib/telemetry/logger')>()
  return { ...real, createLogger: () => real.createLogger('trace', { write: (line) => void log.lines.push(line) }) }
})

let folder: string
let composed: Composed
let served: Served
let upstream: Upstream
let tools: TestHttpServer
let cookie: string
/** Every answer of the API, by its call. */
const answers: [string, string][] = []

interface Upstream {
  server: Server
  url: string
  /** The credentials that arrived: the proof that the planted ones were used. */
  seen: string
  /** `read`: it calls for the file that it was told of, and for a tool. */
  mode: 'answer' | 'refuse' | 'read'
}

/** A model, and an MCP server at `/broken`, that answer with all that they were sent when they refuse. */
async function startUpstream(): Promise<Upstream> {
  const upstream: Upstream = { server: createServer(), url: '', seen: '', mode: 'answer' }
  upstream.server.on('request', async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    const credentials = JSON.stringify(request.headers)
    upstream.seen += credentials + body
    if (upstream.mode === 'refuse' || request.url?.startsWith('/broken')) {
      response.writeHead(401, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ error: { message: `Wrong credentials: ${credentials} for ${body}` } }))
    }
    const chunk = (delta: object, finish_reason: string | null = null) =>
      `data: ${JSON.stringify({ id: '1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const look = /"name":"(\w*look)"/.exec(body)?.[1]
    if (upstream.mode === 'read' && look && !body.includes('"tool_call_id"')) {
      const evidenceId = /att_[\w.-]+/.exec(body)?.[0]
      const called = { read_evidence: { evidenceId }, [look]: {} }
      const calls = Object.entries(called).map(([name, input], index) => {
        return { index, id: `call_${index}`, type: 'function', function: { name, arguments: JSON.stringify(input) } }
      })
      return void response.end(`${chunk({ tool_calls: calls })}${chunk({}, 'tool_calls')}data: [DONE]\n\n`)
    }
    response.end(`${chunk({ role: 'assistant', content: 'ready' })}${chunk({}, 'stop')}data: [DONE]\n\n`)
  })
  await new Promise<void>((resolve) => upstream.server.listen(0, '127.0.0.1', resolve))
  upstream.url = `http://127.0.0.1:${(upstream.server.address() as AddressInfo).port}`
  return upstream
}

beforeAll(async () => {
  Object.assign(passwordCost, { logarithm: 4, parallelism: 1 })
  folder = mkdtempSync(join(tmpdir(), 'longwatch-planted-'))
  upstream = await startUpstream()
  const script = new Script().add('look', { annotations: { readOnlyHint: true } })
  tools = await startHttpServer({ serve: () => script.serve() })
  const file = join(folder, 'provisioning.yaml')
  const provisioning = {
    users: [{ email: 'ada@acme.test', name: 'Ada', password: PLANTED.password }],
    organisations: [
      {
        slug: 'acme',
        name: 'Acme',
        members: [{ email: 'ada@acme.test', role: 'admin' }],
        tokens: [{ name: 'pipeline', role: 'editor', value: PLANTED.token }],
        model: {
          provider: 'openai-compatible',
          baseUrl: `${upstream.url}/v1`,
          apiKey: PLANTED.modelKey,
          model: 'm',
        },
        mcpServers: [
          {
            name: 'shop',
            transport: 'streamable-http',
            url: tools.url,
            reviewed: true,
            headers: { 'X-Key': PLANTED.provisionedHeader },
          },
          {
            name: 'broken',
            transport: 'streamable-http',
            url: `${upstream.url}/broken`,
            headers: { 'X-Key': PLANTED.provisionedHeader },
          },
        ],
        dataSources: [
          {
            type: 'prometheus',
            name: 'prod',
            url: `${upstream.url}/broken`,
            user: 'reader',
            password: PLANTED.dataSourcePassword,
          },
        ],
      },
    ],
  }
  // JSON is YAML, too.
  writeFileSync(file, JSON.stringify(provisioning))
  const env = loadEnv({
    DATA_DIR: folder,
    LONGWATCH_PROVISIONING: file,
    LONGWATCH_ALLOWED_NETWORKS: '127.0.0.0/8',
    LONGWATCH_LOG_LEVEL: 'trace',
  })
  provideEnv(env)
  composed = await compose(env)
  provideServices(composed)
  served = await serveRoutes(await allRoutes())
  const browser = new Browser(composed, '192.0.2.1')
  await browser.signIn('ada@acme.test', 'wrong~one')
  await browser.signIn('ada@acme.test', PLANTED.password)
  cookie = browser.cookie
})
afterAll(async () => {
  await composed.shutDown()
  await served.close()
  await tools.close()
  upstream.server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function call(method: string, path: string, body?: unknown, as: Record<string, string> = { cookie }) {
  const signal = AbortSignal.timeout(path.startsWith('/api/events') ? 1_000 : 20_000)
  const response = await fetch(served.base + path, {
    method,
    signal,
    headers: { origin: served.base, ...as },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  let text = JSON.stringify([...response.headers])
  try {
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) text += Buffer.from(piece).toString()
  } catch (error) {
    // The browser's stream does not end by itself.
    if (!signal.aborted) throw error
  }
  answers.push([`${method} ${path}`, text])
  return { status: response.status, text }
}
const json = <Body>(text: string) => JSON.parse(text.slice(text.indexOf(']]') + 2)) as Body

/** A text and what it may be hidden in. */
const forms = (text: string) => [
  text,
  Buffer.from(text).toString('base64').replace(/=+$/, ''),
  encodeURIComponent(text),
]

it('secrets are in no answer, log line, event, audit record or diagnostic of a session of use', async () => {
  // What is used, and what fails while it is used.
  const asked = async (message: string) => {
    const { text } = await call('POST', '/api/agent/runs', { message })
    const { runId, sessionId } = json<{ runId: string; sessionId: string }>(text)
    await call('GET', `/api/agent/runs/${runId}/events`)
    await call('GET', `/api/agent/runs/${runId}`)
    await call('GET', `/api/sessions/${sessionId}`)
    await call('GET', `/api/events?watch=session:${sessionId}`)
  }
  await asked('Is everything well?')
  await call('POST', '/api/diagnostics/model')
  upstream.mode = 'refuse'
  await asked('And now?')
  await call('POST', '/api/diagnostics/model')
  upstream.mode = 'answer'

  // What an administrator types.
  const server = {
    name: 'typed',
    transport: 'streamable-http',
    url: `${upstream.url}/broken`,
    headers: [{ name: 'Authorization', value: PLANTED.apiHeader }],
  }
  const created = await call('POST', '/api/mcp/servers', server)
  expect(created.status).toBe(201)
  const { id } = json<{ id: string }>(created.text)
  await call('POST', `/api/mcp/servers/${id}/test`)
  await call('POST', '/api/mcp/servers/test', { ...server, name: undefined })
  await call('PATCH', `/api/mcp/servers/${id}`, {
    headers: [{ name: 'Authorization', value: `${PLANTED.apiHeader}2` }],
  })
  await call('POST', '/api/mcp/servers', { ...server, headers: [{ name: 'bad name', value: PLANTED.apiHeader }] })
  await call('POST', '/api/profile/password', { current: PLANTED.newPassword, password: PLANTED.newPassword })
  await call('POST', '/api/profile/password', { current: PLANTED.password, password: 1, extra: PLANTED.newPassword })
  await call('GET', '/api/me', undefined, { authorization: `Bearer ${PLANTED.token}` })
  await call('GET', '/api/me', undefined, { authorization: `Bearer ${PLANTED.token}x` })

  // Everything that can be read.
  for (const { method, path } of operations) {
    if (method === 'GET' && !path.includes('{') && path !== '/api/events') await call('GET', path)
  }
  await call('GET', '/api/mcp/servers?fresh=true')
  await call('GET', `/api/mcp/servers/${id}`)
  await call('DELETE', `/api/mcp/servers/${id}`)
  await call('GET', '/api/audit')
  await call('GET', '/api/audit/export')

  // It was no empty session: the planted things were really used, and the log really written.
  for (const used of [PLANTED.modelKey, PLANTED.provisionedHeader, PLANTED.apiHeader])
    expect(upstream.seen).toContain(used)
  expect(answers.find(([name]) => name === 'GET /api/audit')?.[1]).toContain('mcp-server.create')
  expect(log.lines.length).toBeGreaterThan(3)

  const leaks = Object.entries(PLANTED).flatMap(([name, secret]) =>
    forms(secret).flatMap((form) => [
      ...answers.filter(([, text]) => text.includes(form)).map(([from]) => `${name} in ${from}`),
      ...log.lines.filter((line) => line.includes(form)).map((line) => `${name} in the log: ${line.slice(0, 200)}`),
    ]),
  )
  expect(leaks).toEqual([])
  // Sealed texts and hashes stay inside, too.
  for (const [from, text] of answers) {
    expect(`${from}: ${/"sealed":"|"hash":"|scrypt|sessionVersion/.exec(text)?.[0]}`).toBe(`${from}: undefined`)
  }
}, 60_000)

it('what stands in a file is in no log line and no audit record, whatever is done with it', async () => {
  const planted = 'planted~line~of~a~file~that~a~person~sent'
  const upload = async (body: Buffer, name = 'a.log') => {
    const response = await fetch(`${served.base}/api/attachments?name=${name}`, {
      method: 'POST',
      headers: { origin: served.base, cookie },
      body: new Uint8Array(body),
    })
    return (await response.json()) as { id: string }
  }
  const ask = async (attachments: string[], more: object = {}) => {
    const { text } = await call('POST', '/api/agent/runs', { message: '', attachments, ...more })
    const started = json<{ runId: string; sessionId: string }>(text)
    await call('GET', `/api/agent/runs/${started.runId}/events`)
    return started
  }
  const lines = Buffer.from(`${planted}\n`.repeat(2_000))
  const { id } = await upload(lines)
  upstream.mode = 'read'
  const { sessionId } = await ask([id])
  upstream.mode = 'refuse'
  await ask([id], { sessionId })
  upstream.mode = 'answer'
  await call('GET', `/api/attachments/${id}`)
  await call('GET', `/api/evidence/${id}?limit=100`)
  await call('DELETE', `/api/attachments/${id}`)
  const unsent = await upload(lines)
  await call('DELETE', `/api/attachments/${unsent.id}`)
  await upload(Buffer.concat([Buffer.from([0]), lines]))
  await upload(Buffer.alloc(4_000_000, planted))
  await call('POST', '/api/agent/runs', { message: '', attachments: [unsent.id] })
  await call('GET', `/api/sessions/${sessionId}/export?format=json`)
  await call('DELETE', `/api/sessions/${sessionId}`)

  // The model was told it and read it, and its calls were recorded.
  expect(upstream.seen.split(planted).length).toBeGreaterThan(100)
  expect(upstream.seen).toContain('"tool_call_id":"call_0"')
  const audit = (await call('GET', '/api/audit')).text + (await call('GET', '/api/audit/export')).text
  expect(audit).toContain('tool.call')
  expect(audit).toContain(sessionId)
  expect(log.lines.some((line) => line.includes(sessionId) || line.includes('model'))).toBe(true)
  for (const form of forms(planted)) {
    expect(audit.includes(form), `the audit log holds ${form}`).toBe(false)
    expect(log.lines.filter((line) => line.includes(form)).map((line) => line.slice(0, 300))).toEqual([])
  }
}, 60_000)
