import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { text } from '@/lib/mcp/testing/script'
import { cancelRun } from '@/lib/runs/cancel'
import { logTopic, runLog, runStops } from '@/lib/runs/collection'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import type { SupervisorOptions } from '@/lib/runs/supervise'
import { asleep } from '@/lib/runs/testing/asleep'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'
import { deleteSession } from '@/lib/sessions/delete'
import { getSession } from '@/lib/sessions/get'
import { changeQueueItem } from '@/lib/sessions/queue'

let world: World
let one: Instance
beforeAll(async () => {
  world = await World.create()
  world.tools.add('note', { annotations: { readOnlyHint: true } }, () => text('noted'))
  one = await world.process({ leaseMilliseconds: 6_000 })
})
afterAll(() => world.close())

const said = (instance: Instance, runId: string, words: string) =>
  expect.poll(async () => JSON.stringify(await world.log(instance, runId)), { timeout: 5_000 }).toContain(words)

async function append(runId: string, entries: string[], v = 1) {
  const { store } = one.services
  const { last } = await store.readLog(world.organisation.id, runLog(runId), 0, { limit: 1, maxBytes: 1 })
  const result = await store.commit({
    partition: world.organisation.id,
    operationId: `test:${runId}:${last}`,
    operations: [{ kind: 'append', log: runLog(runId), v, expectedNext: last + 1, entries }],
    signals: [logTopic(runId)],
  })
  expect(result.status).toBe('applied')
}

/** A run that is active in the store and that nobody executes. */
async function orphan(message = 'Orphan') {
  const awake = asleep(one.supervisor)
  try {
    return await startRun(one.as(world.ada), { message })
  } finally {
    awake()
  }
}

describe('a run that is handed over', () => {
  it('is not counted as interrupted, however often, and goes on where it was', async () => {
    const never = gate()
    world.model.answer(async function* () {
      yield { text: 'thinking' }
      yield { wait: never.promise }
    })
    const { runId } = await orphan()
    for (let turn = 1; turn <= 4; turn += 1) {
      const process = await world.process({ leaseMilliseconds: 6_000 })
      const { options } = process.supervisor as unknown as { options: SupervisorOptions }
      options.drainGrace = { model: 1, tools: 1 }
      process.supervisor.execute(world.organisation.id, runId)
      await expect
        .poll(async () => (await world.log(one, runId)).filter(({ type }) => type === 'text-delta').length)
        .toBe(turn)
      await process.supervisor.drain()
      expect((await world.log(one, runId)).at(-1)).toMatchObject({ type: 'data-run', data: { handedOver: true } })
    }
    world.model.answer(() => [{ text: 'done' }])
    one.supervisor.execute(world.organisation.id, runId)
    const events = await world.ended(one, runId)
    expect(events.at(-1)?.type).toBe('finish')
    expect(events.filter(({ type }) => type === 'reset-step')).toHaveLength(4)
    never.open()
  })
})

describe('a log', () => {
  it('with an entry that is no event fails its run instead of leaving it running', async () => {
    const { runId, sessionId } = await orphan()
    await append(runId, ['{"type":"start"', 'null'])
    one.supervisor.execute(world.organisation.id, runId)
    await expect
      .poll(async () => (await getRun(one.as(world.ada), { runId })).error)
      .toMatchObject({ code: 'log_damaged' })
    expect((await getSession(one.as(world.ada), { sessionId })).activeRunId).toBeNull()
  })

  it('of a newer version is left to a newer process', async () => {
    const { runId } = await orphan()
    await append(runId, ['{"type":"start"}'], 2)
    one.supervisor.execute(world.organisation.id, runId)
    await one.supervisor.idle()
    const lease = await one.services.store.readLease(world.organisation.id, `run:${runId}`)
    expect(lease?.remaining).toBeLessThanOrEqual(0)
    one.supervisor.execute(world.organisation.id, runId)
    expect(one.supervisor.active()).toBe(0)
    expect(await world.log(one, runId)).toHaveLength(1)
  })
})

