import { describe, expect, it } from 'vitest'
import { indexOfTime, movedRange, movedReading, shownOf, zoomedRange } from '@/components/evidence/reading'

const shown = { first: 10, last: 50 }

describe('the reading of a chart', () => {
  it.each([
    ['ArrowRight', 20, 21],
    ['ArrowLeft', 20, 19],
    ['ArrowRight', 50, 50],
    ['ArrowLeft', 10, 10],
    ['ArrowRight', null, 10],
    ['ArrowLeft', null, 50],
    ['PageDown', 20, 24],
    ['PageUp', 11, 10],
    ['Home', 30, 10],
    ['End', null, 50],
    ['Escape', 30, null],
    ['a', 30, undefined],
  ])('%s moves it from %s to %s', (key, from, to) => {
    expect(movedReading(key, from, shown)).toBe(to)
  })

  it('comes back into what is shown after a zoom', () => {
    expect(movedReading('ArrowRight', 2, shown)).toBe(10)
  })
})

it('knows which times are shown, and all of them where the range has none', () => {
  const times = [1, 2, 3, 4, 5]
  expect(shownOf(times, null)).toEqual({ first: 0, last: 4 })
  expect(shownOf(times, { from: 1.5, to: 4 })).toEqual({ first: 1, last: 3 })
  expect(shownOf(times, { from: 2.1, to: 2.9 })).toEqual({ first: 0, last: 4 })
  expect(shownOf([], null)).toEqual({ first: 0, last: 0 })
})

it('zooms around a time, and out to the whole again', () => {
  const whole = { from: 0, to: 100 }
  const near = zoomedRange(whole, whole, 50, 0.5)
  expect(near).toEqual({ from: 25, to: 75 })
  expect(zoomedRange(whole, near ?? whole, 50, 2)).toBeNull()
  expect(zoomedRange(whole, { from: 50, to: 50.0005 }, 50, 0.5)).toEqual({ from: 50, to: 50.0005 })
})

it('moves what is shown, and not beyond the whole', () => {
  const whole = { from: 0, to: 100 }
  expect(movedRange(whole, { from: 20, to: 40 }, 0.5)).toEqual({ from: 30, to: 50 })
  expect(movedRange(whole, { from: 20, to: 40 }, -2)).toEqual({ from: 0, to: 20 })
  expect(movedRange(whole, { from: 20, to: 40 }, 9)).toEqual({ from: 80, to: 100 })
})

it('finds a time among others, also after they became more or fewer', () => {
  expect([0, 1, 2, 3, 9].map((time) => indexOfTime([1, 2, 4], time))).toEqual([0, 0, 1, 2, 2])
  expect(indexOfTime([], 5)).toBe(0)
})
