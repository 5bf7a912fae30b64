// `node scripts/mutations.mjs [--only NAME]`: switches one mechanism after the other off in a copy of the sources, and
// shows which tests go red. A mechanism that no test misses fails the command.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureDependencies, environment, nodePath, ROOT, say } from './lib.mjs'

/** `find` must stand in the file exactly once: a mutation that no longer applies is an error, not a pass. */
const MUTATIONS = [
  {
    name: 'fencing (SQLite)',
    file: 'lib/stores/sqlite/commit.ts',
    find: "return actual === operation.token ? NOTHING : { reason: 'fenced', actual }",
    replace: 'return actual === -1 ? NOTHING : NOTHING',
    tests: ['lib/stores/sqlite/sqlite.test.ts', 'lib/runs/recovery.test.ts'],
  },
  {
    name: 'fencing (Redis)',
    file: 'lib/stores/redis/commit-script.ts',
    find: "if tonumber(take()) ~= newest then reason, actual = 'fenced', newest end",
    replace: 'take()',
    tests: ['lib/stores/redis/redis.test.ts'],
  },
  {
    name: 'operation ids (SQLite)',
    file: 'lib/stores/sqlite/commit.ts',
    find: 'if (remembered) return',
    replace: 'if (remembered && now < 0) return',
    tests: ['lib/stores/sqlite/sqlite.test.ts'],
  },
  {
    name: 'a commit is repeated under its own operation id',
    file: 'lib/runs/log-writer.ts',
    find: 'const result = await store.commit(input)',
    replace: 'const result = await store.commit({ ...input, operationId: input.operationId + Math.random() })',
    tests: ['lib/runs/contention.test.ts'],
  },
  {
    name: 'the log has no gap (`expectedNext`, SQLite)',
    file: 'lib/stores/sqlite/commit.ts',
    find: "return 'due' in appended ? { reason: 'next', actual: appended.due } : { value: appended.last }",
    replace: "return 'due' in appended ? NOTHING : { value: appended.last }",
    tests: ['lib/stores/sqlite/sqlite.test.ts'],
  },
  {
    name: 'log before show: nothing goes on before what it says is stored',
    file: 'lib/runs/log-writer.ts',
    find: 'while (this.pumping) await this.pumping',
    replace: 'await Promise.resolve()',
    tests: ['lib/runs/recovery.test.ts', 'lib/runs/cancel.test.ts'],
  },
  {
    name: 'a tail reads once after it is subscribed, whether a signal comes or not',
    file: 'lib/runs/tail.ts',
    find: 'await tail.open()',
    replace: 'tail.opened = true',
    tests: ['lib/runs/tail.test.ts', 'lib/runs/start.test.ts'],
  },
  {
    name: 'two-phase steps: a step in its tools phase is never reset',
    file: 'lib/runs/execute.ts',
    find: "if (this.replay.current.phase === 'model') this.own({ type: 'reset-step' })",
    replace:
      "this.own({ type: 'reset-step' })\n    if (this.replay.current.phase === 'tools') this.replay.current = { phase: 'none' }",
    tests: ['lib/runs/recovery.test.ts'],
  },
  {
    name: 'two-phase steps: the model phase is reset at a take-over',
    file: 'lib/runs/execute.ts',
    find: "if (this.replay.current.phase === 'model') this.own({ type: 'reset-step' })",
    replace: '',
    tests: ['lib/runs/recovery.test.ts'],
  },
  {
    name: 'effects at most once: a call whose intent is recorded is not made again',
    file: 'lib/agent/tools-phase.ts',
    find: 'if (call.started && ',
    replace: 'if (call.started && call.toolCallId === "" && ',
    tests: ['lib/runs/recovery.test.ts'],
  },
  {
    name: 'the lease is checked right before a call is sent',
    file: 'lib/runs/ports.ts',
    find: '          lease.check()\n',
    replace: '',
    tests: ['lib/runs/contention.test.ts'],
  },
  {
    name: 'a stop is read although its signal was lost',
    file: 'lib/runs/execute.ts',
    find: 'input.lease.onBeat(readStop)',
    replace: '',
    tests: ['lib/runs/contention.test.ts'],
  },
  {
    name: 'one active run per session, enforced by the store',
    file: 'lib/runs/start.ts',
    find: 'const guard = condition.ifVersion === undefined ? { ifAbsent: true as const } : condition',
    replace: 'const guard = condition.ifVersion === undefined ? { ifAbsent: true as const } : {}',
    tests: ['lib/runs/contention.test.ts'],
  },
  {
    name: 'a repeated idempotency key gives the same run',
    file: 'lib/runs/start.ts',
    find: 'if (earlier) return repeated(',
    replace: 'if (earlier && attempt < 0) return repeated(',
    tests: ['lib/runs/start.test.ts'],
  },
  {
    name: 'what lapsed is taken over',
    file: 'lib/runs/supervise.ts',
    find: 'if (!lease || lease.remaining <= 0) this.execute(organisationId, id)',
    replace: 'if (!lease) this.execute(organisationId, id)',
    tests: ['lib/runs/recovery.test.ts'],
  },
  {
    name: 'the room of a process goes round the organisations',
    file: 'lib/runs/turns.ts',
    find: 'const at = ids.indexOf(last) + 1',
    replace: 'const at = ids.indexOf(last) < 0 ? ids.length : 0',
    tests: ['lib/runs/capacity.test.ts'],
  },
  {
    name: 'what a full process has no room for is offered to the others',
    file: 'lib/runs/supervise.ts',
    find: 'if (!(await this.turns.admit(organisationId))) await this.callOthers()',
    replace: 'await this.turns.admit(organisationId)',
    tests: ['lib/runs/capacity.test.ts'],
  },
  {
    name: 'hand-overs are subscribed to again when it failed',
    file: 'lib/runs/supervise.ts',
    find: 'if (!this.draining) this.listen(onOrphans, false)',
    replace: 'if (!this.draining) onOrphans()',
    tests: ['lib/runs/hand-over.test.ts'],
  },
  {
    name: 'without pub/sub the poll alone wakes',
    file: 'lib/stores/redis/signals.ts',
    find: 'if (!(error instanceof PushRefused)) throw error',
    replace: 'throw error',
    tests: ['lib/stores/redis/redis.test.ts'],
  },
  {
    name: 'errors are recognised across module graphs',
    file: 'lib/errors.ts',
    find: 'return this === type ? matches(markOf(value)) :',
    replace: 'return',
    tests: ['lib/errors.test.ts'],
  },
]

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
