// What is said of the browser's journeys. One that fails and then passes is a race: it counts, is named, and there may be few.

/**
 * @typedef {{ file: string, specs?: { title: string, tests: { status: string }[] }[], suites?: Suite[] }} Suite
 */

/** How many may want a second try before the whole is refused. */
export const MOST_FLAKY = 3

/**
 * Reads Playwright's JSON report: how many journeys passed and failed, and which passed on the second try only. A journey
 * that was skipped has failed; more than `MOST_FLAKY` flaky ones have failed too.
 * @param {{ stats: Record<'expected' | 'unexpected' | 'skipped' | 'flaky', number>, suites?: Suite[] }} report
 */
export function countJourneys({ stats, suites = [] }) {
  const flaky = suites.flatMap((suite) => flakyOf(suite))
  const tooMany = stats.flaky > MOST_FLAKY
  return {
    passed: stats.expected + (tooMany ? 0 : stats.flaky),
    failed: stats.unexpected + stats.skipped + (tooMany ? stats.flaky : 0),
    flaky,
  }
}

/**
 * @param {Suite} suite
 * @returns {string[]}
 */
function flakyOf({ file, specs = [], suites = [] }) {
  const own = specs.filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
  return [...own.map(({ title }) => `${file} “${title}”`), ...suites.flatMap((suite) => flakyOf(suite))]
}
