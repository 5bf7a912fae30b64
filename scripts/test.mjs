// `npm test`: everything, from a fresh clone. Ends with one line: N passed, N failed.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { countJourneys, MOST_FLAKY } from './journeys.mjs'
import { ensureBuild, ensureDependencies, environment, nodePath, ROOT, run, say } from './lib.mjs'
import { ensureBrowser, ensureSystemPackages } from './system-packages.mjs'
import { countTests, filesToTryAgain } from './unit-tests.mjs'

const started = Date.now()
const REPORTS = join(ROOT, 'test-results')

/** Command that must be there → Debian package that brings it. */
const SYSTEM = {
  'redis-server': 'redis-server',
  openssl: 'openssl',
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
}

const totals = { passed: 0, failed: 0 }
const failures = []

const stage = (name, args, count) =>
  judge(name, async () => {
    const code = await run(nodePath(), args, { env: environment({ CI: '1' }) })
    return { code, counted: count?.() }
  })

/** Does a stage's work and adds what came of it; without a count it is one test, by its exit code. */
async function judge(name, work) {
  say(`${name} …`)
  const begin = Date.now()
  const { code, counted } = await work()
  const { passed, failed, flaky = [] } = counted ?? { passed: 0, failed: code === 0 ? 0 : 1 }
  totals.passed += passed
  totals.failed += code !== 0 && failed === 0 ? 1 : failed
  const isGood = code === 0 && failed === 0
  if (!isGood) failures.push(name)
  for (const one of flaky) say(`passed on the second try: ${one}`)
  if (flaky.length > MOST_FLAKY) say(`${flaky.length} wanted a second try; at most ${MOST_FLAKY} may.`)
  say(`${name}: ${isGood ? 'passed' : 'FAILED'} (${Math.round((Date.now() - begin) / 1000)} s)`)
}

const vitest = (report, projects, files = []) => [
  'node_modules/.bin/vitest',
  'run',
  ...files,
  ...projects.map((project) => `--project=${project}`),
  '--reporter=dot',
  '--reporter=json',
  `--outputFile.json=test-results/${report}.json`,
]

function readReport(name) {
  const file = join(REPORTS, `${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}

/** Files in which few tests failed are tried once more, in a process of their own. */
const tests = (title, name, projects) =>
  judge(title, async () => {
    const code = await run(nodePath(), vitest(name, projects), { env: environment({ CI: '1' }) })
    const report = readReport(name)
    const files = code !== 0 && report ? filesToTryAgain(report) : []
    if (files.length === 0) return { code, counted: report && countTests(report, null, ROOT) }
    say(`${title}: once more what failed …`)
    const again = `${name}-again`
    const second = await run(nodePath(), vitest(again, projects, files), { env: environment({ CI: '1' }) })
    return { code: second, counted: countTests(report, readReport(again), ROOT) }
  })

function countPlaywright() {
  const file = join(REPORTS, 'playwright.json')
  if (!existsSync(file)) return null
  return countJourneys(JSON.parse(readFileSync(file, 'utf8')))
}

/** Two minutes of faults; each promise that is checked at the end counts as a test. */
async function chaos(store) {
  const report = join(REPORTS, `chaos-${store}.json`)
  await stage(
    `Two minutes of chaos over ${store}`,
    ['scripts/chaos.mjs', '--store', store, '--minutes', '2', '--instances', '3', '--report', report],
    () => (existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null),
  )
}

await ensureDependencies()
await ensureSystemPackages(SYSTEM, 'The tests need')
await ensureBrowser('The tests need')
rmSync(REPORTS, { recursive: true, force: true })
mkdirSync(REPORTS, { recursive: true })

await stage('Format, lint and import directions', [
  'node_modules/.bin/biome',
  'ci',
  '--colors=off',
  '--error-on-warnings',
  '.',
])
await stage('Types', ['scripts/types.mjs'])
await tests('Unit and integration tests', 'vitest', ['unit', 'integration'])
await ensureBuild()
await tests('Several instances', 'instances', ['instances'])
await stage('End-to-end tests', ['node_modules/.bin/playwright', 'test'], countPlaywright)
await stage('The demo from its command', ['scripts/demo-smoke.mjs', 'demo.mjs'])
await stage('The full set-up from its command', ['scripts/demo-smoke.mjs', 'server-full.mjs'])
await chaos('redis')
await chaos('sqlite')

const seconds = Math.round((Date.now() - started) / 1000)
say(failures.length === 0 ? `Everything passed in ${seconds} s.` : `Failed after ${seconds} s: ${failures.join(', ')}.`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exit(failures.length === 0 && totals.failed === 0 ? 0 : 1)
