import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRuns } from '../settle.ts'
import { type Accepted, Deployment, hasEnded, takenOverAt, type Watching, wordsSeen } from './deployment.ts'

const TAKEN_OVER_WITHIN = 15_000
const FROZEN_FOR = 30_000
/** A rolling restart hands over; whoever waited for a lease to lapse would have noticed. */
const NOTICED = 8_000
const EXIT_WITHIN = 20_000

describe('three instances over redis', () => {
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await Deployment.start({ store: 'redis', instances: 3 })
  }, 120_000)
  afterAll(() => deployment.end(), 60_000)

  interface Case {
    run: Accepted
    watching: Watching
    keys: string[]
  }

  /** Starts on the first instance and watches on the second; resolves once the run is at the point that is meant. */
  async function at(
    given: Parameters<Deployment['plan']>[0],
    isThere: (watching: Watching, keys: string[]) => unknown,
  ): Promise<Case> {
    const run = await deployment.askOn(0, () => deployment.plan(given))
    const watching = deployment.watch(deployment.address(1), run)
    const keys = run.plan.steps.flatMap(({ calls }) => calls.map(({ key }) => key))
    await expect.poll(() => isThere(watching, keys), { timeout: 15_000 }).toBeTruthy()
    return { run, watching, keys }
  }

  const reached = async (keys: string[]) => {
    const { ledger } = await deployment.world.upstream()
    return keys.every((key) => ledger.some((entry) => entry.key === key))
  }
  const results = ({ seen }: Watching) =>
    seen.events.filter(({ data }) => data.startsWith('{"type":"tool-output-available"')).length

  it('take over within 15 s what a killed one was doing, at every point of a step', async () => {
    const long = { words: 500, pace: 20 }
    const reading = { tool: 'look_up', takes: 6_000 } as const
    const writing = { tool: 'record', takes: 6_000 } as const
    const speaks = ({ seen }: Watching) => wordsSeen(seen) > 10
    const text = await at(long, speaks)
    const reasoning = await at({ ...long, reasons: true }, speaks)
    // Between two steps: the results of the first one are kept.
    const second = await at({ ...long, steps: [{ calls: [{ tool: 'record' }, { tool: 'look_up' }] }] }, speaks)
    const inParallel = await at(
      { steps: [{ calls: [{ tool: 'record' }, reading, writing] }] },
      async (watching, keys) => (await reached(keys)) && results(watching) === 1,
    )
    const inRead = await at({ steps: [{ calls: [reading] }] }, (_, keys) => reached(keys))
    const inWrite = await at({ steps: [{ calls: [writing] }] }, (_, keys) => reached(keys))
    // Before the first event of the model: it has been asked, and nothing came.
    await deployment.world.setUpstream({ model: 'hang' })
    const { modelCalls } = await deployment.world.upstream()
    const before = await at(long, async () => (await deployment.world.upstream()).modelCalls > modelCalls)
    const cases = [before, text, reasoning, second, inParallel, inRead, inWrite]
    const owners = await Promise.all(cases.map(({ run }) => deployment.ownerOf(run)))
    expect(owners.map((owner) => owner?.name)).toEqual(cases.map(() => 'instance-1'))

    const killed = performance.now()
    // It stays away for as long as a take-over may last: what is taken over in that time, others took.
    const restarted = deployment.instance(0).killAndRestart(TAKEN_OVER_WITHIN)
    await deployment.world.setUpstream({ model: null })
    await Promise.all(cases.map(({ watching }) => watching.done))
    await restarted
    for (const { watching } of cases) {
      const taken = takenOverAt(watching.seen)
      expect(taken, `run ${watching.seen.runId} was taken over`).not.toBeNull()
      expect((taken as number) - killed).toBeLessThan(TAKEN_OVER_WITHIN)
    }
    const facts = await deployment.verify()
    expect(facts.filter(({ status }) => status !== 'completed')).toEqual([])
    const logOf = ({ run }: Case) => JSON.stringify(facts.find(({ id }) => id === run.runId)?.log)
    for (const one of [inWrite, inParallel]) expect(logOf(one)).toMatch(/outcome unknown/i)
    expect(logOf(inRead)).not.toMatch(/outcome unknown/i)
    const { ledger } = await deployment.world.upstream()
    const times = ({ keys }: Case) => keys.map((key) => ledger.filter((entry) => entry.key === key).length)
    expect(times(inRead)).toEqual([2])
    expect(times(inWrite)).toEqual([1])
    expect(times(inParallel)).toEqual([1, 2, 1])
    expect(times(second)).toEqual([1, 1])
  }, 90_000)

  it('fence one that was frozen for 30 s: nothing of it lands, and no call is sent twice', async () => {
    const speaks = ({ seen }: Watching) => wordsSeen(seen) > 5
    // Thawed, it would settle the run.
    const settles = await at({ words: 250 }, speaks)
    // While it is frozen, the model's whole answer arrives in its socket: thawed, it would make the call.
    const sends = await at({ steps: [{ words: 150, calls: [{ tool: 'record' }] }] }, speaks)
    // The call's result arrives there: thawed, it would store it.
    const waits = await at({ steps: [{ calls: [{ tool: 'record', takes: 3_000 }] }] }, (_, keys) => reached(keys))
    const cases = [settles, sends, waits]
    const owners = await Promise.all(cases.map(({ run }) => deployment.ownerOf(run)))
    expect(owners.map((owner) => owner?.name)).toEqual(cases.map(() => 'instance-1'))
    const frozen = deployment.instance(0)
    const logged = deployment.logOf(frozen).length
    const freezing = frozen.freeze(FROZEN_FOR)
    await Promise.all(cases.map(({ watching }) => watching.done))
    const outside = { url: deployment.address(1), records: deployment.records }
    const observe = async () => ({
      runs: (await readRuns(outside)).map((run) => ({ ...run, log: run.log.map(({ n, data }) => ({ n, data })) })),
      ledger: (await deployment.world.upstream()).ledger,
    })
    const before = await observe()
    for (const { run, watching } of cases) {
      expect(hasEnded(watching.seen)).toBe(true)
      expect(before.runs.find(({ id }) => id === run.runId)).toMatchObject({ status: 'completed', attempts: 2 })
    }
    expect(frozen.state).toBe('frozen')
    await freezing
    // It noticed, for each of them, and let go.
    const givenUp = () => {
      const lines = deployment.logOf(frozen).slice(logged).split('\n')
      return cases.filter(({ run }) => lines.some((line) => line.includes('run given up') && line.includes(run.runId)))
    }
    await expect.poll(() => givenUp().length, { timeout: 20_000 }).toBe(cases.length)
    expect(await observe()).toEqual(before)
    for (const { keys } of [sends, waits]) {
      expect(before.ledger.filter(({ key }) => keys.includes(key))).toHaveLength(1)
    }
    await deployment.verify()
  }, 120_000)

  it('are restarted one after the other under load, in time, and no watcher notices', async () => {
    const over = new AbortController()
    const watched: Watching[] = []
    const client = async () => {
      let sessionId: string | undefined
      while (!over.signal.aborted) {
        const plan = deployment.plan({
          words: 120,
          pace: 25,
          reasons: true,
          steps: [{ words: 20, calls: [{ tool: 'record', takes: 500 }, { tool: 'look_up' }] }],
        })
        const run = await deployment.ask(deployment.proxy, plan, sessionId ? { sessionId } : {})
        sessionId = run.sessionId
        const watching = deployment.watch(deployment.proxy, run)
        watched.push(watching)
        await watching.done
      }
    }
    const clients = Promise.all(Array.from({ length: 6 }, client))
    await expect.poll(() => watched.filter(({ seen }) => seen.events.length > 10).length, { timeout: 20_000 }).toBe(6)
    const exits: number[] = []
    for (const instance of deployment.world.instances) {
      const asked = performance.now()
      expect(await instance.stop()).toBeNull()
      exits.push(performance.now() - asked)
      await instance.start()
    }
    over.abort()
    await clients
    expect(Math.max(...exits)).toBeLessThan(EXIT_WITHIN)
    const facts = await deployment.verify()
    const handedOver = facts.filter(({ log }) => log.some(({ data }) => data.includes('"handedOver":true')))
    expect(handedOver.length).toBeGreaterThan(0)
    const pauses = watched.flatMap(({ seen }) =>
      seen.events.map(({ at: now = 0 }, index) => now - (seen.events[index - 1]?.at ?? now)),
    )
    expect(Math.max(...pauses)).toBeLessThan(NOTICED)
  }, 120_000)
})
