import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { text } from '@/lib/mcp/testing/script'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import type { ModelRequest, Reply } from '@/lib/runs/testing/model-server'
import { Serverless } from '@/lib/runs/testing/serverless'
import { World } from '@/lib/runs/testing/world'

/** What `serverless.test.ts` proves in a hurry, here in the figures of a real platform. */
const LIMIT = 20_000
const LASTS = 90_000
const STEP = 3_500

let world: World
beforeAll(async () => {
  world = await World.create({ stepsPerRun: 200 }, 'redis')
  world.tools.add('note', { annotations: { readOnlyHint: false, destructiveHint: false } }, () => text('noted'))
})
afterAll(() => world.close())

it('a run of 90 s completes where every invocation is killed after 20 s and calls to oneself may not nest deeply', async () => {
  const began = performance.now()
  world.model.answer(async function* (request: ModelRequest): AsyncGenerator<Reply> {
    const step = request.body.messages.filter(({ role }) => role === 'tool').length + 1
    for (let word = 0; word < 10; word += 1) {
      yield { text: `${step}.${word} ` }
      await delay(STEP / 10)
    }
    if (performance.now() - began > LASTS) yield { text: 'all done' }
    else yield { call: 'shop__note', arguments: JSON.stringify({ step }) }
  })
  // The second one that executes dies in mid-step, unannounced.
  const platform = new Serverless(world, { limit: LIMIT, deepestCall: 2, deaths: [1, 0.6] })
  const { runId } = await platform.invoke((instance) => startRun(instance.as(world.ada), { message: 'Take your time' }))
  const seen: string[] = []
  for await (const { n, data } of platform.watch(runId)) {
    seen.push(data)
    expect(n).toBe(seen.length)
  }
  expect(performance.now() - began).toBeGreaterThan(LASTS)
  const reader = await world.process()
  expect(await getRun(reader.as(world.ada), { runId })).toMatchObject({ status: 'completed' })
  expect(seen.map((data) => JSON.parse(data))).toEqual(await world.log(reader, runId))
  expect(seen.join()).toContain('all done')
  const steps = world.tools.calls.map(({ args }) => args.step)
  expect(steps).toEqual([...new Set(steps)])
  // It cannot have been fewer than the time needs.
  expect(platform.invocations.length).toBeGreaterThan(LASTS / LIMIT)
  expect(platform.refusals).toBeGreaterThan(0)
}, 180_000)
