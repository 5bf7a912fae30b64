import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { text } from '@/lib/mcp/testing/script'
import { runs } from '@/lib/runs/collection'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate, type ModelRequest, type Reply } from '@/lib/runs/testing/model-server'
import { Serverless } from '@/lib/runs/testing/serverless'
import { World } from '@/lib/runs/testing/world'
import { getSession } from '@/lib/sessions/get'
import type { LogEntry } from '@/lib/stores/contract'

let world: World
/** Of an invocation; so long that this machine, as busy as it is now, gets something done in it. */
let limit: number
beforeAll(async () => {
  world = await World.create({ stepsPerRun: 200 })
  world.tools.add('note', { annotations: { readOnlyHint: false, destructiveHint: false } }, () => text('noted'))
  world.model.answer(manySteps(1, () => true))
  let began = 0
  // The first one also pays for what is loaded only once.
  for (const message of ['Warm up', 'Measure']) {
    began = performance.now()
    const process = await world.process()
    const { runId } = await startRun(process.as(world.ada), { message })
    await world.ended(process, runId)
  }
  limit = Math.round(Math.min(4_000, Math.max(1_000, 5 * (performance.now() - began))))
  world.tools.calls.length = 0
})
afterAll(() => world.close())

const resultsIn = (request: ModelRequest) => request.body.messages.filter(({ role }) => role === 'tool').length

/** Every step takes its time and makes one writing call; when `isEnough` comes the answer. */
const manySteps = (milliseconds: number, isEnough: () => boolean) =>
  async function* (request: ModelRequest): AsyncGenerator<Reply> {
    const step = resultsIn(request) + 1
    yield { text: `step ${step} ` }
    await delay(milliseconds)
    if (step > 3 && isEnough()) yield { text: 'all done' }
    else yield { call: 'shop__note', arguments: JSON.stringify({ step }) }
  }

async function collect(events: AsyncIterable<LogEntry>) {
  const all: LogEntry[] = []
  for await (const entry of events) all.push(entry)
  return all
}

describe('on a platform that kills every invocation at a limit', () => {
  it('a run of several times the limit completes, also when killed in mid-step and refused further self-calls', async () => {
    const platform = new Serverless(world, { limit, deepestCall: 2, deaths: [0.5] })
    const began = performance.now()
    world.model.answer(manySteps(limit / 10, () => performance.now() - began > 4 * limit && platform.refusals > 0))
    const { runId, sessionId } = await platform.invoke((instance) =>
      startRun(instance.as(world.ada), { message: 'Go on for long' }),
    )
    const [one, two] = await Promise.all([collect(platform.watch(runId)), collect(platform.watch(runId))])

    const reader = await world.process()
    const log = (await world.log(reader, runId)).map((chunk, at) => ({ n: at + 1, chunk }))
    const parsed = (entries: LogEntry[]) => entries.map(({ n, data }) => ({ n, chunk: JSON.parse(data) }))
    expect(parsed(one)).toEqual(log)
    expect(parsed(two)).toEqual(log)
    expect(await getRun(reader.as(world.ada), { runId })).toMatchObject({ status: 'completed' })
    expect(JSON.stringify((await getSession(reader.as(world.ada), { sessionId })).messages.at(-1))).toContain(
      'all done',
    )
    const steps = world.tools.calls.map(({ args }) => args.step)
    expect(steps).toEqual([...new Set(steps)])
    expect(Math.max(...platform.invocations)).toBe(2)
    expect(platform.refusals).toBeGreaterThan(0)
  }, 60_000)

  it('a run that nobody watches goes on when the platform’s timer comes round', async () => {
    const platform = new Serverless(world, { limit, deepestCall: 0 })
    const began = performance.now()
    world.model.answer(manySteps(limit / 10, () => performance.now() - began > 1.5 * limit))
    const { runId } = await platform.invoke((instance) => startRun(instance.as(world.ada), { message: 'Alone' }))
    const reader = await world.process()
    const status = async () => {
      await platform.invoke(({ supervisor }) => supervisor.sweep())
      return (await runs.get(reader.services.store, world.organisation.id, runId))?.body.state.status
    }
    await expect.poll(status, { interval: limit / 3, timeout: 25_000 }).toBe('completed')
    expect(platform.invocations.length).toBeGreaterThan(2)
  }, 30_000)

  it('one answer of the model that a whole invocation is not enough for fails the run, and what was said stays', async () => {
    const platform = new Serverless(world, { limit, deepestCall: 2 })
    const never = gate()
    world.model.answer(async function* () {
      yield { text: 'This much I know' }
      yield { wait: never.promise }
    })
    const { runId, sessionId } = await platform.invoke((instance) =>
      startRun(instance.as(world.ada), { message: 'Think for ever' }),
    )
    const events = await collect(platform.watch(runId))
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ type: 'error' })
    const reader = await world.process()
    expect(await getRun(reader.as(world.ada), { runId })).toMatchObject({
      status: 'failed',
      error: { code: 'step_exceeds_platform_limit', message: expect.stringContaining('longer than the platform') },
    })
    const { messages } = await getSession(reader.as(world.ada), { sessionId })
    expect(JSON.stringify(messages.at(-1))).toContain('This much I know')
    never.open()
  }, 30_000)
})
