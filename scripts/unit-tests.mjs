// What is said of a run of Vitest, and of a second run of the files that failed in it. As with the browser's journeys, a race counts but is named.
import { relative } from 'node:path'
import { MOST_FLAKY } from './journeys.mjs'

/**
 * @typedef {{ fullName: string, status: string }} Assertion
 * @typedef {{ name: string, status: string, assertionResults: Assertion[] }} File
 * @typedef {{ numPassedTests: number, numFailedTests: number, testResults: File[] }} Report
 */

/**
 * The files whose tests are worth a second try: few of them failed. Empty when too many did, or none (an error outside of any test).
 * @param {Report} report Vitest's JSON report
 * @returns {string[]} paths
 */
export function filesToTryAgain({ numFailedTests, testResults }) {
  const files = testResults.filter(({ status }) => status === 'failed')
  const broken = files.filter(({ assertionResults }) => failedIn(assertionResults).length === 0)
  if (numFailedTests === 0 || numFailedTests > MOST_FLAKY || broken.length > 0) return []
  return files.map(({ name }) => name)
}

/** @param {Assertion[]} assertions */
const failedIn = (assertions) => assertions.filter(({ status }) => status === 'failed')

/**
 * How many tests passed and failed, and which passed on the second try only.
 * @param {Report} first
 * @param {Report | null} second of the failed files alone; null without a second try
 * @param {string} root what file names are shortened by
 */
export function countTests(first, second, root) {
  const { numPassedTests: passed, numFailedTests: failed, testResults } = first
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && failedIn(assertionResults).length === 0,
  )
  if (!second || second.numFailedTests > 0 || second.testResults.some(({ status }) => status === 'failed'))
    return { passed, failed: failed + broken.length, flaky: [] }
  const flaky = testResults.flatMap(({ name, assertionResults }) =>
    failedIn(assertionResults).map(({ fullName }) => `${relative(root, name)} “${fullName}”`),
  )
  return { passed: passed + failed, failed: 0, flaky }
}
