// `npm test`: everything, from a fresh clone. Ends with one line: N passed, N failed.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { countJourneys, MOST_FLAKY } from './journeys.mjs'
import { ensureBuild, ensureDependencies, environment, hasCommand, nodePath, ROOT, run, say } from './lib.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

const started = Date.now()
const REPORTS = join(ROOT, 'test-results')

/** Command that must be there → Debian package that brings it. */
const SYSTEM = {
  'redis-server': 'redis-server',
  openssl: 'openssl',
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
}

const hasChromium = () => Boolean(process.env.CHROMIUM_PATH) || hasCommand('chromium')

const totals = { passed: 0, failed: 0 }
const failures = []

async function stage(name, args, count) {
  say(`${name} …`)
  const begin = Date.now()
  const code = await run(nodePath(), args, { env: environment({ CI: '1' }) })
  const { passed, failed, flaky = [] } = count?.() ?? { passed: 0, failed: code === 0 ? 0 : 1 }
  totals.passed += passed
  totals.failed += code !== 0 && failed === 0 ? 1 : failed
  const isGood = code === 0 && failed === 0
  if (!isGood) failures.push(name)
  for (const journey of flaky) say(`passed on the second try: ${journey}`)
  if (flaky.length > MOST_FLAKY) say(`${flaky.length} journeys wanted a second try; at most ${MOST_FLAKY} may.`)
  say(`${name}: ${isGood ? 'passed' : 'FAILED'} (${Math.round((Date.now() - begin) / 1000)} s)`)
}

const vitest = (report, projects) => [
  'node_modules/.bin/vitest',
  'run',
  ...projects.map((project) => `--project=${project}`),
  '--reporter=dot',
  '--reporter=json',
  `--outputFile.json=test-results/${report}.json`,
]

function countVitest(name) {
  const file = join(REPORTS, `${name}.json`)
  if (!existsSync(file)) return null
  const report = JSON.parse(readFileSync(file, 'utf8'))
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numFailedTestSuites }
}

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
await ensureSystemPackages(hasChromium() ? SYSTEM : { ...SYSTEM, chromium: 'chromium' }, 'The tests need')
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
await stage('Unit and integration tests', vitest('vitest', ['unit', 'integration']), () => countVitest('vitest'))
await ensureBuild()
await stage('Several instances', vitest('instances', ['instances']), () => countVitest('instances'))
await stage('End-to-end tests', ['node_modules/.bin/playwright', 'test'], countPlaywright)
await stage('The demo from its command', ['scripts/demo-smoke.mjs', 'demo.mjs'])
await stage('The full set-up from its command', ['scripts/demo-smoke.mjs', 'server-full.mjs'])
await chaos('redis')
await chaos('sqlite')

const seconds = Math.round((Date.now() - started) / 1000)
say(failures.length === 0 ? `Everything passed in ${seconds} s.` : `Failed after ${seconds} s: ${failures.join(', ')}.`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exit(failures.length === 0 && totals.failed === 0 ? 0 : 1)
