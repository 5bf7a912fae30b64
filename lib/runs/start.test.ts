import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cancelRun } from '@/lib/runs/cancel'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES_AND_REST, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { getSession } from '@/lib/sessions/get'
import { changeQueueItem, removeQueueItem, resumeQueue, sendQueueItemNow } from '@/lib/sessions/queue'
import type { CommitInput, Store } from '@/lib/stores/contract'

describe.each(STORES_AND_REST)('over %s', (store) => {
  let world: World
  let one: Instance
  let two: Instance

  beforeAll(async () => {
    world = await World.create({}, store)
    one = await world.process()
    two = await world.process()
  })
  afterAll(() => world.close())

  const textOf = (message: { parts: { type: string }[] } | undefined) =>
    message?.parts.map((part) => ('text' in part ? part.text : '')).join('')

  describe('starting a run', () => {
    it('answers at once and leaves question, answer and usage in the session', async () => {
      world.model.answer(() => [{ reasoning: 'Hm. ' }, { text: 'It is ' }, { text: 'the pool.' }])
      const ctx = one.as(world.ada)
      const started = await startRun(ctx, { message: 'Why is checkout slow?' })
      expect(started.status).toBe('running')
      const events = await world.ended(one, started.runId)
      expect(events[0]?.type).toBe('start')
      expect(events.at(-1)?.type).toBe('finish')
      const session = await getSession(ctx, { sessionId: started.sessionId })
      expect(session.messages.map(textOf)).toEqual(['Why is checkout slow?', 'Hm. It is the pool.'])
      expect(session.activeRunId).toBeNull()
      const run = await getRun(ctx, { runId: started.runId })
      expect(run).toMatchObject({
        status: 'completed',
        steps: 1,
        attempts: 1,
        lastEvent: events.length,
        usage: { inputTokens: 100, outputTokens: 20 },
      })
      expect(world.model.requests.at(-1)?.body.stream_options?.include_usage).toBe(true)
    })

    it('names the session after its first exchange, unless a person did', async () => {
      const ctx = one.as(world.ada)
      const { sessionId, runId } = await startRun(ctx, { message: 'Name me' })
      await world.ended(one, runId)
      await expect.poll(async () => (await getSession(ctx, { sessionId })).title).toBe('A scripted title')
      await changeSession(ctx, { sessionId, title: 'Mine' })
      const again = await startRun(ctx, { message: 'Once more', sessionId })
      await world.ended(one, again.runId)
      await one.supervisor.idle()
      expect((await getSession(ctx, { sessionId })).title).toBe('Mine')
    })

    it('keeps the model of the question that begins a session as the session’s', async () => {
      const ctx = one.as(world.ada)
      const began = await startRun(ctx, { message: 'Hi' })
      await world.ended(one, began.runId)
      const { organisationId, model } = await getSession(ctx, { sessionId: began.sessionId })
      expect(model).toBeNull()
      const organisation = { id: organisationId } as Parameters<typeof ctx.services.models.list>[0]
      const id = (await ctx.services.models.list(organisation))[0]?.id as string
      const chosen = await startRun(ctx, { message: 'Hi', model: id })
      await world.ended(one, chosen.runId)
      expect((await getSession(ctx, { sessionId: chosen.sessionId })).model).toBe(id)
    })

    it('refuses an empty and an oversized message, naming the field', async () => {
      const ctx = one.as(world.ada)
      await expect(startRun(ctx, { message: '  ' })).rejects.toMatchObject({ code: 'bad_request', field: 'message' })
      await expect(startRun(ctx, { message: 'ä'.repeat(40_000) })).rejects.toMatchObject({ field: 'message' })
    })

    it('gives the same run for a repeated idempotency key, and a conflict for another body', async () => {
      const ctx = one.as(world.ada)
      const ask = (message: string) => startRun(ctx, { message, idempotencyKey: 'key-1' })
      const [first, second] = await Promise.all([ask('Once'), ask('Once')])
      expect(second.runId).toBe(first.runId)
      await expect(ask('Twice')).rejects.toMatchObject({ code: 'conflict' })
      await world.ended(one, first.runId)
      const elsewhere = await startRun(two.as(world.eddie), { message: 'Other', idempotencyKey: 'key-1' })
      expect(elsewhere.runId).not.toBe(first.runId)
      await world.ended(two, elsewhere.runId)
    })

    it('never starts what its twin was refused, however long it was held up', async () => {
      const ctx = one.as(world.ada)
      const { runId, sessionId } = await startRun(ctx, { message: 'first' })
      await world.ended(one, runId)
      const again = { message: 'again', sessionId, whenBusy: 'reject', idempotencyKey: 'twins' } as const
      const held = gate()
      const isHeld = gate()
      const store: Store = Object.create(ctx.services.store, {
        commit: {
          async value(commit: CommitInput) {
            isHeld.open()
            await held.promise
            return ctx.services.store.commit(commit)
          },
        },
      })
      const slow = startRun({ ...ctx, services: { ...ctx.services, store } }, again)
      await isHeld.promise

      const busy = gate()
      world.model.answer(async function* () {
        yield { wait: busy.promise }
        yield { text: 'ok' }
      })
      const other = await startRun(ctx, { message: 'other', sessionId })
      await expect(startRun(two.as(world.ada), again)).rejects.toMatchObject({ code: 'conflict' })
      busy.open()
      await world.ended(one, other.runId)
      held.open()
      await expect(slow).rejects.toMatchObject({ code: 'conflict', message: 'A run is active in this conversation.' })
      // With another key it is another request.
      const later = await startRun(ctx, { ...again, idempotencyKey: 'later' })
      await world.ended(one, later.runId)
    })

    it('lets one run at a time be active when two processes start ten at once, and answers all in order', async () => {
      const hold = gate()
      let active = 0
      let most = 0
      world.model.answer(async function* () {
        active += 1
        most = Math.max(most, active)
        yield { wait: hold.promise }
        yield { text: 'ok' }
        active -= 1
      })
      const first = await startRun(one.as(world.ada), { message: 'first' })
      const { sessionId } = first
      const others = await Promise.all(
        Array.from({ length: 9 }, (_, index) =>
          startRun((index % 2 ? one : two).as(world.ada), { message: `next ${index}`, sessionId }),
        ),
      )
      expect(others.every(({ status }) => status === 'queued')).toBe(true)
      hold.open()
      for (const { runId } of [first, ...others]) await world.ended(two, runId)
      expect(most).toBe(1)
      const session = await getSession(one.as(world.ada), { sessionId })
      expect(session.messages).toHaveLength(20)
      expect(session.messages.map(({ role }) => role)).toEqual(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? 'assistant' : 'user')),
      )
    })
  })

  describe('a busy session', () => {
    async function busy() {
      const hold = gate()
      world.model.answerInTurn(
        async function* () {
          yield { text: 'working' }
          yield { wait: hold.promise }
        },
        () => [{ text: 'done' }],
      )
      const ctx = one.as(world.ada)
      const active = await startRun(ctx, { message: 'active' })
      const { sessionId } = active
      await expect.poll(async () => JSON.stringify(await world.log(one, active.runId))).toContain('working')
      const add = (message: string, whenBusy?: 'queue' | 'steer' | 'reject') =>
        startRun(ctx, { message, sessionId, whenBusy })
      const texts = async () => (await getSession(ctx, { sessionId })).queue.map(({ message }) => message)
      return { ctx, hold, active, sessionId, add, texts }
    }

    it('rejects when asked to', async () => {
      const { add, hold, active } = await busy()
      await expect(add('no', 'reject')).rejects.toMatchObject({ code: 'conflict' })
      hold.open()
      await world.ended(one, active.runId)
    })

    it('queues, and the queue can be edited, moved and shortened before it goes on', async () => {
      const { ctx, add, texts, hold, sessionId, active } = await busy()
      const a = await add('a')
      const b = await add('b')
      const c = await add('c')
      await changeQueueItem(ctx, { sessionId, itemId: b.runId, message: 'b edited' })
      await changeQueueItem(ctx, { sessionId, itemId: c.runId, before: a.runId })
      await removeQueueItem(ctx, { sessionId, itemId: a.runId })
      expect(await texts()).toEqual(['c', 'b edited'])
      expect((await world.ended(one, a.runId)).at(-1)?.type).toBe('abort')
      await expect(changeQueueItem(ctx, { sessionId, itemId: a.runId, message: 'x' })).rejects.toMatchObject({
        code: 'conflict',
      })
      hold.open()
      for (const { runId } of [active, c, b]) await world.ended(one, runId)
      const { messages } = await getSession(ctx, { sessionId })
      expect(messages.filter(({ role }) => role === 'user').map(textOf)).toEqual(['active', 'c', 'b edited'])
    })

    it('sends a queued message now: what runs is stopped, it goes first, and the rest of the queue follows', async () => {
      const { ctx, add, hold, sessionId, active } = await busy()
      const a = await add('a')
      const b = await add('b')
      await sendQueueItemNow(ctx, { sessionId, itemId: b.runId })
      expect((await world.ended(one, active.runId)).at(-1)?.type).toBe('abort')
      hold.open()
      for (const { runId } of [b, a]) expect((await world.ended(one, runId)).at(-1)?.type).toBe('finish')
      const { messages } = await getSession(ctx, { sessionId })
      expect(messages.filter(({ role }) => role === 'user').map(textOf)).toEqual(['active', 'b', 'a'])
      await expect(sendQueueItemNow(ctx, { sessionId, itemId: b.runId })).rejects.toMatchObject({ code: 'conflict' })
    })

    it('sends a queued message now out of a queue that paused after a stop', async () => {
      const { ctx, add, hold, sessionId, active } = await busy()
      const a = await add('a')
      const b = await add('b')
      await cancelRun(ctx, { runId: active.runId })
      await world.ended(one, active.runId)
      hold.open()
      expect((await getSession(ctx, { sessionId })).queuePaused).toBe(true)
      await sendQueueItemNow(ctx, { sessionId, itemId: b.runId })
      for (const { runId } of [b, a]) await world.ended(one, runId)
      const { messages } = await getSession(ctx, { sessionId })
      expect(messages.filter(({ role }) => role === 'user').map(textOf)).toEqual(['active', 'b', 'a'])
    })

    it('steers: stops the active run, goes first, and the rest of the queue follows', async () => {
      const { ctx, add, hold, sessionId, active } = await busy()
      const later = await add('later')
      const steering = await add('now', 'steer')
      expect((await world.ended(one, active.runId)).at(-1)?.type).toBe('abort')
      for (const { runId } of [steering, later]) await world.ended(one, runId)
      hold.open()
      const { messages, queuePaused } = await getSession(ctx, { sessionId })
      expect(messages.filter(({ role }) => role === 'user').map(textOf)).toEqual(['active', 'now', 'later'])
      expect(queuePaused).toBe(false)
    })

    it('pauses the queue after a cancel until it is resumed, from another process', async () => {
      const { ctx, add, hold, sessionId, active } = await busy()
      const waiting = await add('waiting')
      await cancelRun(two.as(world.ada), { runId: active.runId })
      await world.ended(one, active.runId)
      hold.open()
      expect(await getSession(ctx, { sessionId })).toMatchObject({ queuePaused: true, activeRunId: null })
      await resumeQueue(two.as(world.ada), { sessionId })
      expect((await world.ended(two, waiting.runId)).at(-1)?.type).toBe('finish')
      expect((await getSession(ctx, { sessionId })).queuePaused).toBe(false)
    })
  })

  describe('who may start where', () => {
    it('hides a private session from everybody else, admins included', async () => {
      world.model.answer(() => [{ text: 'ok' }])
      const { sessionId, runId } = await startRun(one.as(world.vera), { message: 'mine' })
      await world.ended(one, runId)
      for (const person of [world.ada, world.eddie, world.stranger]) {
        await expect(getSession(one.as(person), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
        await expect(startRun(one.as(person), { message: 'x', sessionId })).rejects.toMatchObject({ code: 'not_found' })
        await expect(getRun(one.as(person), { runId })).rejects.toMatchObject({ code: 'not_found' })
      }
    })

    it('lets editors act and viewers read in a session of the organisation, and strangers see nothing', async () => {
      const { sessionId, runId } = await startRun(one.as(world.ada), { message: 'ours' })
      await world.ended(one, runId)
      await expect(changeSession(one.as(world.eddie), { sessionId, visibility: 'private' })).rejects.toMatchObject({
        code: 'not_found',
      })
      await changeSession(one.as(world.ada), { sessionId, visibility: 'organisation' })
      expect((await getSession(one.as(world.vera), { sessionId })).mayAct).toBe(false)
      await expect(startRun(one.as(world.vera), { message: 'x', sessionId })).rejects.toMatchObject({
        code: 'forbidden',
      })
      await expect(getSession(one.as(world.stranger), { sessionId })).rejects.toMatchObject({ code: 'not_found' })
      const byEddie = await startRun(one.as(world.eddie), { message: 'and I', sessionId })
      expect((await world.ended(one, byEddie.runId)).at(-1)?.type).toBe('finish')
      await expect(changeSession(one.as(world.eddie), { sessionId, visibility: 'private' })).rejects.toMatchObject({
        code: 'forbidden',
      })
    })
  })
})
