import { afterAll, beforeAll, expect, it } from 'vitest'
import { members } from '@/lib/access/collections'
import { randomId } from '@/lib/ids'
import { beginRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, World } from '@/lib/runs/testing/world'
import { watchNewRun } from '@/lib/runs/watch'
import { sessionTopic } from '@/lib/sessions/collection'

let world: World
let one: Instance

beforeAll(async () => {
  world = await World.create()
  one = await world.process()
})
afterAll(() => world.close())

it('ends for an asker who lost the right to see the run before their watch heard of its session', async () => {
  const ctx = one.as(world.eddie)
  const { store } = one.services
  const hold = gate()
  world.model.answer(() => [{ text: 'Well' }, { wait: hold.promise }])
  const { made } = await beginRun(ctx, { message: 'Hi', orgId: world.organisation.id })
  if (!made) throw new Error('The run waits.')
  const asked = gate()
  const gone = gate()
  const late = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (name !== 'subscribe') return typeof value === 'function' ? value.bind(target) : value
      return async (topic: string, listener: () => void) => {
        if (topic === sessionTopic(made.sessionId)) {
          asked.open()
          await gone.promise
        }
        return store.subscribe(topic, listener)
      }
    },
  })
  const signal = AbortSignal.timeout(10_000)
  const { events } = await watchNewRun({ ...ctx, services: { ...one.services, store: late } }, { run: made, signal })
  const watching = (async () => {
    for await (const _ of events);
  })()
  watching.catch(() => undefined)
  await asked.promise
  // Without a signal, as when it was sent while nobody listened.
  const operations = [members.delete(world.eddie.id)]
  await store.commit({ partition: world.organisation.id, operationId: randomId(12), operations })
  gone.open()
  await expect(watching).rejects.toMatchObject({ code: 'not_found' })
  hold.open()
  await one.supervisor.idle()
})
