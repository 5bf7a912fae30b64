import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GET as health } from '@/app/api/health/route'
import { GET as me } from '@/app/api/me/route'
import { GET as metrics } from '@/app/api/metrics/route'
import { GET as openapi } from '@/app/api/openapi.json/route'
import { GET as ready } from '@/app/api/ready/route'
import { POST as setUp } from '@/app/api/setup/route'
import { listAll } from '@/lib/access/provisioning/reconcile'
import { offerSetup } from '@/lib/access/setup'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { createToken } from '@/lib/access/tokens'
import { encodeSession } from '@/lib/auth/session'
import { provideServices } from '@/lib/composition'
import type { Services } from '@/lib/context'
import { provideEnv } from '@/lib/env'
import { mcpServers } from '@/lib/mcp/config'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { createLogger } from '@/lib/telemetry/logger'

let world: World
beforeAll(async () => {
  world = await makeWorld({ GRAFANA_URL: 'http://grafana.test' })
  provideServices(world.services)
})
afterAll(() => world.end())

const context = { params: Promise.resolve({}) }
const request = (path: string, headers: Record<string, string> = {}) =>
  new Request(`http://internal:1${path}`, { headers })

describe('the first start', () => {
  it('is set up over HTTP with the code from the log, once, and gets what the environment names', async () => {
    const lines: string[] = []
    await offerSetup(world.store, createLogger('info', { write: (line) => lines.push(line) }))
    const body = { email: 'root@acme.test', name: 'Root', password: 'correct horse', organisation: 'Acme' }
    const post = (code: string, headers: Record<string, string> = {}) =>
      setUp(
        new Request('http://internal:1/api/setup', {
          method: 'POST',
          headers: { host: 'watch.test', ...headers },
          body: JSON.stringify({ ...body, code }),
        }),
        context,
      )
    const { setupCode } = JSON.parse(lines[0] ?? '{}')
    expect((await post('wrong')).status).toBe(400)
    expect((await post(setupCode, { origin: 'https://evil.test' })).status).toBe(403)
    const done = await post(setupCode, { origin: 'http://watch.test' })
    expect(done.status).toBe(201)
    const { user, organisation } = await done.json()
    expect(user).toEqual({ id: expect.any(String), email: 'root@acme.test', name: 'Root' })
    expect((await post(setupCode)).status).toBe(404)
    expect((await listAll(world.store, organisation.id, mcpServers)).map(({ body: { name } }) => name)).toEqual([
      'grafana',
    ])

    const cookie = `next-auth.session-token=${await encodeSession({ id: user.id, sessionVersion: 1 })}`
    expect(await (await me(request('/api/me', { cookie }), context)).json()).toEqual({
      principal: { kind: 'user', ...user, serverAdmin: true },
      memberships: [{ organisation, role: 'admin' }],
    })
    const { value, token } = await createToken(world.store, organisation.id, { name: 'ci', role: 'viewer' })
    expect(await (await me(request('/api/me', { authorization: `Bearer ${value}` }), context)).json()).toEqual({
      principal: { kind: 'token', id: token.id, name: 'ci' },
      memberships: [{ organisation, role: 'viewer' }],
    })
  })
})

describe('operations', () => {
  it('tell a process that lives from one that can work', async () => {
    expect((await ready(request('/api/ready'), context)).status).toBe(200)
    const closed = await openSqliteStore({ file: `${world.folder}/other.db` })
    await closed.close()
    const supervisor = { accepts: () => false } as Services['supervisor']
    provideServices({ ...world.services, store: closed, supervisor })
    const answer = await ready(request('/api/ready'), context)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      status: 'not_ready',
      dependencies: { store: { status: 'down' }, runs: { status: 'down' } },
    })
    expect((await health()).status).toBe(200)
    provideServices(world.services)
  })

  it('give metrics to whoever has the token, and do not exist without one', async () => {
    expect((await metrics(request('/api/metrics'))).status).toBe(404)
    provideEnv({ ...world.env, metricsToken: 'scrape-me' })
    expect((await metrics(request('/api/metrics'))).status).toBe(401)
    expect((await metrics(request('/api/metrics', { authorization: 'Bearer wrong' }))).status).toBe(401)
    const answer = await metrics(request('/api/metrics', { authorization: 'Bearer scrape-me' }))
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    const text = await answer.text()
    expect(text).toMatch(
      /longwatch_http_request_duration_seconds_count\{method="GET",path="\/api\/ready",status="503"\} 1/,
    )
    provideEnv(world.env)
  })

  it('describe the API', async () => {
    expect(await (await openapi()).json()).toMatchObject({ openapi: '3.1.0', paths: { '/api/me': {} } })
  })
})
