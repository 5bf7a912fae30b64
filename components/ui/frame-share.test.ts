import { expect, it } from 'vitest'
import { createFrameShare } from '@/components/ui/frame-share'

/** Claims in frames of so many milliseconds; answers what was given in each. */
function inFrames(wanted: readonly number[], milliseconds: number, frames: number): number[][] {
  let now = 0
  const share = createFrameShare(() => now)
  return Array.from({ length: frames }, () => {
    now += milliseconds
    return wanted.map((one) => share.claim(one))
  })
}
const sum = (numbers: readonly number[] = []) => numbers.reduce((all, one) => all + one, 0)

it('gives all of a frame once it is known to be quick, and little of it before', () => {
  const given = inFrames([1], 16, 6).flat()
  expect(given[0]).toBe(0.3)
  expect(given.at(-1)).toBe(1)
})

it('gives many together hardly more than one, and each of them something', () => {
  const [given] = inFrames([1, 1, 1, 1], 16, 1)
  expect(given?.every((one) => one > 0)).toBe(true)
  expect(sum(given)).toBeLessThanOrEqual(0.61)
})

it('gives the little that is wanted whole', () => {
  expect(inFrames([0.05, 0.1, 0.1], 16, 1)).toEqual([[0.05, 0.1, 0.1]])
})

it('gives less where frames take too long, and never nothing', () => {
  const given = inFrames([1], 60, 6).flat()
  expect(given.at(-1)).toBe(0.25)
})

it('learns nothing from a page that rested', () => {
  expect(inFrames([1], 5_000, 3).flat()).toEqual([0.3, 0.3, 0.3])
})

it('gives everything where there are no frames', () => {
  const share = createFrameShare(() => null)
  expect([share.claim(1), share.claim(1)]).toEqual([1, 1])
})
