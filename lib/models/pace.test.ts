import { expect, it } from 'vitest'
import { Pace } from '@/lib/models/pace'

it('lets work run at once while there is time', () => {
  const done: number[] = []
  const pace = new Pace(() => 0.7)
  for (const n of [1, 2, 3]) pace.run(() => done.push(n))
  expect(done).toEqual([1, 2, 3])
})

it('lets work run together, in its order, while there is none', async () => {
  const turns: number[] = []
  let turn = 0
  const pace = new Pace(() => 0.9)
  const note = (n: number, resolve: (n: number) => void) => {
    turns.push(turn)
    resolve(n)
  }
  const all = [1, 2, 3].map((n) => new Promise<number>((resolve) => pace.run(() => note(n, resolve))))
  expect(turns).toEqual([])
  turn = 1
  expect(await Promise.all(all)).toEqual([1, 2, 3])
  expect(turns).toEqual([1, 1, 1])
})
