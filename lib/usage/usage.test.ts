import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { badRequest } from '@/lib/errors'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, type StoreKind, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'
import { getSession } from '@/lib/sessions/get'
import { resumeQueue } from '@/lib/sessions/queue'
import { changeBudget, getBudget, getBudgetState } from '@/lib/usage/budget'
import { reportUsage, type UsageGroup } from '@/lib/usage/report'

const DAY = 24 * 3_600_000

describe.each<StoreKind>(['sqlite', 'redis'])('usage over %s', (kind) => {
  let world: World
  let one: Instance
  let two: Instance
  beforeEach(async () => {
    world = await World.create({}, kind)
    world.prices = { input: 10, output: 100 }
    one = await world.process()
    two = await world.process()
    world.tools.add('look', { annotations: { readOnlyHint: true } }, () => ({
      content: [{ type: 'text', text: 'seen' }],
    }))
  })
  afterEach(() => world.close())

  const report = (principal = world.ada, groupBy: UsageGroup = 'day') =>
    reportUsage(one.as(principal), { from: Date.now() - DAY, to: Date.now() + DAY, groupBy })

  async function ask(principal = world.ada, more: object = {}, instance = one) {
    const started = await startRun(instance.as(principal), { message: 'How is it?', ...more })
    await one.supervisor.idle()
    await two.supervisor.idle()
    return started
  }

  it('is recorded per run with its cost, titles included, and grouped by day, person, model and session', async () => {
    world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }],
      () => [{ text: 'Well.' }],
    )
    const { sessionId } = await ask(world.ada)
    await ask(world.eddie)
    // A scripted call takes 100 tokens in and 20 out: three answers and two titles.
    await expect.poll(async () => (await report()).total.inputTokens, { timeout: 5_000 }).toBe(500)
    const { total, rows, unpriced } = await report()
    expect(total).toMatchObject({ runs: 2, outputTokens: 100, toolCalls: 1 })
    expect(total.costUsd).toBeCloseTo((500 * 10 + 100 * 100) / 1e6, 10)
    expect(rows.map(({ key }) => key)).toEqual([new Date().toISOString().slice(0, 10)])
    expect(unpriced).toBe(false)
    const named = async (groupBy: UsageGroup) =>
      (await report(world.ada, groupBy)).rows.map(({ name, inputTokens }) => [name, inputTokens])
    expect(await named('person')).toEqual([
      ['ada', 300],
      ['eddie', 200],
    ])
    expect(await named('model')).toEqual([['test-model', 500]])
    const bySession = await report(world.ada, 'session')
    expect(bySession.rows[0]).toMatchObject({ key: sessionId, name: 'A scripted title' })
    // Whose conversation is private keeps its title, whoever pays.
    expect(bySession.rows[1]?.name).toBe('A private session')
    // Everybody sees what is their own.
    expect((await report(world.eddie)).total.inputTokens).toBe(200)
    expect((await report(world.vera)).total.runs).toBe(0)
    await expect(reportUsage(one.as(world.ada), { from: 2, to: 1, groupBy: 'day' })).rejects.toMatchObject({
      field: 'to',
    })
  })

  it('is counted for the budget as it is spent: a warning first, then new questions are refused until it is raised', async () => {
    world.model.answer(() => [{ text: 'Well.' }])
    await ask()
    await expect.poll(async () => (await getBudget(one.as(world.ada), {})).usedTokens, { timeout: 5_000 }).toBe(240)
    expect((await getBudgetState(one.as(world.vera), {})).state).toBe('none')
    await changeBudget(one.as(world.ada), { warnTokens: 200, capTokens: 10_000 })
    expect(await getBudgetState(two.as(world.vera), {})).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('240 tokens of 200 tokens'),
    })
    const capped = await changeBudget(one.as(world.ada), { warnTokens: null, capTokens: 240 })
    const now = Date.now()
    const refusal = await startRun(two.as(world.eddie), { message: 'And now?' }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('240 tokens of 240 tokens'),
    })
    const { retryAfterSeconds } = refusal as { retryAfterSeconds: number }
    expect(Math.abs(now + retryAfterSeconds * 1000 - capped.resetsAt)).toBeLessThan(5_000)
    await changeBudget(one.as(world.ada), { capTokens: null, capUsd: 1000 })
    expect((await ask(world.eddie)).status).toBe('running')
    await expect(changeBudget(one.as(world.ada), { warnUsd: 2000 })).rejects.toMatchObject({ field: 'warnUsd' })
    await expect(changeBudget(one.as(world.eddie), {})).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('ends a running run before its next call of the model, and the queue pauses until there is budget', async () => {
    const asked = gate()
    world.tools.add('slow', { annotations: { readOnlyHint: true } }, async () => {
      await asked.promise
      return { content: [{ type: 'text', text: 'slow' }] }
    })
    world.model.answerInTurn(
      () => [{ text: 'I look. ' }, { call: 'shop__slow', arguments: '{}' }],
      () => [{ text: 'Done.' }],
    )
    const ctx = one.as(world.ada)
    const first = await startRun(ctx, { message: 'Look slowly.' })
    const second = await startRun(ctx, { message: 'And then?', sessionId: first.sessionId })
    expect(second.status).toBe('queued')
    await expect.poll(async () => (await getBudget(ctx, {})).usedTokens, { timeout: 10_000 }).toBe(120)
    await changeBudget(ctx, { capTokens: 100 })
    asked.open()
    await expect
      .poll(async () => (await getRun(ctx, { runId: first.runId })).status, { timeout: 10_000 })
      .toBe('failed')
    expect(await getRun(ctx, { runId: first.runId })).toMatchObject({
      error: { code: 'budget_exhausted', message: expect.stringContaining('used up') },
    })
    // What it has is kept, and what waits behind it does not fail one after the other.
    const session = await getSession(ctx, { sessionId: first.sessionId })
    expect(JSON.stringify(session.messages)).toContain('I look.')
    expect(session).toMatchObject({ queuePaused: true, activeRunId: null })
    expect((await getRun(ctx, { runId: second.runId })).status).toBe('queued')
    await expect(resumeQueue(ctx, { sessionId: first.sessionId })).rejects.toMatchObject({ code: 'rate_limited' })
    await changeBudget(ctx, { capTokens: null })
    await resumeQueue(ctx, { sessionId: first.sessionId })
    await one.supervisor.idle()
    expect((await getRun(ctx, { runId: second.runId })).status).toBe('completed')
  })

  it('a repeated question whose answer was lost is not refused for want of budget', async () => {
    world.model.answer(() => [{ text: 'Well.' }])
    const first = await ask(world.ada, { idempotencyKey: 'k' })
    await changeBudget(one.as(world.ada), { capTokens: 1 })
    const input = { message: 'How is it?', idempotencyKey: 'k' }
    expect((await startRun(two.as(world.ada), input)).runId).toBe(first.runId)
  })
})

