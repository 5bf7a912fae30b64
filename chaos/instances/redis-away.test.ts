import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../client.ts'
import { Deployment, hasEnded, type Watching, wordsSeen } from './deployment.ts'

const RUNS = 50
const AWAY = 20_000

describe('three instances whose redis goes away', () => {
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await Deployment.start({ store: 'redis', instances: 3 })
  }, 120_000)
  afterAll(() => deployment.end(), 60_000)

  const ready = async (index: number) => {
    const response = await fetch(`${deployment.address(index)}/api/ready`, { signal: AbortSignal.timeout(10_000) })
    await response.body?.cancel()
    return response.status
  }

  it.each(['redis frozen', 'redis killed and restarted'])(
    'for 20 s in the middle of 50 runs (%s) lose no event and no run, and say so meanwhile',
    async (name) => {
      const fault = deployment.world.store.faults.find((one) => one.name === name)
      if (!fault) throw new Error(`There is no fault "${name}".`)
      const watched: Watching[] = await Promise.all(
        Array.from({ length: RUNS }, async () => {
          const plan = deployment.plan({
            words: 150,
            pace: 60,
            steps: [{ words: 5, calls: [{ tool: 'record' }, { tool: 'look_up' }] }],
          })
          return deployment.watch(deployment.proxy, await deployment.ask(deployment.proxy, plan))
        }),
      )
      await expect.poll(() => watched.filter(({ seen }) => wordsSeen(seen) > 12).length, { timeout: 30_000 }).toBe(RUNS)
      expect(watched.filter(({ seen }) => hasEnded(seen))).toEqual([])

      const away = fault.inflict(AWAY)
      const gone = performance.now()
      await expect.poll(() => Promise.all([0, 1, 2].map(ready)), { timeout: 15_000 }).toEqual([503, 503, 503])
      // Nothing is accepted that could not be kept.
      const refused = await call(deployment.address(0), deployment.token, 'GET', '/api/me')
      expect(refused).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
      await away
      expect(performance.now() - gone).toBeGreaterThan(AWAY - 500)

      await Promise.all(watched.map(({ done }) => done))
      const facts = await deployment.verify()
      const ids = new Set(watched.map(({ seen }) => seen.runId))
      const own = facts.filter(({ id }) => ids.has(id))
      expect(own.map(({ status }) => status)).toEqual(Array(RUNS).fill('completed'))
      // They were given up and taken over: none waited for ever with what it had.
      expect(own.filter(({ attempts }) => attempts > 1).length).toBeGreaterThan(0)
      await expect.poll(() => Promise.all([0, 1, 2].map(ready))).toEqual([200, 200, 200])
    },
    150_000,
  )
})
