import { describe, expect, it } from 'vitest'
import { countJourneys, MOST_FLAKY } from './journeys.mjs'

const spec = (title: string, status: string) => ({ title, tests: [{ status }] })

/** A report as Playwright writes it, with so many flaky journeys, every second of them in a group. */
function report(flaky: number, more: { unexpected?: number; skipped?: number } = {}) {
  const specs = Array.from({ length: flaky }, (_, index) => spec(`race ${index + 1}`, 'flaky'))
  return {
    stats: { expected: 10, unexpected: 0, skipped: 0, flaky, ...more },
    suites: [
      {
        file: 'ask.spec.ts',
        specs: [spec('a quiet one', 'expected'), ...specs.filter((_, index) => index % 2 === 0)],
        suites: [{ file: 'ask.spec.ts', specs: specs.filter((_, index) => index % 2 === 1) }],
      },
    ],
  }
}

describe('the count of journeys', () => {
  it('has nothing to name where everything passed at once', () => {
    expect(countJourneys(report(0))).toEqual({ passed: 10, failed: 0, flaky: [] })
  })

  it('takes a journey that passed on the second try as passed, and names it', () => {
    expect(countJourneys(report(2))).toEqual({
      passed: 12,
      failed: 0,
      flaky: ['ask.spec.ts “race 1”', 'ask.spec.ts “race 2”'],
    })
  })

  it('refuses more than a few of them, still by name', () => {
    expect(countJourneys(report(MOST_FLAKY)).failed).toBe(0)
    const { passed, failed, flaky } = countJourneys(report(MOST_FLAKY + 1))
    expect([passed, failed, flaky.length]).toEqual([10, MOST_FLAKY + 1, MOST_FLAKY + 1])
  })

  it('takes what failed twice and what was skipped as failed', () => {
    expect(countJourneys(report(1, { unexpected: 2, skipped: 1 }))).toMatchObject({ passed: 11, failed: 3 })
  })
})
