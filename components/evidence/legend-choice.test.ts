import { expect, it } from 'vitest'
import { chooseLine } from '@/components/evidence/legend-choice'

const none = new Set<number>()

it('isolates a line, goes over to another one, and brings all back when the one alone is chosen again', () => {
  const alone = chooseLine(none, 1, 3, false)
  expect([...alone]).toEqual([0, 2])
  expect([...chooseLine(alone, 2, 3, false)]).toEqual([0, 1])
  expect([...chooseLine(alone, 1, 3, false)]).toEqual([])
})

it('hides and shows one of several with a modifier, and never hides the last', () => {
  const one = chooseLine(none, 0, 2, true)
  expect([...one]).toEqual([0])
  expect([...chooseLine(one, 0, 2, true)]).toEqual([])
  expect([...chooseLine(one, 1, 2, true)]).toEqual([])
})

it('leaves a single line shown', () => {
  expect([...chooseLine(none, 0, 1, false)]).toEqual([])
  expect([...chooseLine(none, 0, 1, true)]).toEqual([])
})
