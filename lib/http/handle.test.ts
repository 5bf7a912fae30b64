import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { createToken, revokeToken } from '@/lib/access/tokens'
import { updateUser } from '@/lib/access/users'
import { encodeSession } from '@/lib/auth/session'
import { provideServices } from '@/lib/composition'
import { env, provideEnv } from '@/lib/env'
import { LongwatchError, StoreUnavailable } from '@/lib/errors'
import { handle, type RouteHandler } from '@/lib/http/handle'
import { defineOperation, pageQuery } from '@/lib/http/operation'
import { createLogger } from '@/lib/telemetry/logger'

const echo = defineOperation({
  method: 'POST',
  path: '/echo/{id}',
  summary: 'Echo',
  status: 201,
  params: z.object({ id: z.string() }),
  query: pageQuery.extend({ watch: z.array(z.string()).optional() }),
  body: z.strictObject({ message: z.string().min(1), nested: z.object({ count: z.number() }).optional() }),
  response: z.unknown(),
})
const read = defineOperation({ method: 'GET', path: '/read', summary: 'Read', response: z.unknown() })
const nothing = defineOperation({ method: 'DELETE', path: '/nothing', summary: 'Nothing' })
const open = defineOperation({ method: 'GET', path: '/open', summary: 'Open', auth: 'none', response: z.unknown() })
const failing = defineOperation({
  method: 'GET',
  path: '/failing',
  summary: 'Fails',
  auth: 'none',
  response: z.unknown(),
})

let failure: unknown
let reads = 0
const routes: Record<string, RouteHandler> = {
  'POST /echo': handle(echo, async (ctx, { params, query, body }) => ({
    principal: ctx.principal,
    params,
    query,
    body,
  })),
  'GET /read': handle(read, async (ctx) => {
    reads += 1
    return ctx.principal
  }),
  'DELETE /nothing': handle(nothing, async () => undefined),
  'GET /open': handle(open, async (ctx) => ({ principal: 'principal' in ctx })),
  'GET /failing': handle(failing, async () => {
    throw failure
  }),
}

let world: World
let server: Server
let base: string
let cookie: string
let userId: string
let bearer: string
const logged: string[] = []

