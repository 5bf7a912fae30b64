import { describe, expect, it } from 'vitest'
import { cancelRun } from '@/lib/runs/cancel'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { userMessageIdOf } from '@/lib/sessions/collection'
import { getSession } from '@/lib/sessions/get'
import { setUpThreads } from '@/lib/sessions/threads/testing'

describe.each(STORES)('replaced questions over %s', (store) => {
  const here = setUpThreads(store)
  const { eddie, begin, ask, thread, versionsIn, given, held } = here

  describe('while a run is active', () => {
    it('are refused, unless they stop it, which keeps what there was of its answer in the old thread', async () => {
      const { a, b, sessionId, hold } = await held()
      await expect(begin({ message: 'a2', sessionId, replaces: a.question })).rejects.toMatchObject({
        code: 'conflict',
      })
      await expect(changeSession(eddie(), { sessionId, branch: a.question })).resolves.toMatchObject({})
      const started = await begin({ message: 'a2', sessionId, replaces: a.question, whenBusy: 'steer' })
      expect(started.status).toBe('queued')
      await here.world.ended(here.one, b.runId)
      await here.world.ended(here.one, started.runId)
      await expect.poll(() => thread(sessionId)).toEqual(['a2', 'About a2'])
      expect(given()).toEqual(['a2'])
      expect(await thread(sessionId, { branch: a.question })).toEqual(['a', 'About a', 'b', 'Half of it'])
      hold.open()
    })

    it('another thread cannot become the current one', async () => {
      const a = await ask('a')
      const { sessionId } = a
      await ask('a2', sessionId, { replaces: a.question })
      const hold = gate()
      here.world.model.answer(async function* () {
        yield { text: 'Half' }
        yield { wait: hold.promise }
      })
      const b = await begin({ message: 'b', sessionId })
      await expect(changeSession(eddie(), { sessionId, branch: a.question })).rejects.toMatchObject({
        code: 'conflict',
      })
      // The active run is no part of the earlier version.
      const old = await getSession(eddie(), { sessionId, branch: a.question })
      expect(old.activeRun).toBeNull()
      expect(old.activeRunId).toBe(b.runId)
      await cancelRun(eddie(), { runId: b.runId })
      hold.open()
      await here.world.ended(here.one, b.runId)
    })

    it('two that stop it each become a version, one after the other', async () => {
      const { a, b, sessionId, hold } = await held()
      const steer = (message: string) => begin({ message, sessionId, replaces: a.question, whenBusy: 'steer' })
      const [left, right] = await Promise.all([steer('left'), steer('right')])
      await here.world.ended(here.one, b.runId)
      await Promise.all([here.world.ended(here.one, left.runId), here.world.ended(here.one, right.runId)])
      await expect.poll(async () => (await getSession(eddie(), { sessionId })).queue).toEqual([])
      await expect.poll(async () => (await versionsIn(sessionId))[0]).toHaveLength(3)
      const now = await thread(sessionId)
      expect([
        ['left', 'About left'],
        ['right', 'About right'],
      ]).toContainEqual(now)
      const other = now[0] === 'left' ? right : left
      const word = now[0] === 'left' ? 'right' : 'left'
      // Whoever stopped the other one may have done so before it said anything.
      expect((await thread(sessionId, { branch: userMessageIdOf(other.runId) }))[0]).toBe(word)
      hold.open()
    })

    it('queued messages go on in the new thread', async () => {
      const { a, b, sessionId, hold } = await held()
      const queued = await begin({ message: 'later', sessionId })
      const edited = await begin({ message: 'a2', sessionId, replaces: a.question, whenBusy: 'steer' })
      for (const { runId } of [b, edited, queued]) await here.world.ended(here.one, runId)
      await expect.poll(() => thread(sessionId)).toEqual(['a2', 'About a2', 'later', 'About later'])
      expect(given()).toEqual(['a2', 'About a2', 'later'])
      hold.open()
    })
  })

  it('by two people at the same moment: one begins, the other is refused, and the thread is whole', async () => {
    const two = await here.world.process()
    for (let round = 0; round < 5; round += 1) {
      const hold = gate()
      const a = await ask('a')
      const { sessionId } = a
      here.world.model.answer(async function* ({ body }) {
        yield { wait: hold.promise }
        yield { text: `About ${String(body.messages.at(-1)?.content)}` }
      })
      const edit = (ctx: ReturnType<Instance['as']>, message: string) =>
        startRun(ctx, { message, sessionId, replaces: a.question })
      const results = await Promise.allSettled([edit(eddie(), 'left'), edit(two.as(here.world.eddie), 'right')])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      hold.open()
      const winner = results.findIndex(({ status }) => status === 'fulfilled') === 0 ? 'left' : 'right'
      await expect.poll(() => thread(sessionId)).toEqual([winner, `About ${winner}`])
      expect((await versionsIn(sessionId))[0]).toHaveLength(2)
      here.world.model.answer(({ body }) => [{ text: `About ${String(body.messages.at(-1)?.content)}` }])
    }
  })

  it('a run that another process takes over is given the same history', async () => {
    const never = gate()
    const a = await ask('a')
    const { sessionId } = a
    const b = await ask('b', sessionId)
    const killed = await here.world.process()
    here.world.model.answerInTurn(
      async function* () {
        yield { text: 'Half' }
        yield { wait: never.promise }
      },
      () => [{ text: 'Whole.' }],
    )
    const started = await startRun(killed.as(here.world.eddie), { message: 'b2', sessionId, replaces: b.question })
    await expect.poll(async () => JSON.stringify(await here.world.log(here.one, started.runId))).toContain('Half')
    const requests = here.world.model.requests.length
    killed.kill()
    await here.world.lapse(started.runId)
    here.one.supervisor.execute(here.world.organisation.id, started.runId)
    await here.world.ended(here.one, started.runId)
    expect(here.world.model.requests.length).toBe(requests + 1)
    expect(given()?.slice(0, 3)).toEqual(['a', 'About a', 'b2'])
    await expect.poll(() => thread(sessionId)).toEqual(['a', 'About a', 'b2', 'Whole.'])
    never.open()
  })
})