describe('a run', () => {
  it('tells how far it is while it goes on', async () => {
    const never = gate()
    world.model.answerInTurn(
      () => [{ call: 'shop__note', arguments: '{}' }],
      async function* () {
        yield { text: 'second step' }
        yield { wait: never.promise }
      },
    )
    const ctx = one.as(world.ada)
    const { runId } = await startRun(ctx, { message: 'x' })
    await said(one, runId, 'second step')
    expect(await getRun(ctx, { runId })).toMatchObject({
      status: 'running',
      steps: 1,
      model: 'test-model',
      usage: { inputTokens: 100 },
    })
    await cancelRun(ctx, { runId })
    await world.ended(one, runId)
    never.open()
  })

  it('whose model is not configured any more fails with a code, and the queue goes on', async () => {
    const { runId, sessionId } = await orphan()
    const queued = await startRun(one.as(world.ada), { message: 'next', sessionId })
    const { models } = one.services
    const read = models.read
    const { LongwatchError } = await import('@/lib/errors')
    models.read = async () => {
      models.read = read
      throw new LongwatchError('unavailable', 'No language model is configured.', { dependency: 'model' })
    }
    world.model.answer(() => [{ text: 'ok' }])
    one.supervisor.execute(world.organisation.id, runId)
    await world.ended(one, queued.runId)
    expect(await getRun(one.as(world.ada), { runId })).toMatchObject({
      status: 'failed',
      error: { code: 'unavailable', message: 'No language model is configured.' },
    })
  })

  it('that is stopped from everywhere while it ends has one terminal event and one outcome', async () => {
    const two = await world.process({ leaseMilliseconds: 6_000 })
    const ctx = [one.as(world.ada), two.as(world.ada)] as const
    for (let round = 0; round < 6; round += 1) {
      const finish = gate()
      world.model.answer(async function* () {
        yield { text: 'almost' }
        yield { wait: finish.promise }
      })
      const { runId, sessionId } = await startRun(ctx[0], { message: 'x' })
      const queued = await startRun(ctx[1], { message: 'next', sessionId })
      await said(one, runId, 'almost')
      finish.open()
      const stops = await Promise.allSettled([
        cancelRun(ctx[0], { runId }),
        cancelRun(ctx[1], { runId }),
        changeQueueItem(ctx[round % 2 ? 0 : 1], { sessionId, itemId: queued.runId, message: 'edited' }),
        ...(round % 3 === 0 ? [deleteSession(ctx[1], { sessionId })] : []),
      ])
      for (const stop of stops) {
        if (stop.status === 'rejected') expect(['conflict', 'not_found']).toContain(stop.reason.code)
      }
      if (round % 3 === 0) continue
      const events = await world.ended(two, runId)
      expect(events.filter(({ type }) => ['finish', 'abort', 'error'].includes(type))).toHaveLength(1)
      const { status } = await getRun(ctx[0], { runId })
      expect(events.at(-1)?.type).toBe(status === 'cancelled' ? 'abort' : 'finish')
      const session = await getSession(ctx[0], { sessionId })
      // A cancelled run pauses the queue; else it goes on.
      if (status === 'cancelled') expect(session).toMatchObject({ queuePaused: true, activeRunId: null })
      else expect((await world.ended(two, queued.runId)).at(-1)?.type).toBe('finish')
      expect(await runStops.get(one.services.store, world.organisation.id, queued.runId)).toBeNull()
    }
    await one.supervisor.idle()
    await two.supervisor.idle()
  })
})

describe('a queue of long messages', () => {
  it('can be moved and deleted although it is larger than a commit', async () => {
    const never = gate()
    world.model.answer(async function* () {
      yield { text: 'busy' }
      yield { wait: never.promise }
    })
    const ctx = one.as(world.ada)
    const active = await startRun(ctx, { message: 'x' })
    const { sessionId } = active
    const items: string[] = []
    for (let index = 0; index < 24; index += 1) {
      items.push((await startRun(ctx, { message: `${index} ${'"'.repeat(60_000)}`, sessionId })).runId)
    }
    const order = async () => (await getSession(ctx, { sessionId })).queue.map(({ id }) => items.indexOf(id))
    await changeQueueItem(ctx, { sessionId, itemId: items[23] as string, before: items[0] })
    await changeQueueItem(ctx, { sessionId, itemId: items[0] as string, before: null })
    await changeQueueItem(ctx, { sessionId, itemId: items[5] as string, before: items[2] })
    expect((await order()).slice(0, 5)).toEqual([23, 1, 5, 2, 3])
    expect((await order()).at(-1)).toBe(0)
    const watched = world.ended(one, items[3] as string)
    await deleteSession(ctx, { sessionId })
    expect((await watched).at(-1)?.type).toBe('abort')
    await one.supervisor.idle()
    await expect
      .poll(async () => {
        await one.supervisor.sweep()
        return getRun(ctx, { runId: items[3] as string }).catch((error) => error.code)
      })
      .toBe('not_found')
    never.open()
  })

  it('can be moved more often than halves of a number exist', async () => {
    const never = gate()
    world.model.answer(async function* () {
      yield { text: 'busy' }
      yield { wait: never.promise }
    })
    const ctx = one.as(world.ada)
    const active = await startRun(ctx, { message: 'x' })
    const { sessionId } = active
    const [a, b, c] = (await Promise.all(['a', 'b', 'c'].map((message) => startRun(ctx, { message, sessionId })))).map(
      ({ runId }) => runId,
    ) as [string, string, string]
    await changeQueueItem(ctx, { sessionId, itemId: a, before: b })
    await changeQueueItem(ctx, { sessionId, itemId: c, before: null })
    let between = [b, c]
    for (let move = 0; move < 120; move += 1) {
      const { queue } = await changeQueueItem(ctx, { sessionId, itemId: between[1] as string, before: between[0] })
      expect(queue.map(({ id }) => id)).toEqual([a, between[1], between[0]])
      between = [between[1] as string, between[0] as string]
    }
    await deleteSession(ctx, { sessionId })
    never.open()
  })

  it('takes no message that is nothing but control characters', async () => {
    const message = '\u0001'.repeat(40_000)
    await expect(startRun(one.as(world.ada), { message })).rejects.toMatchObject({
      code: 'bad_request',
      field: 'message',
    })
  })
})
