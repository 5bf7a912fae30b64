import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { findOrganisation } from '@/lib/access/organisations'
import { type Composed, compose } from '@/lib/composition'
import type { Ctx } from '@/lib/context'
import { loadEnv } from '@/lib/env'
import { text } from '@/lib/mcp/testing/script'
import { continueRun } from '@/lib/runs/continue'
import { SIGNATURE_HEADER } from '@/lib/runs/dispatch'
import { getRun } from '@/lib/runs/get'
import { inInvocation } from '@/lib/runs/invocation'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'
import { watchRun } from '@/lib/runs/watch'
import { startUpstashRestServer } from '@/lib/stores/redis/upstash-rest-server'

const { after } = vi.hoisted(() => ({ after: vi.fn<(work: Promise<void>) => void>() }))
vi.mock('next/server', async (original) => ({ ...(await original<object>()), after }))

const sessionSecret = 'a secret of the sessions'
const SERVERLESS = { VERCEL: '1', VERCEL_URL: 'longwatch-7.vercel.test' }

let world: World
/** Follows runs only: asking for one's state would have it taken over. */
let reader: Instance
let composed: Composed | null = null
beforeAll(async () => {
  world = await World.create({}, 'redis')
  reader = await world.process()
  world.tools.add('note', { annotations: { readOnlyHint: false, destructiveHint: false } }, () => text('noted'))
})
beforeEach(() => {
  after.mockReset()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await composed?.shutDown()
  composed = null
})
afterAll(() => world.close())

/** The process that these variables make of Longwatch; on the world's Redis unless they say otherwise. */
async function start(variables: Record<string, string>): Promise<Composed> {
  const environment = loadEnv({
    NEXTAUTH_SECRET: sessionSecret,
    LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    LONGWATCH_LOG_LEVEL: 'silent',
    LONGWATCH_ALLOWED_NETWORKS: '127.0.0.0/8',
    LLM_BASE_URL: world.model.url,
    LLM_MODEL: 'test-model',
    REDIS_URL: world.redis?.url,
    ...variables,
  })
  composed = await compose(environment)
  return composed
}

const as = (services: Composed): Ctx => ({ services, principal: world.ada, requestId: 'test' })
const lastEvent = async (runId: string) => (await world.ended(reader, runId)).at(-1)?.type
const isSettled = (work: Promise<void>) => Promise.race([work.then(() => true), Promise.resolve(false)])
const isAsked = (question: string) =>
  world.model.requests.some(({ body }) => JSON.stringify(body.messages).includes(question))

