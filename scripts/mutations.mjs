// `node scripts/mutations.mjs [--only NAME]`: switches one mechanism after the other off in a copy of the sources, and
// shows which tests go red. A mechanism that no test misses fails the command.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureDependencies, environment, nodePath, ROOT, say } from './lib.mjs'
import { MUTATIONS } from './mutation-list.mjs'

const LEFT_OUT = new Set(['node_modules', '.next', '.git', 'data', 'test-results'])

function copySources() {
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-mutations-'))
  for (const entry of readdirSync(ROOT)) {
    if (!LEFT_OUT.has(entry)) cpSync(join(ROOT, entry), join(folder, entry), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** The tests of these files that failed, and how many there were. */
function runTests(folder, tests, more = []) {
  const report = join(folder, 'mutations-report.json')
  rmSync(report, { force: true })
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=json', `--outputFile=${report}`, ...more, ...tests]
  const child = spawn(nodePath(), args, {
    cwd: folder,
    env: environment({ CI: '1' }),
    stdio: 'ignore',
    timeout: 900_000,
  })
  return new Promise((resolve) => {
    child.on('exit', () => {
      try {
        const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
        const all = testResults.flatMap((file) => file.assertionResults)
        const red = all.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
        // After `--bail` files are left unread; a mutation that no file survives breaks the syntax and proves nothing.
        resolve({ count: all.length, red: all.length > 0 ? red : ['(no test could be loaded)'] })
      } catch {
        resolve({ count: 0, red: ['(the tests did not end)'] })
      }
    })
  })
}

await ensureDependencies()
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : ''
const folder = copySources()
let failures = 0
try {
  const chosen = MUTATIONS.filter(({ name }) => name.includes(only))
  const clean = await runTests(folder, [...new Set(chosen.flatMap(({ tests }) => tests))])
  if (clean.red.length > 0) say(`Red without any mutation (not counted below): ${clean.red.join(' | ')}`)
  for (const { name, file, find, replace, tests } of chosen) {
    const path = join(folder, file)
    const source = readFileSync(path, 'utf8')
    if (source.split(find).length !== 2) {
      failures += 1
      console.log(`\n${name}\n  NOT APPLICABLE: ${file} does not hold the line once; write the mutation anew`)
      continue
    }
    writeFileSync(
      path,
      source.replace(find, () => replace),
    )
    const { count, red } = await runTests(folder, tests, ['--bail=5'])
    writeFileSync(path, source)
    // A mutation under which no test runs at all proves nothing.
    const missed = count === 0 ? [] : red.filter((test) => !clean.red.includes(test))
    if (missed.length === 0) failures += 1
    console.log(
      `\n${name} (${file})\n  ${missed.length} of ${count} tests red${missed.length === 0 ? ': NO TEST MISSES IT' : ''}`,
    )
    for (const test of missed) console.log(`  - ${test}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log()
say(failures === 0 ? 'Each mechanism has a test that fails without it.' : `${failures} mechanisms without such a test.`)
process.exit(failures === 0 ? 0 : 1)
