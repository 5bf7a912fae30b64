import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { Principal } from '@/lib/access/types'
import { encodeSession } from '@/lib/auth/session'
import { provideServices } from '@/lib/composition'
import { loadEnv, provideEnv } from '@/lib/env'
import { allRoutes } from '@/lib/http/testing/all-routes'
import { type Served, serveRoutes } from '@/lib/http/testing/serve'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'

/** The paths of conversations and their runs. */
export const CHAT_PATHS = [
  '/api/agent/runs',
  '/api/agent/runs/{id}',
  '/api/agent/runs/{id}/events',
  '/api/agent/runs/{id}/cancel',
  '/api/events',
  '/api/evidence/{id}',
  '/api/mcp/tools',
  '/api/me',
  '/api/models',
  '/api/sessions',
  '/api/sessions/current',
  '/api/sessions/{id}',
  '/api/sessions/{id}/queue/{itemId}',
  '/api/sessions/{id}/queue/resume',
]

/** What the tool `picture` answers beside its text. */
export const image = Buffer.from([0, 255, 1, 254, 2, 253, 3])

interface Options {
  as?: Principal | null
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** One process with its routes behind real HTTP, over all tests of a file. */
export function serveChatRoutes() {
  let world: World
  let one: Instance
  let served: Served
  const cookies = new Map<Principal, string>()

  beforeAll(async () => {
    provideEnv(
      loadEnv({
        NEXTAUTH_SECRET: 'x'.repeat(48),
        LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
      }),
    )
    world = await World.create()
    world.tools.add('picture', { annotations: { readOnlyHint: true } }, () => ({
      content: [
        { type: 'text', text: 'größer '.repeat(1_000) },
        { type: 'image', mimeType: 'image/png', data: image.toString('base64') },
      ],
    }))
    one = await world.process({ leaseMilliseconds: 6_000 })
    provideServices(one.services)
    for (const person of [world.ada, world.eddie, world.vera, world.stranger]) {
      cookies.set(person, `next-auth.session-token=${await encodeSession({ id: person.id, sessionVersion: 1 })}`)
    }
    served = await serveRoutes(await allRoutes(), { directly: true })
  })
  afterAll(async () => {
    await served.close()
    await world.close()
  })
  beforeEach(() => world.model.answer(() => [{ text: 'An answer.' }]))

  function request(method: string, path: string, { as = world.ada, body, headers, signal }: Options = {}) {
    return fetch(served.base + path, {
      method,
      signal,
      headers: { ...(as ? { cookie: cookies.get(as) as string } : {}), origin: served.base, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  }
  async function call(method: string, path: string, options: Options = {}) {
    const response = await request(method, path, options)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }
  const start = async (body: object, as = world.ada, headers = {}) =>
    (await call('POST', '/api/agent/runs', { as, body, headers })).body as { runId: string; sessionId: string }

  /** A run that stands still until the gate opens. */
  async function held(as = world.ada) {
    const hold = gate()
    world.model.answerInTurn(
      async function* () {
        yield { text: 'Begun. ' }
        yield { wait: hold.promise }
      },
      () => [{ text: 'Next.' }],
    )
    const started = await start({ message: 'Hold' }, as)
    await expect.poll(async () => JSON.stringify(await world.log(one, started.runId))).toContain('Begun')
    return { ...started, hold }
  }

  async function finished(as = world.ada) {
    const started = await start({ message: 'Ask' }, as)
    return { ...started, log: await world.ended(one, started.runId) }
  }

  return {
    request,
    call,
    start,
    held,
    finished,
    get world() {
      return world
    },
    get one() {
      return one
    },
    get served() {
      return served
    },
  }
}
