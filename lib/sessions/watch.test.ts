import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putMember, removeMember } from '@/lib/access/organisations'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'
import { changeSession, createSession } from '@/lib/sessions/change'
import { deleteSession } from '@/lib/sessions/delete'
import { type SessionEvent, watchSession } from '@/lib/sessions/watch'
import { type OrganisationChange, watchOrganisation } from '@/lib/sessions/watch-organisation'

let world: World
let one: Instance
beforeAll(async () => {
  world = await World.create()
  one = await world.process({ leaseMilliseconds: 6_000 })
})
afterAll(() => world.close())

describe('a watch of a session', () => {
  it('ends soon after the membership, which wakes nobody', async () => {
    const hold = gate()
    world.model.answer(async function* () {
      yield { text: 'Begun.' }
      yield { wait: hold.promise }
    })
    const { sessionId, runId } = await startRun(one.as(world.vera), { message: 'x' })
    const events: SessionEvent[] = []
    const watch = watchSession(one.as(world.vera), {
      sessionId,
      cursor: null,
      signal: new AbortController().signal,
      recheck: 20,
      deliver: async (event) => void events.push(event),
    })
    watch.catch(() => undefined)
    await expect.poll(() => JSON.stringify(events)).toContain('Begun.')
    await removeMember(one.services.store, world.organisation.id, world.vera.id)
    await expect(watch).rejects.toMatchObject({ code: 'not_found' })
    expect(one.services.tails.size).toBe(0)
    await putMember(one.services.store, world.organisation.id, { userId: world.vera.id, role: 'viewer' })
    hold.open()
    await world.ended(one, runId)
  })

  it('ends, to be taken up by cursor, when the log began anew while its run came to an end: no event is passed over', async () => {
    const hold = gate()
    world.model.answer(async function* () {
      yield { text: 'Begun.' }
      yield { wait: hold.promise }
    })
    const { sessionId, runId } = await startRun(one.as(world.ada), { message: 'x' })
    // As after a restart of Redis: this process reads on once the run has ended, under another id of the log.
    const restarted = await world.process()
    const { store } = restarted.services
    const readLog = store.readLog.bind(store)
    const ended = Promise.withResolvers<void>()
    let away = false
    store.readLog = async (...given) => {
      if (!away) return readLog(...given)
      await ended.promise
      const page = await readLog(...given)
      return { ...page, logId: `${page.logId}-anew` }
    }
    const numbers: number[] = []
    const watch = watchSession(restarted.as(world.ada), {
      sessionId,
      cursor: null,
      signal: new AbortController().signal,
      deliver: async (event) => {
        if (event.kind === 'run') numbers.push(...event.entries.map(({ n }) => n))
      },
    })
    watch.catch(() => undefined)
    await expect.poll(() => numbers.length).toBeGreaterThan(3)
    away = true
    hold.open()
    const log = await world.ended(one, runId)
    ended.resolve()
    await expect(watch).rejects.toMatchObject({ code: 'gone' })
    expect(numbers.length).toBeLessThan(log.length)
  })

  it('gives every event of a run of a thousand and more, read from two processes', async () => {
    const two = await world.process({ leaseMilliseconds: 6_000 })
    const start = gate()
    world.model.answer(async function* () {
      yield { wait: start.promise }
      // Each in its own part of the stream: alternating kinds do not merge.
      for (let index = 0; index < 300; index += 1) {
        yield { reasoning: `r${index} ` }
        yield { text: `t${index} ` }
      }
    })
    const { sessionId, runId } = await startRun(one.as(world.ada), { message: 'x' })
    const follow = (instance: Instance) => {
      const numbers: number[] = []
      const ended = new AbortController()
      const watch = watchSession(instance.as(world.ada), {
        sessionId,
        cursor: null,
        signal: ended.signal,
        deliver: async (event) => {
          if (event.kind === 'run') numbers.push(...event.entries.map(({ n }) => n))
        },
      })
      const end = () => {
        ended.abort()
        return watch
      }
      return { numbers, end }
    }
    const watchers = [follow(one), follow(two), follow(two)]
    start.open()
    const log = await world.ended(one, runId)
    expect(log.length).toBeGreaterThan(1_000)
    for (const { numbers, end } of watchers) {
      await expect.poll(() => numbers.length, { timeout: 5_000 }).toBe(log.length)
      expect(numbers).toEqual(log.map((_, index) => index + 1))
      await end()
    }
  })
})

describe('a watch of an organisation', () => {
  it('tells deletions among more sessions than it follows, and takes none for deleted that only fell out', async () => {
    const ctx = one.as(world.eddie)
    const ids: string[] = []
    for (let index = 0; index < 105; index += 1) ids.push((await createSession(ctx, { title: `${index}` })).id)
    const told: OrganisationChange[] = []
    const ended = new AbortController()
    const watch = watchOrganisation(ctx, {
      organisationId: world.organisation.id,
      signal: ended.signal,
      deliver: async (change) => void told.push(change),
    })
    await expect.poll(() => told.length).toBe(1)
    expect(told[0]?.sessions).toHaveLength(100)
    await deleteSession(ctx, { sessionId: ids[100] as string })
    await expect.poll(() => told.flatMap(({ removed }) => removed)).toEqual([ids[100]])
    // A new one pushes the oldest of the hundred out of sight.
    const added = await createSession(ctx, { title: 'new' })
    await expect.poll(() => JSON.stringify(told)).toContain(added.id)
    await changeSession(ctx, { sessionId: added.id, title: 'newer' })
    await expect.poll(() => JSON.stringify(told)).toContain('newer')
    expect(told.flatMap(({ removed }) => removed)).toEqual([ids[100]])
    ended.abort()
    await watch
  })
})
