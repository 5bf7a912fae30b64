import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messageOfPlan } from '../plan.ts'
import { type Accepted, Deployment, hasEnded, LEASE_SECONDS, wordsSeen } from './deployment.ts'

/** A renewal of the lease, with which the owner reads whether it shall stop. */
const HEARTBEAT = (LEASE_SECONDS * 1_000) / 3
/** Half of the poll that is the safety net where wake-ups are pushed: as a median of several it is not met without push. */
const AT_ONCE = 500
const STOPS = 5

describe.each([
  { store: 'redis', instances: 3 },
  { store: 'sqlite', instances: 2 },
] as const)('$instances instances over $store', (options) => {
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await Deployment.start(options)
  }, 120_000)
  afterAll(() => deployment.end(), 60_000)

  /** Starts on the first, watches on the second, stops from the third (of two: the other than the owner); how long it took. */
  async function stopFromElsewhere(): Promise<number> {
    const run = await deployment.askOn(0, () => deployment.plan({ words: 600, pace: 20 }))
    const { seen, done } = deployment.watch(deployment.address(1), run)
    await expect.poll(() => wordsSeen(seen), { timeout: 10_000 }).toBeGreaterThan(10)
    const third = options.instances > 2 ? 2 : 1
    const asked = performance.now()
    await deployment.stop(deployment.address(third), run)
    await done
    expect(JSON.parse(seen.events.at(-1)?.data ?? '')).toMatchObject({ type: 'abort' })
    return performance.now() - asked
  }

  it('a run started on one is watched on another and stopped from a third at once', async () => {
    // The first one also loads the routes.
    await stopFromElsewhere()
    const took: number[] = []
    for (let count = 0; count < STOPS; count += 1) took.push(await stopFromElsewhere())
    expect(took.toSorted((a, b) => a - b)[Math.floor(STOPS / 2)]).toBeLessThan(AT_ONCE)
    await deployment.verify()
  })

  it('a queue is edited from two of them at once, and goes on in the order that both then show', async () => {
    const first = await deployment.ask(deployment.proxy, deployment.plan({ words: 1_000, pace: 20 }))
    const { sessionId } = first
    const session = deployment.watchSession(deployment.proxy, sessionId)
    const queued: Accepted[] = []
    for (let n = 0; n < 6; n += 1) {
      queued.push(await deployment.ask(deployment.address(n), deployment.plan({ words: 5 }), { sessionId }))
    }
    expect(queued.map(({ status }) => status)).toEqual(Array(6).fill('queued'))
    const [a, b, c, d, e, f] = queued as [Accepted, Accepted, Accepted, Accepted, Accepted, Accepted]
    const change = (at: number, item: Accepted, body: object) =>
      deployment.call(deployment.address(at), 'PATCH', `/api/sessions/${sessionId}/queue/${item.runId}`, { body })
    const edited = { ...deployment.plan({ words: 7 }), id: c.plan.id }
    deployment.records.stopped.add(e.runId)
    const answers = await Promise.all([
      change(0, f, { before: a.runId }),
      change(1, d, { before: a.runId }),
      change(0, c, { message: messageOfPlan(edited) }),
      deployment.call(deployment.address(1), 'DELETE', `/api/sessions/${sessionId}/queue/${e.runId}`),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 204])
    c.sent.plan = edited
    const queues = await Promise.all(
      [0, 1].map(async (at) => {
        const { body } = await deployment.call(deployment.address(at), 'GET', `/api/sessions/${sessionId}`)
        return (body as { queue: { id: string; message: string }[] }).queue
      }),
    )
    expect(queues[1]).toEqual(queues[0])
    const shown = queues[0] ?? []
    expect(shown.map(({ id }) => id).sort()).toEqual([a, b, c, d, f].map(({ runId }) => runId).sort())
    // Both moves count, in whichever order they came; nobody's edit undid another's.
    expect(shown.slice(2).map(({ id }) => id)).toEqual([a.runId, b.runId, c.runId])
    expect(shown.find(({ id }) => id === c.runId)?.message).toBe(messageOfPlan(edited))

    await deployment.stop(deployment.address(1), first)
    await deployment.call(deployment.address(0), 'POST', `/api/sessions/${sessionId}/queue/resume`)
    const facts = await deployment.verify()
    const order = facts.filter((run) => run.sessionId === sessionId && run.id !== first.runId && run.startedAt !== null)
    order.sort((one, other) => (one.startedAt as number) - (other.startedAt as number))
    expect(order.map(({ id }) => id)).toEqual(shown.map(({ id }) => id))
    expect(order.map(({ status }) => status)).toEqual(Array(5).fill('completed'))
    expect([...session.runs.keys()]).toEqual([first.runId, ...shown.map(({ id }) => id)])
  }, 60_000)

  it('of many starts at once on all of them one run of a session is active at a time', async () => {
    const { sessionId, runId } = await deployment.ask(deployment.proxy, deployment.plan({ words: 5 }))
    const starts = Array.from({ length: 12 }, (_, at) =>
      deployment.ask(deployment.address(at), deployment.plan({ words: 5, pace: 5 }), { sessionId }),
    )
    const accepted = await Promise.all(starts)
    expect(new Set(accepted.map((run) => run.runId)).size).toBe(12)
    const facts = (await deployment.verify()).filter((run) => run.sessionId === sessionId)
    expect(facts.map(({ id }) => id).sort()).toEqual([runId, ...accepted.map((run) => run.runId)].sort())
    expect(facts.map(({ status }) => status)).toEqual(Array(13).fill('completed'))
  }, 60_000)

  it('the browser’s stream moves from one to the next in the middle of a run without a gap', async () => {
    const run = await deployment.ask(
      deployment.proxy,
      deployment.plan({
        words: 600,
        pace: 20,
        steps: [{ words: 50, calls: [{ tool: 'record' }, { tool: 'look_up' }] }],
      }),
    )
    const next = await deployment.ask(deployment.proxy, deployment.plan({ words: 20 }), { sessionId: run.sessionId })
    const browser = deployment.watchSession(deployment.proxy, run.sessionId)
    const { seen, done } = deployment.watch(deployment.proxy, run)
    const running = () => browser.runs.get(run.runId)?.length ?? 0
    const everywhere = () => Math.min(browser.servedBy.size, seen.servedBy.size) === options.instances
    for (let cuts = 1; cuts <= 3 || !everywhere(); cuts += 1) {
      const [before, connections] = [running(), browser.connections]
      await expect.poll(running, { timeout: 10_000 }).toBeGreaterThan(before + 5)
      deployment.world.proxy.cut(() => true)
      // Two streams that come back in step would meet the same two instances again and again.
      if (cuts % 2 === 0) await deployment.call(deployment.proxy, 'GET', '/api/me')
      await expect.poll(() => browser.connections, { timeout: 10_000 }).toBeGreaterThan(connections)
    }
    expect(hasEnded(seen)).toBe(false)
    await done
    await deployment.verify()
    expect([...browser.runs.keys()]).toEqual([run.runId, next.runId])
  }, 60_000)

  if (options.store === 'redis') {
    it('without pub/sub a stop from a third acts within a heartbeat, and no event is missed', async () => {
      const admin = new Redis(deployment.world.store.environment.REDIS_URL as string, { disableClientInfo: true })
      try {
        // No process may subscribe from now on, and what was subscribed to is cut.
        await admin.call('ACL', 'SETUSER', 'default', '-subscribe')
        await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
        const deaf = () =>
          deployment.world.instances.filter((one) => deployment.logOf(one).includes('redis does not allow SUBSCRIBE'))
        await expect.poll(() => deaf().length, { timeout: 10_000 }).toBe(options.instances)
        expect(await stopFromElsewhere()).toBeLessThan(HEARTBEAT + 500)
        const run = await deployment.ask(deployment.address(0), deployment.plan({ words: 50 }))
        await deployment.watch(deployment.address(1), run).done
        expect(await admin.pubsub('CHANNELS')).toEqual([])
      } finally {
        admin.disconnect()
      }
      await deployment.verify()
    }, 60_000)
  }
})
