import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { POST as continueRoute } from '@/app/api/internal/runs/[id]/continue/route'
import { GET as sweepRoute } from '@/app/api/internal/sweep/route'
import { provideServices } from '@/lib/composition'
import { loadEnv, provideEnv } from '@/lib/env'
import { type Served, serveRoutes } from '@/lib/http/testing/serve'
import { newResourceId } from '@/lib/ids'
import { continuationKey, SelfCall, SIGNATURE_HEADER, signContinuation, verifyContinuation } from '@/lib/runs/dispatch'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { type Instance, World } from '@/lib/runs/testing/world'

const sessionSecret = 'a secret of the sessions'
const cronSecret = 'a secret of the timer'
const key = continuationKey(sessionSecret)

let world: World
let process: Instance
let served: Served
const setEnvironment = (more: Record<string, string> = {}) =>
  provideEnv(
    loadEnv({
      NEXTAUTH_SECRET: sessionSecret,
      LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
      NEXTAUTH_URL: 'http://longwatch.test',
      ...more,
    }),
  )

beforeAll(async () => {
  world = await World.create()
  process = await world.process()
  provideServices(process.services)
  served = await serveRoutes({
    'POST /api/internal/runs/{id}/continue': continueRoute,
    'GET /api/internal/sweep': sweepRoute,
  })
  setEnvironment({ CRON_SECRET: cronSecret })
  world.model.answer(() => [{ text: 'done' }])
})
afterAll(async () => {
  await served.close()
  await world.close()
})

/** A run that is active in the store and that nobody executes. */
async function orphan() {
  const idle = await world.process()
  asleep(idle.supervisor)
  return (await startRun(idle.as(world.ada), { message: 'Go on' })).runId
}

describe('the signature of a call to oneself', () => {
  const runId = newResourceId('run', '0123456789')
  const now = 1_000_000

  it('holds for its run, for a minute, under its key', () => {
    const signature = signContinuation(key, runId, now)
    expect(verifyContinuation(key, runId, signature, now + 59_000)).toBe(true)
    expect(verifyContinuation(key, runId, signature, now + 60_000)).toBe(false)
    expect(verifyContinuation(key, newResourceId('run', '0123456789'), signature, now)).toBe(false)
    expect(verifyContinuation(continuationKey('another secret'), runId, signature, now)).toBe(false)
  })

  it('cannot be prolonged, shortened or left out', () => {
    const signature = signContinuation(key, runId, now)
    const [expiry = '', mac = ''] = signature.split('.')
    const forged = [
      null,
      '',
      expiry,
      `${Number(expiry) + 1}.${mac}`,
      `${expiry}.${mac.slice(1)}`,
      `${expiry}.`,
      `.${mac}`,
    ]
    for (const given of forged) expect(verifyContinuation(key, runId, given, now)).toBe(false)
    // A clock far ahead, or a key holder's mistake, makes no ticket for ever.
    expect(verifyContinuation(key, runId, signContinuation(key, runId, now + 3_600_000), now)).toBe(false)
  })
})

describe('a call of the deployment to itself', () => {
  it('has the run executed by whoever answers it', async () => {
    const runId = await orphan()
    await new SelfCall({ baseUrl: `${served.base}/`, key }).dispatch(world.organisation.id, runId)
    expect((await world.ended(process, runId)).at(-1)?.type).toBe('finish')
  })

  it('is not there for strangers', async () => {
    const runId = await orphan()
    const url = `${served.base}/api/internal/runs/${runId}/continue`
    const signed = (signature: string) => fetch(url, { method: 'POST', headers: { [SIGNATURE_HEADER]: signature } })
    expect((await fetch(url, { method: 'POST' })).status).toBe(404)
    expect((await signed(signContinuation(continuationKey('guessed'), runId))).status).toBe(404)
    expect((await signed(signContinuation(key, runId, Date.now() - 120_000))).status).toBe(404)
    expect(await world.log(process, runId)).toEqual([])
  })

  it('fails, coded and without the answer’s words, when it is refused, redirected or not answered', async () => {
    const refusing = (status: number) => async () => new Response('infinite loop at secret.internal', { status })
    const dispatch = (given: Partial<ConstructorParameters<typeof SelfCall>[0]>) =>
      new SelfCall({ baseUrl: served.base, key, ...given }).dispatch('', newResourceId('run', '0123456789'))
    await expect(dispatch({ fetch: refusing(508) })).rejects.toThrow('answered with 508')
    await expect(dispatch({ fetch: refusing(200) })).rejects.toThrow('answered with 200')
    await expect(dispatch({ baseUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'unavailable' })
    await expect(dispatch({ key: continuationKey('an older secret') })).rejects.toThrow('answered with 404')
  })
})

describe('a process that shuts down', () => {
  it('says so, and when to come back, to its own deployment too', async () => {
    const leaving = await world.process()
    await leaving.supervisor.drain()
    provideServices(leaving.services)
    const runId = newResourceId('run', world.organisation.id)
    const answer = await fetch(`${served.base}/api/internal/runs/${runId}/continue`, {
      method: 'POST',
      headers: { [SIGNATURE_HEADER]: signContinuation(key, runId) },
    })
    provideServices(process.services)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect((await answer.json()).error).toMatchObject({ code: 'unavailable', dependency: 'server' })
  })
})

describe('the platform’s timer', () => {
  const sweep = (authorization?: string) =>
    fetch(`${served.base}/api/internal/sweep`, { headers: authorization ? { authorization } : {} })

  it('takes over runs without an owner', async () => {
    const runId = await orphan()
    const answer = await sweep(`Bearer ${cronSecret}`)
    expect(answer.status).toBe(200)
    expect((await world.ended(process, runId)).at(-1)?.type).toBe('finish')
  })

  it('is not there for strangers, nor without a secret', async () => {
    expect((await sweep()).status).toBe(404)
    expect((await sweep('Bearer guessed')).status).toBe(404)
    setEnvironment()
    expect((await sweep(`Bearer ${cronSecret}`)).status).toBe(404)
    expect((await sweep('Bearer ')).status).toBe(404)
    setEnvironment({ CRON_SECRET: cronSecret })
  })
})
