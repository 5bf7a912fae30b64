import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { gate } from '@/lib/runs/testing/model-server'
import { World } from '@/lib/runs/testing/world'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Next.js names its modules without an extension, which plain Node does not know. */
const nextModules = `import { registerHooks } from 'node:module'
registerHooks({ resolve: (name, context, next) => next(name === 'next/server' ? 'next/server.js' : name, context) })`
const program = `import { start } from '@/lib/start'
await start()
setInterval(() => {}, 1000)`

let world: World
let child: ChildProcess | null = null
beforeAll(async () => {
  world = await World.create()
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await world.close()
})

function startProcess(): ChildProcess {
  const hooks = `data:text/javascript,${encodeURIComponent(nextModules)}`
  const args = ['--import', './scripts/typescript-alias.mjs', '--import', hooks, '--input-type=module', '-e', program]
  return spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      NODE_ENV: 'production',
      DATA_DIR: dirname(world.file),
      LLM_BASE_URL: world.model.url,
      LLM_MODEL: 'test-model',
      LONGWATCH_LOG_LEVEL: 'silent',
      LONGWATCH_LEASE_SECONDS: '600',
    },
  })
}

it('a process that gets SIGTERM gives its run to another process at once, and ends in time', async () => {
  const never = gate()
  world.model.answerInTurn(
    async function* () {
      yield { text: 'from the old process' }
      yield { wait: never.promise }
    },
    () => [{ text: 'from the new process' }],
  )
  const asking = await world.process()
  asleep(asking.supervisor)
  const { runId } = await startRun(asking.as(world.ada), { message: 'What is wrong?' })
  child = startProcess()
  const ended = once(child, 'exit')
  await expect
    .poll(async () => JSON.stringify(await world.log(asking, runId)), { timeout: 15_000 })
    .toContain('from the old process')

  const staying = await world.process({ sweep: true, leaseMilliseconds: 600_000 })
  const told = performance.now()
  child.kill('SIGTERM')
  const events = await world.ended(staying, runId)
  expect(events.at(-1)?.type).toBe('finish')
  expect(JSON.stringify(events)).toContain('from the new process')
  expect(await ended).toEqual([0, null])
  expect(performance.now() - told).toBeLessThan(20_000)
  expect(await getRun(staying.as(world.ada), { runId })).toMatchObject({ status: 'completed', attempts: 2 })
  never.open()
}, 40_000)
