// `npm test`: everything, from a fresh clone. Ends with one line: N passed, N failed.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuild, ensureDependencies, environment, fail, hasCommand, nodePath, ROOT, run, say } from './lib.mjs'

const started = Date.now()
const REPORTS = join(ROOT, 'test-results')

/** Command that must be there → Debian package that brings it. */
const SYSTEM = {
  'redis-server': 'redis-server',
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
}

const hasChromium = () => Boolean(process.env.CHROMIUM_PATH) || hasCommand('chromium')

async function ensureSystem() {
  const missing = Object.entries(SYSTEM).filter(([command]) => !hasCommand(command))
  const packages = missing.map(([, name]) => name)
  if (!hasChromium()) packages.push('chromium')
  if (packages.length === 0) return
  const debian = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!debian) {
    fail(
      `The tests need ${packages.join(', ')}, which are not on this machine. On Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}. Elsewhere install them so that the commands are on the PATH; a Chromium elsewhere is named by CHROMIUM_PATH.`,
    )
  }
  say(`Installing Debian packages: ${packages.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env }
  if ((await run('apt-get', ['update', '-qq'], quiet)) !== 0) fail('apt-get update failed; see above.')
  const code = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet)
  if (code !== 0) fail(`apt-get could not install ${packages.join(', ')}; see above.`)
}

const totals = { passed: 0, failed: 0 }
const failures = []

async function stage(name, args, count) {
  say(`${name} …`)
  const begin = Date.now()
  const code = await run(nodePath(), args, { env: environment({ CI: '1' }) })
  const { passed, failed } = count?.() ?? { passed: 0, failed: code === 0 ? 0 : 1 }
  totals.passed += passed
  totals.failed += code !== 0 && failed === 0 ? 1 : failed
  if (code !== 0) failures.push(name)
  say(`${name}: ${code === 0 ? 'passed' : 'FAILED'} (${Math.round((Date.now() - begin) / 1000)} s)`)
}

function countVitest() {
  const file = join(REPORTS, 'vitest.json')
  if (!existsSync(file)) return null
  const report = JSON.parse(readFileSync(file, 'utf8'))
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numFailedTestSuites }
}

function countPlaywright() {
  const file = join(REPORTS, 'playwright.json')
  if (!existsSync(file)) return null
  const { stats } = JSON.parse(readFileSync(file, 'utf8'))
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped }
}

await ensureDependencies()
await ensureSystem()
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
await stage(
  'Unit and integration tests',
  [
    'node_modules/.bin/vitest',
    'run',
    '--reporter=dot',
    '--reporter=json',
    '--outputFile.json=test-results/vitest.json',
  ],
  countVitest,
)
await ensureBuild()
await stage('End-to-end tests', ['node_modules/.bin/playwright', 'test'], countPlaywright)
await stage('The demo from its command', ['scripts/demo-smoke.mjs'])

const seconds = Math.round((Date.now() - started) / 1000)
say(failures.length === 0 ? `Everything passed in ${seconds} s.` : `Failed after ${seconds} s: ${failures.join(', ')}.`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exit(failures.length === 0 && totals.failed === 0 ? 0 : 1)