describe('the model of a session', () => {
  it('answers there, and gives way to the default when it is gone', async () => {
    const world = await World.create()
    const one = await world.process()
    const asked: (string | undefined)[] = []
    let known = true
    const { models } = one.services
    const { choose } = await models.read(world.organisation.id)
    models.read = async () => ({
      choose(requested) {
        asked.push(requested)
        if (requested !== undefined && !known) throw badRequest('model', 'There is no language model of this name.')
        return choose()
      },
    })
    models.resolve = async ({ id }, requested) => (await models.read(id)).choose(requested)
    world.model.answer(() => [{ text: 'Well.' }])
    const ctx = one.as(world.ada)
    const { sessionId } = await startRun(ctx, { message: 'One.' })
    await one.supervisor.idle()
    expect((await changeSession(ctx, { sessionId, model: 'other' })).model).toBe('other')
    asked.length = 0
    await startRun(ctx, { message: 'Two.', sessionId })
    await one.supervisor.idle()
    expect(asked).toContain('other')
    known = false
    const third = await startRun(ctx, { message: 'Three.', sessionId })
    await one.supervisor.idle()
    expect((await getRun(ctx, { runId: third.runId })).status).toBe('completed')
    await expect(changeSession(ctx, { sessionId, model: 'nothing' })).rejects.toMatchObject({ field: 'model' })
    await world.close()
  })
})
