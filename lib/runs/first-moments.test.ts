import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { RunChunk } from '@/lib/agent/events'
import { stopTopic } from '@/lib/runs/collection'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { World } from '@/lib/runs/testing/world'
import type { Store } from '@/lib/stores/contract'

let world: World
beforeEach(async () => {
  world = await World.create()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await world.close()
})

/** The store, with some of its calls answered by somebody else. */
function over(store: Store, given: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(given, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

it('a new run hears of stops before it calls its first tool, however soon that is', async () => {
  const order: string[] = []
  // A run whose first step is quicker than what it waits for otherwise.
  const { setTimeout } = globalThis
  const slow = (milliseconds?: number) => (milliseconds === 20 ? 60_000 : milliseconds)
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, milliseconds?: number) =>
    setTimeout(work, slow(milliseconds))) as typeof setTimeout)
  const one = await world.process()
  const { services } = one
  const { store } = services
  services.store = over(store, {
    subscribe(topic, listener) {
      if (topic.startsWith(stopTopic(''))) order.push('heard of')
      return store.subscribe(topic, listener)
    },
  })
  world.tools.add('look', { annotations: { readOnlyHint: true } }, () => {
    order.push('called')
    return { content: [{ type: 'text', text: 'seen' }] }
  })
  world.model.answerInTurn(
    () => [{ call: 'shop__look', arguments: '{}' }],
    () => [{ text: 'Well.' }],
  )
  const { runId } = await startRun(one.as(world.ada), { message: 'Look', orgId: world.organisation.id })
  expect((await world.ended(one, runId)).at(-1)?.type).toBe('finish')
  expect(order).toEqual(['heard of', 'called'])
})

it('watchers beside an owner that lost its lease see the next one, though its own last append never ends', async () => {
  const one = await world.process({ leaseMilliseconds: 1_000 })
  const two = await world.process()
  const { services } = one
  const { store } = services
  let hangs = false
  services.store = over(store, {
    commit: (input) =>
      hangs && input.operationId.startsWith('log:') ? new Promise<never>(() => undefined) : store.commit(input),
  })
  const more = gate()
  world.model.answerInTurn(
    () => [{ text: 'One' }, { wait: more.promise }, { text: ' more' }],
    () => [{ text: 'Another' }],
  )
  const { runId } = await startRun(one.as(world.ada), { message: 'Hi', orgId: world.organisation.id })
  const seen: RunChunk[] = []
  const watching = (async () => {
    const signal = AbortSignal.timeout(10_000)
    const place = { partition: world.organisation.id, runId, after: 0, signal }
    for await (const entries of services.tails.watch(place)) {
      for (const { data } of entries) seen.push(JSON.parse(data) as RunChunk)
    }
  })()
  await expect.poll(() => seen.some((chunk) => chunk.type === 'text-delta')).toBe(true)
  hangs = true
  more.open()
  await world.lapse(runId)
  two.supervisor.execute(world.organisation.id, runId)
  await watching
  expect(seen.at(-1)?.type).toBe('finish')
  expect(seen.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.delta] : []))).toEqual(['One', 'Another'])
})
