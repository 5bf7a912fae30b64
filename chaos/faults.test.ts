import { expect, it } from 'vitest'
import { FaultPlan, type Injectable } from './faults.ts'
import { Instance } from './instance.ts'
import { Random } from './random.ts'
import { Records } from './records.ts'

it('counts a fault that was inflicted, and none that was drawn and left out', async () => {
  const records = new Records()
  const inflicted = { store: 0, model: 0, tool: 0 }
  const store = Promise.withResolvers<void>()
  const world = {
    // Neither is up, and no client is connected: there is nothing to kill, freeze, hand over or cut.
    instances: [await Instance.create('one', process.env, '/none'), await Instance.create('two', process.env, '/none')],
    proxy: { cut: () => 0 },
    store: {
      faults: [
        {
          name: 'store away',
          inflict: () => {
            inflicted.store += 1
            return store.promise
          },
        },
      ],
    },
    leaseMilliseconds: 1_000,
    async setUpstream({ model, tool }: { model?: string | null; tool?: string | null }) {
      if (model) inflicted.model += 1
      if (tool) inflicted.tool += 1
      // The first of these lasts for longer than faults are drawn; until it is over every other store fault is in vain.
      if (model === null || tool === null) store.resolve()
    },
    records,
  }
  await new FaultPlan(world as unknown as Injectable, new Random(1)).run(300, { least: 1, most: 2 })
  const counted = (kind: string) =>
    [...records.faults].reduce((sum, [name, times]) => sum + (name.startsWith(kind) ? times : 0), 0)
  expect(records.violations).toEqual([])
  expect(counted('store away')).toBe(1)
  expect(counted('model: ')).toBe(inflicted.model)
  expect(counted('tool: ')).toBe(inflicted.tool)
  expect(counted('')).toBe(inflicted.store + inflicted.model + inflicted.tool)
})
