import { describe, expect, it } from 'vitest'
import { chooseStep, fillIntervalVariables, pointsOf } from '@/lib/datasources/prometheus/step'

const range = (seconds: number) => ({ from: 1_000_000, to: 1_000_000 + seconds })
const HOUR = 3_600

describe('the step of a range query', () => {
  it.each([
    [60, 15],
    [HOUR, 15],
    [6 * HOUR, 120],
    [24 * HOUR, 600],
    [7 * 24 * HOUR, 3_600],
    [365 * 24 * HOUR, 172_800],
  ])('over %i s is %i s without a wish', (seconds, step) => {
    expect(chooseStep(range(seconds))).toEqual({ step })
  })

  it('gives between 100 and 251 points from an hour to ten years', () => {
    for (let seconds = HOUR; seconds < 10 * 365 * 24 * HOUR; seconds = Math.round(seconds * 1.07) + 13) {
      const points = pointsOf(range(seconds), chooseStep(range(seconds)).step)
      expect(points).toBeLessThanOrEqual(251)
      expect(points).toBeGreaterThanOrEqual(70)
    }
  })

  it('keeps a wish, also one below the scrape interval', () => {
    expect(chooseStep(range(300), '1s')).toEqual({ step: 1 })
  })

  it('raises a wish that gives more points than are returned, and says so', () => {
    const chosen = chooseStep(range(6 * HOUR), '5s')
    expect(chosen.step).toBe(30)
    expect(chosen.note).toMatch(/raised from 5s to 30s.*1,000 points/)
    expect(pointsOf(range(6 * HOUR), chosen.step)).toBeLessThanOrEqual(1_000)
  })

  it('refuses a wish beyond 11,000 points and names one that fits', () => {
    expect(() => chooseStep(range(30 * 24 * HOUR), '15s')).toThrow(/maximum of 11,000 points.*at least 1h/)
  })
})

describe("Grafana's interval variables", () => {
  it('are filled in, other dollars left alone', () => {
    expect(
      fillIntervalVariables('rate(a[$__rate_interval]) + b[$__interval] + label_replace(c, "x", "$1", "", "")', 120),
    ).toBe('rate(a[135s]) + b[120s] + label_replace(c, "x", "$1", "", "")')
    expect(fillIntervalVariables('increase(a[$__range])', 60, 3600)).toBe('increase(a[3600s])')
  })
})
