import { describe, expect, it } from 'vitest'
import { MOST_FLAKY } from './journeys.mjs'
import { countTests, filesToTryAgain } from './unit-tests.mjs'

const ROOT = '/home/me/longwatch/'

/** A report as Vitest writes it: a quiet file, one with so many failed tests, and one that could not be read. */
function report({ failed = 0, isBroken = false }: { failed?: number; isBroken?: boolean } = {}) {
  const test = (fullName: string, status: string) => ({ fullName, status })
  const races = Array.from({ length: failed }, (_, index) => test(`race ${index + 1}`, 'failed'))
  return {
    numPassedTests: 10,
    numFailedTests: failed,
    testResults: [
      { name: `${ROOT}lib/quiet.test.ts`, status: 'passed', assertionResults: [test('is quiet', 'passed')] },
      {
        name: `${ROOT}lib/races.test.ts`,
        status: failed > 0 ? 'failed' : 'passed',
        assertionResults: [test('is there', 'passed'), ...races],
      },
      ...(isBroken ? [{ name: `${ROOT}lib/broken.test.ts`, status: 'failed', assertionResults: [] }] : []),
    ],
  }
}

describe('a second try of tests', () => {
  it('is made of the files in which few tests failed', () => {
    expect(filesToTryAgain(report({ failed: 2 }))).toEqual([`${ROOT}lib/races.test.ts`])
  })

  it('is not made where nothing failed, much did, or a file cannot be read', () => {
    expect(filesToTryAgain(report())).toEqual([])
    expect(filesToTryAgain(report({ failed: MOST_FLAKY + 1 }))).toEqual([])
    expect(filesToTryAgain(report({ failed: 1, isBroken: true }))).toEqual([])
  })

  it('that passes makes a test count, and names it', () => {
    expect(countTests(report({ failed: 1 }), report(), ROOT)).toEqual({
      passed: 11,
      failed: 0,
      flaky: ['lib/races.test.ts “race 1”'],
    })
  })

  it('that fails too leaves the first as it was', () => {
    expect(countTests(report({ failed: 2 }), report({ failed: 1 }), ROOT)).toEqual({ passed: 10, failed: 2, flaky: [] })
    expect(countTests(report({ failed: 2 }), null, ROOT)).toEqual({ passed: 10, failed: 2, flaky: [] })
  })

  it('is none of its business that a file cannot be read: that has failed', () => {
    expect(countTests(report({ isBroken: true }), null, ROOT).failed).toBe(1)
  })
})
