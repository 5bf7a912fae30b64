import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Principal } from '@/lib/access/types'
import { cancelRun } from '@/lib/runs/cancel'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { deleteSession } from '@/lib/sessions/delete'
import { getSession } from '@/lib/sessions/get'

describe.each(STORES)('over %s', (store) => {
  let world: World
  let one: Instance
  let two: Instance

  beforeEach(async () => {
    world = await World.create({ runsAtOnce: 3, runsAtOncePerPrincipal: 2 }, store)
    one = await world.process()
    two = await world.process()
  })
  afterEach(() => world.close())

  const places = () => one.services.store.readCounter(world.organisation.id, 'active-runs')

  describe('runs at once', () => {
    it('are limited per principal and per organisation over all processes; the others wait and get their answers', async () => {
      const hold = gate()
      let active = 0
      let most = 0
      world.model.answer(async function* () {
        active += 1
        most = Math.max(most, active)
        yield { wait: hold.promise }
        active -= 1
        yield { text: 'ok' }
      })
      const ask = (instance: Instance, person: Principal, n: number) =>
        startRun(instance.as(person), { message: `question ${n}` })
      const started = await Promise.all([
        ...[1, 2, 3, 4].map((n) => ask(n % 2 ? one : two, world.ada, n)),
        ...[5, 6].map((n) => ask(two, world.eddie, n)),
      ])
      expect(started.filter(({ status }) => status === 'running')).toHaveLength(3)
      await expect.poll(() => active).toBe(3)
      hold.open()
      for (const { runId } of started) expect((await world.ended(one, runId)).at(-1)?.type).toBe('finish')
      expect(most).toBe(3)
      await expect.poll(places).toBe(0)
    })

    it('begin in the order in which they were asked', async () => {
      const gates = [gate(), gate(), gate(), gate()]
      const order: string[] = []
      world.model.answer(async function* (request) {
        const question = JSON.stringify(request.body.messages.at(-1)?.content)
        const n = Number(/question (\d)/.exec(question)?.[1])
        order.push(`${n}`)
        yield { wait: gates[n - 1]?.promise ?? Promise.resolve() }
        yield { text: 'ok' }
      })
      const runs = []
      for (const n of [1, 2, 3, 4]) runs.push(await startRun(one.as(world.ada), { message: `question ${n}` }))
      await expect.poll(() => order.length).toBe(2)
      gates[1]?.open()
      await expect.poll(() => order).toContain('3')
      gates[0]?.open()
      await expect.poll(() => order).toContain('4')
      gates[2]?.open()
      gates[3]?.open()
      for (const { runId } of runs) await world.ended(one, runId)
      expect(order.slice(2)).toEqual(['3', '4'])
    })

    it('can be cancelled or deleted while they wait, and neither keeps a place', async () => {
      const hold = gate()
      world.model.answer(async function* () {
        yield { wait: hold.promise }
        yield { text: 'ok' }
      })
      const ctx = one.as(world.ada)
      const busy = [await startRun(ctx, { message: 'a' }), await startRun(ctx, { message: 'b' })]
      const cancelled = await startRun(ctx, { message: 'c' })
      const deleted = await startRun(ctx, { message: 'd' })
      expect(await cancelRun(ctx, { runId: cancelled.runId })).toEqual({ status: 'cancelled' })
      const session = await getSession(ctx, { sessionId: cancelled.sessionId })
      expect(session).toMatchObject({ activeRunId: null, messages: [{ metadata: { status: 'cancelled' } }] })
      await deleteSession(ctx, { sessionId: deleted.sessionId })
      hold.open()
      for (const { runId } of busy) await world.ended(one, runId)
      await expect.poll(places).toBe(0)
      const again = await startRun(ctx, { message: 'again', sessionId: cancelled.sessionId })
      expect(again.status).toBe('running')
      await world.ended(one, again.runId)
    })

    it('go on after the process that would have begun them was killed', async () => {
      const hold = gate()
      world.model.answer(async function* () {
        yield { wait: hold.promise }
        yield { text: 'ok' }
      })
      const killed = await world.process()
      const runs = []
      for (const message of ['a', 'b', 'c']) runs.push(await startRun(killed.as(world.ada), { message }))
      expect(runs.map(({ status }) => status)).toEqual(['running', 'running', 'queued'])
      expect((await getRun(one.as(world.ada), { runId: runs[2]?.runId ?? '' })).status).toBe('queued')
      await expect.poll(() => world.model.requests.length).toBe(2)
      killed.kill()
      for (const { runId } of runs) await world.lapse(runId)
      hold.open()
      const next = await world.process({ sweep: true })
      for (const { runId } of runs) expect((await world.ended(next, runId)).at(-1)?.type).toBe('finish')
      await expect.poll(places).toBe(0)
    })
  })
})
