import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '@/lib/errors'
import { text } from '@/lib/mcp/testing/script'
import { runLease } from '@/lib/runs/collection'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES_AND_REST, World } from '@/lib/runs/testing/world'
import { watchRun } from '@/lib/runs/watch'
import { getSession } from '@/lib/sessions/get'
import { watchSession } from '@/lib/sessions/watch'

/** So long that nothing in these tests happens because a lease lapsed or a sweep came round. */
const LONG_LEASE = 60_000
const SHORT_LEASE = 1_000
/** Of a busy machine. */
const PATIENCE = { timeout: 15_000 }

let world: World
let look = async () => text('')
let silence = look
beforeAll(async () => {
  world = await World.create()
  // All processes of these tests take runs over; the tools that they list must not depend on when they began.
  world.tools.add('look', { annotations: { readOnlyHint: true } }, () => look())
  world.tools.add('silence', { annotations: { readOnlyHint: false, destructiveHint: false } }, () => silence())
})
afterAll(() => world.close())

const said = (instance: Instance, runId: string, words: string) =>
  expect.poll(async () => JSON.stringify(await world.log(instance, runId)), PATIENCE).toContain(words)

describe.each(STORES_AND_REST)('a process that is told to end, over %s', (store) => {
  let shared: World
  beforeAll(async () => {
    shared = await World.create({}, store)
  })
  afterAll(() => shared.close())

  it('cuts the model after a grace, and another process goes on at once', async () => {
    const never = gate()
    shared.model.answerInTurn(
      async function* () {
        yield { text: 'old' }
        yield { wait: never.promise }
      },
      () => [{ text: 'It is 42.' }],
    )
    const options = { leaseMilliseconds: LONG_LEASE, sweep: true }
    const leaving = await shared.process({ leaseMilliseconds: LONG_LEASE, drainGrace: { model: 50, tools: 10_000 } })
    const { runId, sessionId } = await startRun(leaving.as(shared.ada), { message: 'How many?' })
    await expect.poll(async () => JSON.stringify(await shared.log(leaving, runId)), PATIENCE).toContain('old')
    const staying = await shared.process(options)
    await leaving.supervisor.drain()
    const events = await shared.ended(staying, runId)
    expect(events.at(-1)?.type).toBe('finish')
    expect(events.filter(({ type }) => type === 'reset-step')).toHaveLength(1)
    expect(JSON.stringify((await getSession(staying.as(shared.ada), { sessionId })).messages)).toContain('It is 42.')
    never.open()
  })
})

describe('a process that is told to end', () => {
  it('gives a run up whose reading call does not end; it is made again, and the call was cancelled', async () => {
    const never = gate()
    let calls = 0
    look = async () => {
      calls += 1
      if (calls === 1) await never.promise
      return text('seen')
    }
    world.model.answerInTurn(
      () => [{ call: 'shop__look', arguments: '{}' }],
      () => [{ text: 'I looked.' }],
    )
    const options = { leaseMilliseconds: LONG_LEASE, sweep: true }
    const leaving = await world.process({ leaseMilliseconds: LONG_LEASE, drainGrace: { model: 10, tools: 60 } })
    const { runId } = await startRun(leaving.as(world.ada), { message: 'Look' })
    await expect.poll(() => calls, PATIENCE).toBe(1)
    const staying = await world.process(options)
    await leaving.supervisor.drain()
    const events = await world.ended(staying, runId)
    expect(events.at(-1)?.type).toBe('finish')
    expect(calls).toBe(2)
    expect(events.filter(({ type }) => type.startsWith('tool-output'))).toMatchObject([
      { type: 'tool-output-available' },
    ])
    await expect.poll(() => world.tools.aborted, PATIENCE).toContain('look')
    never.open()
  })

  it('never has a writing call made again: the model learns that its outcome is unknown', async () => {
    const never = gate()
    let calls = 0
    silence = async () => {
      calls += 1
      await never.promise
      return text('silenced')
    }
    world.model.answerInTurn(
      () => [{ call: 'shop__silence', arguments: '{}' }],
      () => [{ text: 'Perhaps silenced.' }],
    )
    const options = { leaseMilliseconds: LONG_LEASE, sweep: true }
    const leaving = await world.process({ leaseMilliseconds: LONG_LEASE, drainGrace: { model: 10, tools: 60 } })
    const { runId } = await startRun(leaving.as(world.ada), { message: 'Silence it' })
    await expect.poll(() => calls, PATIENCE).toBe(1)
    const staying = await world.process(options)
    await leaving.supervisor.drain()
    const events = await world.ended(staying, runId)
    expect(events.at(-1)?.type).toBe('finish')
    expect(JSON.stringify(events)).toContain('Outcome unknown: interrupted')
    expect(calls).toBe(1)
    never.open()
  })

  it('has what it no longer begins executed elsewhere at once', async () => {
    world.model.answer(() => [{ text: 'Elsewhere.' }])
    const options = { leaseMilliseconds: LONG_LEASE, sweep: true }
    const leaving = await world.process(options)
    const staying = await world.process(options)
    // The question is stored just before the process is told to end, and begun just after.
    const awake = asleep(leaving.supervisor)
    const { runId } = await startRun(leaving.as(world.ada), { message: 'Who?' })
    await leaving.supervisor.drain()
    awake()
    leaving.supervisor.execute(world.organisation.id, runId)
    expect((await world.ended(staying, runId)).at(-1)?.type).toBe('finish')
  })

  it('passes on a run that was being made while it was told to end', async () => {
    world.model.answer(() => [{ text: 'from the one that stays' }])
    const options = { leaseMilliseconds: LONG_LEASE, sweep: true }
    const leaving = await world.process(options)
    const staying = await world.process(options)
    const { supervisor, store } = leaving.services
    const commit = store.commit.bind(store)
    store.commit = async (input) => {
      const result = await commit(input)
      if (input.operationId.startsWith('start:')) await supervisor.drain()
      return result
    }
    const { runId } = await startRun(leaving.as(world.ada), { message: 'Who?' })
    expect((await world.ended(staying, runId)).at(-1)?.type).toBe('finish')
  })
})

