import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Pace } from '@/lib/models/pace'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lets time pass until it is so; within a second, or the test fails. */
function passUntil(isSo: () => boolean): void {
  for (let milliseconds = 0; !isSo(); milliseconds += 1) {
    if (milliseconds > 1_000) throw new Error('It did not happen within a second.')
    vi.advanceTimersByTime(1)
  }
}

/** After how many milliseconds a piece of work is done that comes now. */
function delayOf(pace: Pace): number {
  const began = performance.now()
  let done = false
  pace.run(() => {
    done = true
  })
  passUntil(() => done)
  return performance.now() - began
}

it('lets work run at once while there is time', () => {
  const done: number[] = []
  const pace = new Pace(() => 0.7)
  for (const n of [1, 2, 3]) pace.run(() => done.push(n))
  expect(done).toEqual([1, 2, 3])
})

it('lets work of one moment run together, in its order, while there is none', () => {
  const done: number[] = []
  const pace = new Pace(() => 0.9)
  for (const n of [1, 2, 3]) pace.run(() => done.push(n))
  expect(done).toEqual([])
  passUntil(() => done.length > 0)
  expect(done).toEqual([1, 2, 3])
})

it('does not let work of one moment wait for work of another', () => {
  const done: number[] = []
  const pace = new Pace(() => 0.9)
  pace.run(() => done.push(1))
  vi.advanceTimersByTime(7)
  pace.run(() => done.push(2))
  passUntil(() => done.length > 0)
  expect(done).toEqual([1])
  passUntil(() => done.length > 1)
  expect(done).toEqual([1, 2])
})

it('waits longer only while the shorter wait leaves no time, and less again when there is some', () => {
  let share = 0.9
  const pace = new Pace(() => share)
  const delays = (times: number) =>
    Array.from({ length: times }, () => {
      vi.advanceTimersByTime(100)
      return delayOf(pace)
    })
  // Up to 5 ms more, until others are due too.
  const waits = (times: number) => delays(times).map((delay) => [0, 8, 16, 36].findLast((wait) => wait <= delay))
  expect(waits(5)).toEqual([8, 16, 36, 36, 36])
  share = 0.65
  expect(waits(2)).toEqual([36, 36])
  share = 0.4
  expect(waits(4)).toEqual([16, 8, 0, 0])
})

it('lets work run at once again after a quiet while, however busy it was before', () => {
  let share = 0.9
  const pace = new Pace(() => share)
  for (let n = 0; n < 3; n += 1) {
    vi.advanceTimersByTime(100)
    delayOf(pace)
  }
  share = 0.1
  vi.advanceTimersByTime(1_000)
  expect(delayOf(pace)).toBe(0)
})

it('looks at the load once in a tenth of a second, however much work comes', () => {
  let looked = 0
  const pace = new Pace(() => {
    looked += 1
    return 0.9
  })
  for (let n = 0; n < 50; n += 1) pace.run(() => undefined)
  vi.advanceTimersByTime(99)
  pace.run(() => undefined)
  expect(looked).toBe(1)
  vi.advanceTimersByTime(1)
  pace.run(() => undefined)
  expect(looked).toBe(2)
})
