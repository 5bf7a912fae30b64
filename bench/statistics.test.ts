import { describe, expect, it } from 'vitest'
import { Delays, median, percentile } from './statistics.ts'

describe('percentiles', () => {
  it('are values that occur, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(percentile([4, 1, 3, 2], 0.99)).toBe(4)
    expect(percentile([4, 1, 3, 2], 0.25)).toBe(1)
    expect(percentile([], 0.5)).toBe(0)
  })
})

describe('counted delays', () => {
  it('give the same percentiles as the values themselves', () => {
    const delays = new Delays()
    const values = Array.from({ length: 500 }, (_, index) => (index * 37) % 400)
    for (const value of values) delays.add(value)
    for (const share of [0.01, 0.5, 0.99, 1]) expect(delays.percentile(share)).toBe(percentile(values, share))
  })

  it('count what lies within a bound, the bound included', () => {
    const delays = new Delays()
    for (const value of [0, 99.6, 100, 100.6, 70_000, -3]) delays.add(value)
    expect(delays.within(100)).toBe(4)
    expect(delays.total).toBe(6)
  })
})
