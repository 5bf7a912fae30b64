import { describe, expect, it } from 'vitest'
import type { Points } from '@/components/evidence/series'
import { pointsPerLine, thin, valueAt } from '@/components/evidence/thin'

const MOST = pointsPerLine(1)
const wave = (count: number): Points => Array.from({ length: count }, (_, at) => [at, Math.sin(at / 50)])

describe('thinned points', () => {
  it('are all of a few', () => {
    const points = wave(MOST)
    expect(thin(points, null, MOST)).toBe(points)
  })

  it('of 50,000 are few, in order, and keep both ends and every peak', () => {
    const points = wave(50_000)
    points[12_345] = [12_345, 900]
    points[23_456] = [23_456, -900]
    const thinned = thin(points, null, MOST)
    expect(thinned.length).toBeLessThanOrEqual(MOST + 1_000)
    expect(thinned).toEqual(thinned.toSorted((a, b) => a[0] - b[0]))
    expect(new Set(thinned.map(([time]) => time)).size).toBe(thinned.length)
    expect(thinned).toContainEqual([12_345, 900])
    expect(thinned).toContainEqual([23_456, -900])
    expect([thinned[0], thinned.at(-1)]).toEqual([points[0], points.at(-1)])
  })

  it('keep gaps, also those that a single missing value makes', () => {
    const points = wave(50_000)
    points[7_777] = [7_777, null]
    for (let at = 20_000; at < 30_000; at += 1) points[at] = [at, null]
    const thinned = thin(points, null, MOST)
    expect(thinned).toContainEqual([7_777, null])
    const inGap = thinned.filter(([time]) => time >= 20_100 && time < 29_900)
    expect(inGap.length).toBeGreaterThan(0)
    expect(inGap.every(([, value]) => value === null)).toBe(true)
  })

  it('are every point of a range that was zoomed into, with what is beside it kept coarsely', () => {
    const points = wave(50_000)
    const thinned = thin(points, { from: 10_000, to: 11_000 }, MOST)
    const inside = thinned.filter(([time]) => time >= 10_000 && time <= 11_000)
    expect(inside).toEqual(points.slice(10_000, 11_001))
    expect([thinned[0], thinned.at(-1)]).toEqual([points[0], points.at(-1)])
    expect(thinned.length).toBeLessThan(2_000)
  })

  it.each<[string, Points]>([
    ['one moment', Array.from({ length: 10_000 }, (_, at): [number, number] => [5, at])],
    ['only gaps', Array.from({ length: 10_000 }, (_, at): [number, null] => [at, null])],
    ['very uneven times', Array.from({ length: 10_000 }, (_, at): [number, number] => [2 ** (at / 200), at])],
    [
      'the largest numbers',
      Array.from({ length: 10_000 }, (_, at): [number, number] => [at, (at % 2 ? 1 : -1) * 1e308]),
    ],
  ])('of %s end, and are not more than there were', (_name, points) => {
    const thinned = thin(points, null, MOST)
    expect(thinned.length).toBeGreaterThan(0)
    expect(thinned.length).toBeLessThanOrEqual(points.length)
    expect(thin(points, { from: -1, to: 1e300 }, MOST).length).toBeLessThanOrEqual(points.length)
  })
})

it('share what is drawn among the lines, and none of them becomes a sketch', () => {
  expect([1, 6, 12, 24, 0].map(pointsPerLine)).toEqual([4_000, 2_667, 1_333, 667, 4_000])
})

it('tell the value of a line at a time that it has, gaps among them, and none at another', () => {
  const points: Points = [
    [1, 10],
    [2, null],
    [4, 40],
  ]
  expect([0, 1, 2, 3, 4, 5].map((time) => valueAt(points, time))).toEqual([
    undefined,
    10,
    null,
    undefined,
    40,
    undefined,
  ])
})
