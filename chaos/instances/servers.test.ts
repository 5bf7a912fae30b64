import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/lib.mjs'
import { start } from '../processes.ts'
import { type Accepted, Deployment } from './deployment.ts'

// The same built application, once behind `server.mjs` and once behind Next.js alone, on one store.
const OWN = 0
const NEXT = 1

let deployment: Deployment
let finished: Accepted

beforeAll(async () => {
  deployment = await Deployment.start({ store: 'sqlite', instances: 2, servers: ['own', 'next'] })
  finished = await deployment.ask(deployment.address(OWN), deployment.plan({ words: 400, pace: 1 }))
  await deployment.watch(deployment.address(OWN), finished).done
  // Both have loaded their routes by now: the first call of one goes through Next.js in any case.
  for (const way of [OWN, NEXT]) for (const { path } of calls()) await ask(way, { path })
}, 120_000)
afterAll(() => deployment?.end())

interface Call {
  path: string
  method?: string
  body?: string
  headers?: Record<string, string>
  /** No token goes with it. */
  stranger?: boolean
}

const ask = (way: number, { path, method = 'GET', body, headers, stranger = false }: Call) =>
  fetch(deployment.address(way) + path, {
    method,
    body,
    redirect: 'manual',
    headers: {
      ...(stranger ? {} : { authorization: `Bearer ${deployment.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  })

const calls = (): Call[] => {
  const { runId, sessionId } = finished
  return [
    { path: '/api/me' },
    { path: '/api/me', stranger: true },
    { path: '/api/health' },
    { path: '/api/sessions?limit=1' },
    { path: '/api/sessions?limit=many' },
    { path: `/api/sessions/${sessionId}` },
    { path: `/api/sessions/${sessionId}/export?format=markdown` },
    { path: '/api/sessions/current' },
    { path: '/api/sessions/current', method: 'PATCH', body: '{}' },
    { path: `/api/agent/runs/${runId}` },
    { path: `/api/agent/runs/${runId}/events` },
    { path: `/api/agent/runs/${runId}/events?after=3` },
    { path: `/api/agent/runs/${runId}/events`, headers: { 'last-event-id': 'none' } },
    { path: '/api/agent/runs/run_of_nobody' },
    { path: '/api/agent/runs', method: 'POST', body: '{"message": ""}' },
    { path: '/api/agent/runs', method: 'POST', body: 'not JSON' },
    { path: '/api/agent/runs', method: 'POST', body: JSON.stringify({ message: 'x'.repeat(1_100_000) }) },
    { path: '/api/agent/runs/%E0%A4%A', method: 'GET' },
    { path: '/api/me/' },
    { path: '/api/me', method: 'HEAD' },
    { path: '/api/me', method: 'OPTIONS' },
    { path: '/api/me', method: 'DELETE' },
    { path: '/api/none' },
  ]
}

/** What clients go by. */
const HEADERS = ['content-type', 'cache-control', 'location', 'www-authenticate', 'retry-after', 'allow'].concat(
  ['content-disposition', 'x-accel-buffering', 'x-vercel-ai-ui-message-stream', 'x-log-id', 'content-encoding'],
  ['x-content-type-options', 'referrer-policy', 'content-security-policy'],
)

async function seen(way: number, call: Call) {
  const response = await ask(way, call)
  const text = await response.text()
  return {
    status: response.status,
    headers: Object.fromEntries(HEADERS.map((name) => [name, response.headers.get(name)])),
    hasId: response.headers.has('x-request-id'),
    // A page of Next.js' own (404, 405) is its own each time.
    body: response.headers.get('content-type')?.startsWith('text/html') ? 'a page' : withoutIds(text),
  }
}

const withoutIds = (text: string) => text.replace(/"requestId":"[^"]+"/g, '"requestId":"…"')

describe('the server of npm start', () => {
  it('answers every kind of call as Next.js alone does', async () => {
    for (const call of calls()) expect(await seen(OWN, call), JSON.stringify(call)).toEqual(await seen(NEXT, call))
  })

  it('answers the API’s calls itself, and leaves pages to Next.js', async () => {
    const passedNext = async (way: number, path: string) =>
      (await ask(way, { path })).headers.get('vary')?.includes('rsc') ?? false
    expect(await passedNext(NEXT, '/api/me')).toBe(true)
    expect(await passedNext(OWN, '/api/me')).toBe(false)
    expect(await passedNext(OWN, '/sign-in')).toBe(true)
  })

  it.each(['chunks', 'chunks/ssr'])('was built without two %s that hold the same', (name) => {
    const folder = join(ROOT, '.next/server', name)
    const texts = readdirSync(folder)
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(join(folder, file), 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, ''))
      .filter((text) => text.startsWith('module.exports=[') && text.length > 10_000)
    expect(texts.length).toBeGreaterThan(5)
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('takes another question on a connection whose last body was refused as too large', async () => {
    const { port } = new URL(deployment.address(OWN))
    const socket = connect(Number(port), '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (piece) => {
      text += piece
    })
    const head = `host: 127.0.0.1\r\nauthorization: Bearer ${deployment.token}\r\n`
    const chunk = 'x'.repeat(200_000)
    socket.write(`POST /api/agent/runs HTTP/1.1\r\n${head}transfer-encoding: chunked\r\n\r\n`)
    for (let count = 0; count < 8; count += 1) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    socket.write(`0\r\n\r\nGET /api/me HTTP/1.1\r\n${head}connection: close\r\n\r\n`)
    await once(socket, 'close')
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
  })

  it('says what a port is to one that is told none', async () => {
    const log = `${deployment.world.folder}/no-port.log`
    const child = start(process.execPath, ['server.mjs'], { log, env: { ...process.env, PORT: 'http' } })
    expect((await once(child, 'exit'))[0]).toBe(1)
    expect(await readFile(log, 'utf8')).toBe('Longwatch cannot start. PORT: expected a port, 0 to 65535.\n')
  })

  it('says that its port is taken, and begins nothing', async () => {
    const log = `${deployment.world.folder}/port-taken.log`
    // By arguments as `next start` has them, which come before the environment.
    const { port } = new URL(deployment.address(OWN))
    const child = start(process.execPath, ['server.mjs', '-H', '127.0.0.1', '-p', port], {
      log,
      env: { ...process.env, HOST: '0.0.0.0', PORT: '1', DATA_DIR: '/nowhere' },
    })
    const [code] = await once(child, 'exit')
    expect(code).toBe(1)
    expect(await readFile(log, 'utf8')).toMatch(/^Longwatch cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/)
  })
})

// Routes and what executes runs are separate module graphs of a build, and only there.
it('say what was wrong with the model that the start of a run had asked', async () => {
  await deployment.world.setUpstream({ model: 'error' })
  const asked = await deployment.ask(deployment.address(OWN), deployment.plan())
  await deployment.watch(deployment.address(OWN), asked).done
  await deployment.world.setUpstream({ model: null })
  const run = (await (await ask(OWN, { path: `/api/agent/runs/${asked.runId}` })).json()) as object
  expect(run).toMatchObject({ status: 'failed', error: { code: 'model_overloaded' } })
})