describe('on serverless', () => {
  it('the platform is asked to stay until the run is settled, and no longer', async () => {
    const answer = gate()
    world.model.answer(async function* () {
      yield { wait: answer.promise }
      yield { text: 'done' }
    })
    const services = await start(SERVERLESS)
    const { runId } = await inInvocation(() => startRun(as(services), { message: 'What is wrong?' }))
    await expect.poll(() => isAsked('What is wrong?')).toBe(true)
    expect(after).toHaveBeenCalledOnce()
    const work = after.mock.calls[0]?.[0] as Promise<void>
    expect(await isSettled(work)).toBe(false)
    answer.open()
    await work
    expect(await getRun(as(services), { runId })).toMatchObject({ status: 'completed' })
  })

  it('a run goes on also where the platform cannot be asked, which is outside of requests', async () => {
    after.mockImplementation(() => {
      throw new Error('`after` was called outside a request scope.')
    })
    world.model.answer(() => [{ text: 'done' }])
    const services = await start(SERVERLESS)
    const { runId } = await startRun(as(services), { message: 'Alone' })
    expect(await lastEvent(runId)).toBe('finish')
    expect(after).toHaveBeenCalledOnce()
  })

  it('near the limit the deployment calls itself, signed, and a fresh invocation ends the run', async () => {
    const never = gate()
    world.model.answerInTurn(
      () => [{ call: 'shop__note', arguments: '{}' }],
      async function* () {
        yield { wait: never.promise }
      },
      () => [{ text: 'from the fresh invocation' }],
    )
    const services = await start({
      ...SERVERLESS,
      LONGWATCH_MAX_DURATION: '5',
      VERCEL_AUTOMATION_BYPASS_SECRET: 'opens-the-deployment',
    })
    const calls: { url: string; method?: string; headers: Headers }[] = []
    const { fetch } = globalThis
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const url = String(input)
      if (!url.includes(SERVERLESS.VERCEL_URL)) return fetch(input, init)
      const headers = new Headers(init?.headers)
      calls.push({ url, method: init?.method, headers })
      const given = { runId: url.split('/').at(-2) ?? '', signature: headers.get(SIGNATURE_HEADER), sessionSecret }
      inInvocation(() => continueRun(services.supervisor, given))
      return new Response(null, { status: 202 })
    })

    const began = performance.now()
    const { runId } = await inInvocation(() => startRun(as(services), { message: 'Go on for long' }))
    expect(await lastEvent(runId)).toBe('finish')
    expect(performance.now() - began).toBeGreaterThan(4_000)
    expect(calls).toHaveLength(1)
    expect(calls[0]).toMatchObject({
      url: `https://longwatch-7.vercel.test/api/internal/runs/${runId}/continue`,
      method: 'POST',
    })
    expect(calls[0]?.headers.get('x-vercel-protection-bypass')).toBe('opens-the-deployment')
    expect(await getRun(as(services), { runId })).toMatchObject({ attempts: 2 })
    // Both invocations were kept: the one that gave the run up, and the one that ended it.
    expect(after).toHaveBeenCalledTimes(2)
    never.open()
  }, 30_000)

  it('event streams close before the platform cuts them', async () => {
    const { streams } = await start({ ...SERVERLESS, LONGWATCH_MAX_DURATION: '5' })
    expect(streams.lifetimeMilliseconds).toBe(4_500)
  })

  it('a run that another invocation gives up is taken over by who watches it, and no other run is', async () => {
    const never = gate()
    let isLeft = false
    world.model.answer(async function* () {
      if (!isLeft) yield { wait: never.promise }
      yield { text: 'done' }
    })
    const leaving = await world.process({ drainGrace: { model: 0, tools: 0 } })
    const runIds: string[] = []
    for (const message of ['The watched one', 'The other one']) {
      runIds.push((await startRun(leaving.as(world.ada), { message })).runId)
      await expect.poll(() => isAsked(message)).toBe(true)
    }
    const [watched = '', other = ''] = runIds
    const services = await start(SERVERLESS)
    const signal = AbortSignal.timeout(15_000)
    const { events } = await watchRun(as(services), { runId: watched, after: 0, signal })
    // The first events are there already: from here on the run is watched.
    await events.next()
    await expect.poll(() => services.supervisor.active()).toBe(0)

    isLeft = true
    await leaving.supervisor.drain()
    for await (const _ of events);
    expect(signal.aborted).toBe(false)
    expect(await getRun(as(services), { runId: watched })).toMatchObject({ status: 'completed', attempts: 2 })
    expect(await getRun(as(services), { runId: other })).toMatchObject({ status: 'running', attempts: 1 })
    never.open()
  })

  it('a shutdown waits for no model', async () => {
    const never = gate()
    world.model.answer(async function* () {
      yield { wait: never.promise }
    })
    const services = await start(SERVERLESS)
    await startRun(as(services), { message: 'Cut me short' })
    await expect.poll(() => isAsked('Cut me short')).toBe(true)
    composed = null
    const told = performance.now()
    await services.shutDown()
    expect(performance.now() - told).toBeLessThan(2_500)
    expect(services.streams.signal.aborted).toBe(true)
    never.open()
  })

  it('the store is Upstash when its two variables are there', async () => {
    const rest = await startUpstashRestServer(world.redis?.url ?? '')
    try {
      const upstash = { REDIS_URL: '', UPSTASH_REDIS_REST_URL: rest.url, UPSTASH_REDIS_REST_TOKEN: rest.token }
      const { store } = await start({ ...SERVERLESS, ...upstash })
      expect(await findOrganisation(store, world.organisation.id)).toMatchObject({ slug: 'acme' })
      expect(rest.requests.size).toBeGreaterThan(0)
      await composed?.shutDown()
      composed = null
    } finally {
      await rest.dispose()
    }
  })
})

describe('on a server of its own', () => {
  it('nothing limits runs and streams, nobody is asked to stay, and runs without an owner are looked for', async () => {
    world.model.answer(() => [{ text: 'done' }])
    const idle = await world.process()
    asleep(idle.supervisor)
    const { runId } = await startRun(idle.as(world.ada), { message: 'Left alone' })
    const services = await start({})
    expect(await lastEvent(runId)).toBe('finish')
    expect(after).not.toHaveBeenCalled()
    expect(services.streams.lifetimeMilliseconds).toBeUndefined()
  })
})