beforeAll(async () => {
  world = await makeWorld()
  provideServices({ ...world.services, logger: createLogger('info', { write: (line) => logged.push(line) }) })
  userId = await world.user('ada@acme.test')
  const { id } = await world.organisation('acme', { [userId]: 'viewer' })
  cookie = `next-auth.session-token=${await encodeSession({ id: userId, sessionVersion: 1 })}`
  bearer = `Bearer ${(await createToken(world.store, id, { name: 'ci', role: 'viewer' })).value}`
  // The routes behind a real server, as Next.js calls them.
  server = createServer(async (incoming, outgoing) => {
    const [, first = '', id] = (incoming.url ?? '').split('?')[0]?.split('/') ?? []
    const method = incoming.method ?? 'GET'
    const request = new Request(`http://internal:1${incoming.url}`, {
      method,
      headers: Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      ),
      body: method === 'GET' ? undefined : (Readable.toWeb(incoming) as ReadableStream),
      duplex: 'half',
    } as RequestInit)
    const response = await routes[`${method} /${first}`]?.(request, { params: Promise.resolve({ id }) })
    // What was not read of a body would be taken for the next request.
    if (response?.status === 413) outgoing.setHeader('connection', 'close')
    outgoing.writeHead(response?.status ?? 404, Object.fromEntries(response?.headers ?? []))
    outgoing.end(await response?.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await world.end()
})

async function call(method: string, path: string, init: { headers?: Record<string, string>; body?: BodyInit } = {}) {
  const response = await fetch(base + path, { method, redirect: 'manual', ...init })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}
const post = (body: BodyInit, headers: Record<string, string> = {}, path = '/echo/x') =>
  call('POST', path, { body, headers: { authorization: bearer, ...headers } })

describe('who calls', () => {
  it('is known by cookie or by token, and else told to sign in', async () => {
    expect((await call('GET', '/read', { headers: { cookie } })).body).toEqual({ kind: 'user', id: userId })
    expect((await call('GET', '/read', { headers: { authorization: bearer } })).body).toMatchObject({ kind: 'token' })
    const nobody = await call('GET', '/read')
    expect(nobody.status).toBe(401)
    expect(nobody.body.error).toMatchObject({ code: 'unauthenticated', requestId: nobody.headers.get('x-request-id') })
    expect((await call('GET', '/open')).body).toEqual({ principal: false })
  })

  it('is nobody with a wrong token, whatever the cookie says', async () => {
    for (const authorization of ['Bearer lw_wrong', 'Bearer', 'bearer  ', `Bearer lw_${'x'.repeat(43)}`])
      expect((await call('GET', '/read', { headers: { authorization, cookie } })).status).toBe(401)
  })

  it('is nobody with a revoked token', async () => {
    const { id } = await world.organisation('revoked')
    const { token, value } = await createToken(world.store, id, { name: 'gone', role: 'admin' })
    await revokeToken(world.store, id, token.id)
    expect((await call('GET', '/read', { headers: { authorization: `Bearer ${value}` } })).status).toBe(401)
  })

  it('is known by a cookie in pieces, and by the secure name', async () => {
    const token = cookie.split('=')[1] ?? ''
    const pieces = `next-auth.session-token.0=${token.slice(0, 50)}; next-auth.session-token.1=${token.slice(50)}`
    expect((await call('GET', '/read', { headers: { cookie: pieces } })).status).toBe(200)
    expect((await call('GET', '/read', { headers: { cookie: `__Secure-${cookie}` } })).status).toBe(200)
    expect((await call('GET', '/read', { headers: { cookie: cookie.slice(0, -3) } })).status).toBe(401)
  })

  it('is nobody after a sign-out everywhere, and when disabled', async () => {
    const kim = await world.user('kim@acme.test')
    const headers = { cookie: `next-auth.session-token=${await encodeSession({ id: kim, sessionVersion: 1 })}` }
    expect((await call('GET', '/read', { headers })).status).toBe(200)
    await updateUser(world.store, kim, (user) => ({ ...user, sessionVersion: 2 }))
    expect((await call('GET', '/read', { headers })).status).toBe(401)
    await updateUser(world.store, kim, (user) => ({ ...user, sessionVersion: 1, disabled: true }))
    expect((await call('GET', '/read', { headers })).status).toBe(401)
  })
})

describe('a call that changes state', () => {
  const body = '{"message":"hi"}'
  const status = async (headers: Record<string, string>) =>
    (await call('POST', '/echo/x', { body, headers: { cookie, ...headers } })).status

  it('wants the page’s own origin with a cookie', async () => {
    expect(await status({})).toBe(403)
    expect(await status({ origin: 'null' })).toBe(403)
    expect(await status({ origin: 'https://evil.test' })).toBe(403)
    expect(await status({ origin: `${base}.evil.test` })).toBe(403)
    expect(await status({ origin: base })).toBe(201)
    expect(await status({ origin: 'https://watch.test', 'x-forwarded-host': 'watch.test' })).toBe(201)
  })

  it('wants none with a token', async () => {
    expect((await post(body, { origin: 'https://elsewhere.test' })).status).toBe(201)
  })
})

describe('how often a principal may call', () => {
  it('is limited by the minute: one call more is refused before anything is done, and others still pass', async () => {
    const usual = env()
    const minute = 60_000
    const { id } = await world.organisation('busy')
    const makeToken = async (name: string) =>
      `Bearer ${(await createToken(world.store, id, { name, role: 'viewer' })).value}`
    const busy = await makeToken('busy')
    const other = await makeToken('other')
    const readAs = (authorization: string) => call('GET', '/read', { headers: { authorization } })
    // The clock stands in mid-minute, so that all calls are of one.
    vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(Date.now() / minute) * minute + 20_000 })
    try {
      provideEnv({ ...usual, requestsPerMinute: 2 })
      for (let time = 1; time <= 2; time += 1) expect((await readAs(busy)).status).toBe(200)
      const before = reads
      const refused = await readAs(busy)
      expect(refused.status).toBe(429)
      expect(refused.body.error).toMatchObject({ code: 'rate_limited' })
      expect(refused.headers.get('retry-after')).toBe('40')
      expect(reads).toBe(before)
      expect((await readAs(other)).status).toBe(200)
      vi.setSystemTime(Date.now() + 40_000)
      expect((await readAs(busy)).status).toBe(200)
    } finally {
      vi.useRealTimers()
      provideEnv(usual)
    }
  })
})

