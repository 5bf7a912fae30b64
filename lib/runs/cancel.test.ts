import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { untilCancelled } from '@/lib/mcp/testing/script'
import { cancelRun } from '@/lib/runs/cancel'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES_AND_REST, World } from '@/lib/runs/testing/world'
import { deleteSession } from '@/lib/sessions/delete'
import { getSession } from '@/lib/sessions/get'

describe.each(STORES_AND_REST)('over %s', (store) => {
  let world: World
  let one: Instance
  let two: Instance

  beforeAll(async () => {
    world = await World.create({}, store)
    world.tools.add('hang', { annotations: { readOnlyHint: true } }, untilCancelled)
    one = await world.process()
    two = await world.process()
  })
  afterAll(() => world.close())

  describe('stopping a run', () => {
    it('acts in mid-text from another process, aborts the model’s request and keeps what was written', async () => {
      const never = gate()
      world.model.answer(async function* () {
        yield { text: 'So far ' }
        yield { wait: never.promise }
      })
      const { runId, sessionId } = await startRun(one.as(world.ada), { message: 'Why?' })
      await expect.poll(async () => JSON.stringify(await world.log(one, runId))).toContain('So far')
      expect((await cancelRun(two.as(world.ada), { runId })).status).toBe('running')
      const events = await world.ended(two, runId)
      expect(events.at(-1)).toMatchObject({ type: 'abort' })
      await world.model.requests.at(-1)?.aborted
      const { messages } = await getSession(one.as(world.ada), { sessionId })
      expect(messages.at(-1)).toMatchObject({
        role: 'assistant',
        metadata: { status: 'cancelled' },
        parts: [{ type: 'step-start' }, { type: 'text', text: 'So far ', state: 'done' }],
      })
      await expect(cancelRun(one.as(world.ada), { runId })).rejects.toMatchObject({ code: 'conflict' })
      never.open()
    })

    it('cancels the tool call in flight on its server', async () => {
      world.model.answer(() => [{ call: 'shop__hang', arguments: '{}' }])
      const { runId } = await startRun(one.as(world.ada), { message: 'Hang' })
      await expect.poll(() => world.tools.calls.length).toBe(1)
      await cancelRun(one.as(world.ada), { runId })
      expect((await world.ended(one, runId)).at(-1)?.type).toBe('abort')
      await expect.poll(() => world.tools.aborted).toEqual(['hang'])
    })

    it('before the first event gives a cancelled run with a terminal event, and no empty message', async () => {
      world.model.answer(() => [{ text: 'too late' }])
      const awake = asleep(one.supervisor)
      const { runId, sessionId } = await startRun(one.as(world.ada), { message: 'Never mind' })
      awake()
      await cancelRun(one.as(world.ada), { runId })
      const events = await world.ended(one, runId)
      expect(events.at(-1)?.type).toBe('abort')
      expect((await getRun(one.as(world.ada), { runId })).status).toBe('cancelled')
      const { messages } = await getSession(one.as(world.ada), { sessionId })
      expect(messages).toMatchObject([{ role: 'user', metadata: { status: 'cancelled' } }])
    })

    it('cannot be done by somebody who may not act in the session', async () => {
      const hold = gate()
      world.model.answer(async function* () {
        yield { wait: hold.promise }
        yield { text: 'done' }
      })
      const { runId } = await startRun(one.as(world.ada), { message: 'Mine' })
      await expect(cancelRun(one.as(world.eddie), { runId })).rejects.toMatchObject({ code: 'not_found' })
      hold.open()
      expect((await world.ended(one, runId)).at(-1)?.type).toBe('finish')
    })

    it('does not touch the history: the next turn is asked with valid messages', async () => {
      const never = gate()
      world.model.answerInTurn(
        () => [{ call: 'shop__hang', arguments: '{}' }],
        () => [{ text: 'fine' }],
      )
      const ctx = one.as(world.ada)
      const before = world.tools.calls.length
      const { runId, sessionId } = await startRun(ctx, { message: 'Hang again' })
      await expect.poll(() => world.tools.calls.length).toBe(before + 1)
      await cancelRun(ctx, { runId })
      await world.ended(one, runId)
      const next = await startRun(ctx, { message: 'And now?', sessionId })
      await world.ended(one, next.runId)
      const sent = world.model.requests.at(-1)?.body.messages ?? []
      const calls = sent.flatMap(({ tool_calls }) => (tool_calls ?? []) as { id: string }[]).map(({ id }) => id)
      const results = sent.flatMap(({ tool_call_id }) => (tool_call_id ? [tool_call_id] : []))
      expect(results).toEqual(calls)
      expect(sent.some(({ role, content, tool_calls }) => role === 'assistant' && !content && !tool_calls)).toBe(false)
      never.open()
    })

    it('happens when the session is deleted, and nothing of it is left', async () => {
      const never = gate()
      world.model.answer(async function* () {
        yield { text: 'secret' }
        yield { wait: never.promise }
      })
      const ctx = one.as(world.ada)
      const { runId, sessionId } = await startRun(ctx, { message: 'Delete me' })
      await expect.poll(async () => JSON.stringify(await world.log(one, runId))).toContain('secret')
      await deleteSession(ctx, { sessionId })
      await expect(getSession(ctx, { sessionId })).rejects.toMatchObject({ code: 'not_found' })
      await one.supervisor.idle()
      await one.supervisor.sweep()
      await expect.poll(async () => (await world.log(one, runId)).length, { timeout: 5_000 }).toBe(0)
      never.open()
    })
  })
})
