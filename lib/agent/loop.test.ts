import { describe, expect, it } from 'vitest'
import { done, expectValid, outputs, read, setUpLoop, type Turn } from '@/lib/agent/testing/loop'
import { text, untilCancelled } from '@/lib/mcp/testing/script'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { World } from '@/lib/runs/testing/world'
import { getSession } from '@/lib/sessions/get'

const loop = setUpLoop()
const { ask, behaviour, results } = loop

describe('limits', () => {
  it('near the last step the model is told to conclude, and at the last it must', async () => {
    const call: Turn = () => [{ call: 'shop__echo', arguments: '{"value":1}' }]
    const { run, events } = await ask([
      call,
      call,
      call,
      () => [{ text: 'What I have.' }, { call: 'x', arguments: '{}' }],
    ])
    const told = loop.world.model.requests.map(({ body }) =>
      JSON.stringify(body.messages.at(-1)).includes('Conclude now'),
    )
    expect(told).toEqual([false, false, true, true])
    expect(loop.world.model.requests.map(({ body }) => body.tool_choice)).toEqual(['auto', 'auto', 'auto', 'none'])
    expect(run).toMatchObject({ status: 'completed', steps: 4 })
    expect(events.filter(({ type }) => type === 'tool-input-available')).toHaveLength(3)
  })

  it('of time end the run in mid-text and in a call, and keep what there is', async () => {
    const quick = await World.create({ minutesPerRun: 0.01 })
    try {
      quick.tools.add('hang', read, untilCancelled)
      const instance = await quick.process({ leaseMilliseconds: 6_000 })
      const never = gate()
      const ctx = instance.as(quick.ada)
      quick.model.answer(async function* () {
        yield { text: 'Partial.' }
        yield { wait: never.promise }
      })
      const first = await startRun(ctx, { message: 'x' })
      expect((await quick.ended(instance, first.runId)).at(-1)?.type).toBe('error')
      expect(await getRun(ctx, { runId: first.runId })).toMatchObject({ error: { code: 'time_limit' } })
      const { messages } = await getSession(ctx, { sessionId: first.sessionId })
      expect(messages.at(-1)).toMatchObject({ role: 'assistant', metadata: { error: { code: 'time_limit' } } })
      expect(JSON.stringify(messages.at(-1))).toContain('Partial.')
      quick.model.answer(() => [{ call: 'shop__hang', arguments: '{}' }])
      const second = await startRun(ctx, { message: 'x' })
      await quick.ended(instance, second.runId)
      expect(await getRun(ctx, { runId: second.runId })).toMatchObject({ error: { code: 'time_limit' } })
      expect(quick.tools.aborted).toEqual(['hang'])
      never.open()
    } finally {
      await quick.close()
    }
  })
})

describe('a model', () => {
  it('that answers 500 is called again while nothing was shown, and nothing of its words is told', async () => {
    const { run, events } = await ask([() => [{ status: 500 }], done])
    expect(run.status).toBe('completed')
    expect(loop.world.model.requests).toHaveLength(2)
    expect(JSON.stringify(events)).not.toContain('secret upstream words')
  })

  it('that breaks off after some text is not called again: the run fails and keeps the text', async () => {
    const ctx = loop.one.as(loop.world.ada)
    const shown = gate()
    loop.world.model.answer(async function* () {
      yield { text: 'Half an ans' }
      yield { wait: shown.promise }
      yield { destroy: true }
    })
    const { runId, sessionId } = await startRun(ctx, { message: 'x' })
    await expect.poll(async () => JSON.stringify(await loop.world.log(loop.one, runId))).toContain('Half an ans')
    shown.open()
    await loop.world.ended(loop.one, runId)
    const run = await getRun(ctx, { runId })
    expect(run).toMatchObject({ status: 'failed', error: { code: 'model_interrupted' } })
    expect(loop.world.model.requests).toHaveLength(1)
    const { messages } = await getSession(ctx, { sessionId })
    expect(messages.at(-1)?.parts).toContainEqual(expect.objectContaining({ text: 'Half an ans', state: 'done' }))
  })

  it('that answers nothing fails the run, and no empty message is stored or sent again', async () => {
    const first = await ask([() => [{ reasoning: 'Hm.' }, { text: '  ' }]])
    expect(first.run).toMatchObject({ status: 'failed', error: { code: 'model_empty' } })
    const { messages } = await getSession(first.ctx, { sessionId: first.sessionId })
    expect(messages).toMatchObject([{ role: 'user', metadata: { status: 'failed' } }])
    await ask([done], { sessionId: first.sessionId })
    expectValid(loop.world.model.requests.at(-1))
    expect(loop.world.model.requests.at(-1)?.body.messages.some(({ role }) => role === 'assistant')).toBe(false)
  })

  it('is paid for every step, and its name is known while it answers', async () => {
    const { run, events } = await ask([() => [{ call: 'shop__echo', arguments: '{"value":1}' }], done])
    expect(run.usage).toMatchObject({ inputTokens: 200, outputTokens: 40 })
    expect(run.model).toBe('test-model')
    expect(events.slice(0, 4)).toContainEqual({ type: 'message-metadata', messageMetadata: { model: 'test-model' } })
  })

  it('gets the same beginning in every step, its reasoning only within the run', async () => {
    const { sessionId, ctx, events } = await ask([
      () => [{ reasoning: 'private thought' }, { text: 'Looking. ' }, { call: 'shop__echo', arguments: '{"value":1}' }],
      done,
    ])
    const [first, second] = loop.world.model.requests
    expect(second?.body.messages[0]).toEqual(first?.body.messages[0])
    expect(JSON.stringify(second?.body.messages)).toContain('private thought')
    expect(JSON.stringify(events)).toContain('private thought')
    const { messages } = await getSession(ctx, { sessionId })
    expect(JSON.stringify(messages)).not.toContain('private thought')
    await ask([done], { sessionId })
    expect(JSON.stringify(loop.world.model.requests.at(-1)?.body)).not.toContain('private thought')
  })
})

describe('the context', () => {
  it('that was cut is told in the log', async () => {
    const filler = Array.from({ length: 6_000 }, (_, index) => `word${index}`).join(' ')
    behaviour.filler = () => text(filler)
    const call: Turn = () => [{ call: 'shop__filler', arguments: '{}' }]
    const { events, run } = await ask([call, call, done])
    expect(run.status).toBe('completed')
    const cut = events.filter((chunk) => chunk.type === 'data-context')
    expect(cut.length).toBeGreaterThan(0)
    expect(cut.at(-1)).toMatchObject({ data: { shrunkResults: expect.any(Number) } })
    const shrunk = results().find((result) => result.includes('shrunk'))
    // The line names the evidence although the whole preview had fitted.
    expect(shrunk).toContain(`evidenceId "${outputs(events)[0]?.evidenceId}"`)
  })
})
