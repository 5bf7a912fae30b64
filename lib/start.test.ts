import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Composed, provideServices } from '@/lib/composition'
import { loadEnv, provideEnv } from '@/lib/env'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { asleep } from '@/lib/runs/testing/asleep'
import { gate } from '@/lib/runs/testing/model-server'
import { World } from '@/lib/runs/testing/world'
import { start } from '@/lib/start'
import { startRedisServer } from '@/lib/stores/redis/redis-server'

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

function startProcess(source = program, more: Record<string, string> = {}): ChildProcess {
  const hooks = `data:text/javascript,${encodeURIComponent(nextModules)}`
  const args = ['--import', './scripts/typescript-alias.mjs', '--import', hooks, '--input-type=module', '-e', source]
  return spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      NODE_ENV: 'production',
      DATA_DIR: dirname(world.file),
      LLM_BASE_URL: world.model.url,
      LLM_MODEL: 'test-model',
      LONGWATCH_LOG_LEVEL: 'silent',
      LONGWATCH_LEASE_SECONDS: '600',
      ...more,
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

it('a process whose Redis cannot be reached says so, answers 503, falls back to nothing, and begins when Redis is back', async () => {
  const redis = await startRedisServer()
  await redis.kill()
  const folder = await mkdtemp(join(tmpdir(), 'longwatch-start-'))
  const serving = `import { createServer } from 'node:http'
import { start } from '@/lib/start'
import { GET } from '@/app/api/ready/route'
await start()
const server = createServer(async (request, response) => {
  const answer = await GET(new Request('http://127.0.0.1/api/ready'), { params: Promise.resolve({}) })
  response.writeHead(answer.status).end(await answer.text())
})
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port))`
  const waiting = startProcess(serving, {
    DATA_DIR: folder,
    REDIS_URL: redis.url,
    NEXTAUTH_SECRET: 'a secret of this test that is long enough',
    LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  })
  const ended = once(waiting, 'exit')
  try {
    let said = ''
    waiting.stderr?.on('data', (text) => {
      said += text
    })
    const [first] = await once(waiting.stdout as Readable, 'data')
    const port = /port (\d+)/.exec(String(first))?.[1]
    const ready = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`)
      return { status: response.status, text: await response.text() }
    }
    expect(said).toContain('Longwatch waits for Redis. The store cannot be reached.')
    expect(await ready()).toMatchObject({ status: 503, text: expect.stringContaining('"unavailable"') })
    expect((await readdir(folder)).filter((name) => name.endsWith('.db'))).toEqual([])
    await redis.start()
    await expect.poll(async () => (await ready()).status, { timeout: 15_000 }).toBe(200)
    await expect.poll(() => said).toContain('Longwatch has reached Redis.')
    waiting.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  } finally {
    waiting.kill('SIGKILL')
    await redis.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)

it('a process takes the metrics of Node from its start on where somebody may read them, and else not at all', async () => {
  const telling = `import { start } from '@/lib/start'
import { metricsRegistry } from '@/lib/telemetry/metrics'
await start()
const [, seconds] = /^process_cpu_seconds_total (\\S+)$/m.exec(await metricsRegistry().metrics()) ?? []
console.log('seconds ' + seconds)
process.kill(process.pid, 'SIGTERM')`
  const secondsOf = async (more: Record<string, string>) => {
    const process = startProcess(telling, more)
    let said = ''
    process.stdout?.on('data', (text) => {
      said += text
    })
    await once(process, 'close')
    return /seconds (.*)/.exec(said)?.[1]
  }
  expect(await secondsOf({})).toBe('undefined')
  // What the start itself took is part of it: the tokenizer alone takes a tenth of a second.
  expect(Number(await secondsOf({ METRICS_TOKEN: 'read-by-somebody' }))).toBeGreaterThan(0.05)
}, 60_000)

it('a process whose hand-over never comes to an end goes all the same, before it is killed', async () => {
  const { services } = await world.process()
  const stuck: Composed = { ...services, shutDown: () => new Promise(() => {}) }
  provideEnv(loadEnv({ DATA_DIR: dirname(world.file) }))
  provideServices(stuck)
  const once = vi.spyOn(process, 'once').mockReturnThis()
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    await start()
    const [, onSignal] = once.mock.calls.find(([name]) => name === 'SIGTERM') ?? []
    onSignal?.()
    // A tool call may take twelve seconds, and what came of it must still be stored.
    await vi.advanceTimersByTimeAsync(15_000)
    expect(exit).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(4_000)
    expect(exit.mock.calls).toEqual([[1]])
  } finally {
    vi.useRealTimers()
    vi.restoreAllMocks()
  }
})
