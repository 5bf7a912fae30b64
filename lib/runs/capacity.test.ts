import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOrganisation, putMember } from '@/lib/access/organisations'
import type { Principal } from '@/lib/access/types'
import { cancelRun } from '@/lib/runs/cancel'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, LEASE_MILLISECONDS, STORES, World } from '@/lib/runs/testing/world'
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

    it('of a process are shared fairly: organisations in turn, and first come first served inside one', async () => {
      const small = await world.process({ runsAtOnce: 2 })
      const other = await createOrganisation(small.services.store, { slug: 'other', name: 'Other' })
      for (const { id } of [world.ada, world.eddie, world.vera]) {
        await putMember(small.services.store, other.id, { userId: id, role: 'editor' })
      }
      const gates = new Map<string, () => void>()
      const order: string[] = []
      world.model.answer(async function* (request) {
        const name = /question (\w+)/.exec(JSON.stringify(request.body.messages.at(-1)?.content))?.[1] ?? ''
        const hold = gate()
        gates.set(name, hold.open)
        order.push(name)
        yield { wait: hold.promise }
        yield { text: 'ok' }
      })
      const ask = (name: string, person: Principal, orgId: string) =>
        startRun(small.as(person), { message: `question ${name}`, orgId })
      const first = [
        await ask('a1', world.ada, world.organisation.id),
        await ask('a2', world.eddie, world.organisation.id),
      ]
      await expect.poll(() => order.length).toBe(2)
      const later = []
      for (const n of [3, 4, 5])
        later.push(await ask(`a${n}`, n === 4 ? world.eddie : world.ada, world.organisation.id))
      for (const n of [1, 2]) later.push(await ask(`b${n}`, n === 1 ? world.ada : world.eddie, other.id))
      // Who is not executed is not said to run.
      expect(first.map(({ status }) => status)).toEqual(['running', 'running'])
      expect(later.map(({ status }) => status)).toEqual(Array(5).fill('queued'))
      for (let ended = 0; ended < 7; ended += 1) {
        await expect.poll(() => order.length).toBe(Math.min(7, ended + 2))
        expect(small.supervisor.active()).toBeLessThanOrEqual(2)
        gates.get(order[ended] as string)?.()
      }
      for (const { runId } of first) await world.ended(small, runId)
      await small.supervisor.idle()
      const waited = order.slice(2)
      expect(waited.filter((name) => name.startsWith('a'))).toEqual(['a3', 'a4', 'a5'])
      expect(waited.filter((name) => name.startsWith('b'))).toEqual(['b1', 'b2'])
      // Neither organisation has two turns while the other one waits.
      expect(waited.slice(0, 4).map((name) => name[0])).toSatisfy((turns: string[]) =>
        ['abab', 'baba'].includes(turns.join('')),
      )
    })

    it('that a full process has no room for begin in another one at once', async () => {
      const hold = gate()
      world.model.answer(async function* () {
        yield { wait: hold.promise }
        yield { text: 'ok' }
      })
      const full = await world.process({ runsAtOnce: 1 })
      const roomy = await world.process({ sweep: true })
      const runs = [
        await startRun(full.as(world.ada), { message: 'a' }),
        await startRun(full.as(world.ada), { message: 'b' }),
      ]
      expect(runs.map(({ status }) => status)).toEqual(['running', 'queued'])
      // Long before its sweep comes round (half a lease), and while the first one still goes on.
      await expect.poll(() => roomy.supervisor.active(), { timeout: LEASE_MILLISECONDS / 4 }).toBe(1)
      await expect.poll(() => world.model.requests.length).toBe(2)
      hold.open()
      for (const { runId } of runs) expect((await world.ended(one, runId)).at(-1)?.type).toBe('finish')
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