describe('what comes in', () => {
  it('is handed over as the schemas make it, with defaults, repeated names and without unknown ones', async () => {
    const answer = await post('{"message":"grüße"}', {}, '/echo/run_1?limit=7&watch=a&__proto__=x&utm=%E0%A4%A')
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      params: { id: 'run_1' },
      query: { limit: 7, watch: ['a'] },
      body: { message: 'grüße' },
    })
    expect((await post('{"message":"x"}', {}, '/echo/x?watch=a&watch=b')).body.query).toEqual({
      limit: 50,
      watch: ['a', 'b'],
    })
  })

  it.each([
    ['{', 'body', ''],
    ['', 'body', ''],
    ['[]', 'body', ''],
    ['{}', 'message', ''],
    ['{"message":7}', 'message', ''],
    ['{"message":""}', 'message', ''],
    ['{"message":"x","nested":{"count":"7"}}', 'nested.count', ''],
    ['{"message":"x","colour":"secret-value"}', 'colour', ''],
    ['{"message":"x"}', 'limit', '?limit=0'],
    ['{"message":"x"}', 'limit', '?limit=abc'],
    ['{"message":"x"}', 'limit', '?limit=1&limit=2'],
  ])('is refused with the name of the field: %s', async (body, field, search) => {
    const answer = await post(body, {}, `/echo/x${search}`)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code: 'bad_request', field })
    expect(answer.body.error.message).toMatch(/^[A-Z].*\.$/)
    expect(answer.body.error.message).not.toContain('secret-value')
  })

  it('is refused when it is not UTF-8', async () => {
    const bytes = new Uint8Array(Buffer.from('{"message":"\xff"}', 'latin1'))
    expect((await post(bytes)).body.error).toMatchObject({ code: 'bad_request', field: 'body' })
  })

  it('is read up to a mebibyte and no further, announced or not', async () => {
    const filled = (bytes: number) => JSON.stringify({ message: 'x'.repeat(bytes - '{"message":""}'.length) })
    expect((await post(filled(1024 * 1024))).status).toBe(201)
    const refused = await post(filled(1024 * 1024 + 1))
    expect(refused.status).toBe(413)
    expect(refused.body.error).toMatchObject({ code: 'payload_too_large' })
    expect(refused.body.error.message).toContain(String(1024 * 1024))
    const request = new Request('http://internal:1/echo/x', {
      method: 'POST',
      headers: { authorization: bearer },
      // Without end, and without a length: whoever reads on never answers.
      body: new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
      duplex: 'half',
    } as RequestInit)
    const response = await routes['POST /echo']?.(request, { params: Promise.resolve({ id: 'x' }) })
    expect(response?.status).toBe(413)
  })
})

describe('what goes out', () => {
  it('is 204 without a result, and never cached', async () => {
    const answer = await call('DELETE', '/nothing', { headers: { authorization: bearer } })
    expect([answer.status, answer.body, answer.headers.get('cache-control')]).toEqual([204, null, 'no-store'])
  })

  it.each([
    [new LongwatchError('rate_limited', 'Slowly.', { retryAfterSeconds: 2.5 }), 429],
    [new LongwatchError('conflict', 'Busy.'), 409],
    [new LongwatchError('gone', 'Gone.'), 410],
    [new StoreUnavailable(), 503],
  ])('is a coded error: %s', async (error, status) => {
    failure = error
    const answer = await call('GET', '/failing')
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatchObject({ code: (error as LongwatchError).code, message: (error as Error).message })
    expect(answer.headers.get('retry-after')).toBe(status === 429 ? '3' : null)
    expect(answer.body.error.dependency).toBe(status === 503 ? 'store' : undefined)
  })

  it('says nothing of an unknown error but the id under which the log knows it', async () => {
    failure = new Error('connect to postgres://root:hunter2@10.0.0.1 refused', { cause: new Error('key sk-topsecret') })
    const answer = await call('GET', '/failing', { headers: { 'x-request-id': 'from-the-proxy-1' } })
    expect(answer.status).toBe(500)
    expect(JSON.stringify(answer.body)).not.toMatch(/postgres|hunter2|sk-/)
    expect(answer.body.error.requestId).toBe('from-the-proxy-1')
    const line = logged.find((text) => text.includes('from-the-proxy-1')) ?? ''
    expect(line).toContain('refused')
    expect(line).not.toMatch(/hunter2|sk-topsecret/)
    failure = z.object({ a: z.string() }).safeParse({}).error
    expect((await call('GET', '/failing')).status).toBe(500)
    failure = 'a string'
    expect((await call('GET', '/failing')).status).toBe(500)
  })

  it('does not take a request id that could forge a log line', async () => {
    const answer = await call('GET', '/open', { headers: { 'x-request-id': '"}{"level":60' } })
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-z]{16}$/)
  })
})