describe('a process that could not subscribe when it started', () => {
  it('hears of hand-overs as soon as it can, and takes over at once', async () => {
    world.model.answer(() => [{ text: 'Heard.' }])
    const leaving = await world.process({ leaseMilliseconds: LONG_LEASE })
    const deaf = await world.process({ leaseMilliseconds: LONG_LEASE })
    const { store } = deaf.services
    const subscribe = store.subscribe.bind(store)
    let refused = 0
    const heard = Promise.withResolvers<void>()
    store.subscribe = async (topic, listener) => {
      if (topic === 'orphans' && refused++ === 0) throw new StoreUnavailable()
      const unsubscribe = await subscribe(topic, listener)
      if (topic === 'orphans') heard.resolve()
      return unsubscribe
    }
    deaf.supervisor.startSweeping()
    await heard.promise
    const awake = asleep(leaving.supervisor)
    const { runId } = await startRun(leaving.as(world.ada), { message: 'Who?' })
    await leaving.supervisor.drain()
    awake()
    leaving.supervisor.execute(world.organisation.id, runId)
    expect((await world.ended(deaf, runId)).at(-1)?.type).toBe('finish')
  })
})

describe('a run whose owner is gone, where nothing sweeps', () => {
  const looks: [string, (instance: Instance, ids: { runId: string; sessionId: string }) => Promise<unknown>][] = [
    ['its run is read', (instance, { runId }) => getRun(instance.as(world.ada), { runId })],
    ['its session is read', (instance, { sessionId }) => getSession(instance.as(world.ada), { sessionId })],
    [
      'its run is watched',
      (instance, { runId }) =>
        watchRun(instance.as(world.ada), { runId, after: 0, signal: AbortSignal.timeout(20_000) }),
    ],
    [
      'its session is watched',
      async (instance, { sessionId }) => {
        const signal = AbortSignal.timeout(20_000)
        void watchSession(instance.as(world.ada), { sessionId, cursor: null, signal, deliver: async () => {} })
      },
    ],
  ]

  it.each(looks)('is taken over when %s', async (_, lookAt) => {
    const never = gate()
    world.model.answerInTurn(
      async function* () {
        yield { text: 'old' }
        yield { wait: never.promise }
      },
      () => [{ text: 'new' }],
    )
    const owner = await world.process({ leaseMilliseconds: SHORT_LEASE })
    const other = await world.process()
    const ids = await startRun(owner.as(world.ada), { message: 'Why?' })
    await said(owner, ids.runId, 'old')
    owner.kill()
    const { store } = other.services
    const lease = async () => (await store.readLease(world.organisation.id, runLease(ids.runId)))?.remaining ?? 0
    await expect.poll(lease, PATIENCE).toBeLessThanOrEqual(0)
    await lookAt(other, ids)
    expect((await world.ended(other, ids.runId)).at(-1)?.type).toBe('finish')
    never.open()
  })

  it('is taken over by who had been watching all along', async () => {
    const never = gate()
    world.model.answerInTurn(
      async function* () {
        yield { text: 'old' }
        yield { wait: never.promise }
      },
      () => [{ text: 'new' }],
    )
    const owner = await world.process({ leaseMilliseconds: SHORT_LEASE })
    const other = await world.process({ leaseMilliseconds: SHORT_LEASE, attend: true })
    const { runId } = await startRun(owner.as(world.ada), { message: 'Why?' })
    await said(owner, runId, 'old')
    const signal = AbortSignal.timeout(20_000)
    const { events } = await watchRun(other.as(world.ada), { runId, after: 0, signal })
    const numbers: number[] = []
    let last = ''
    for await (const entries of events) {
      for (const { n, data } of entries) {
        numbers.push(n)
        last = data
        if (data.includes('"old"')) owner.kill()
      }
    }
    expect(JSON.parse(last).type).toBe('finish')
    expect(numbers).toEqual(numbers.map((_, at) => at + 1))
    never.open()
  })
})
