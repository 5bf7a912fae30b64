import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { environment, freePort, ROOT, untilAnswers } from '../scripts/lib.mjs'
import { call, type Endpoint } from './http.ts'
import { endProcess } from './processes.ts'
import type { Model, Subject } from './subject.ts'

const TOKEN = 'lw_bench_token_of_an_editor_in_the_bench_organisation'
const PROBE = fileURLToPath(new URL('./memory-probe.mjs', import.meta.url))

/** What the caller's environment may name and the bench must not use; empty counts as absent. */
const ELSEWHERE = [
  'REDIS_URL',
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
  'NEXTAUTH_URL',
  'GRAFANA_URL',
].concat(
  ['LLM_BASE_URL', 'LLM_API_KEY', 'LLM_MODEL', 'OPENAI_API_KEY', 'PROMETHEUS_URL', 'LOKI_URL', 'TEMPO_URL'],
  ['ALERTMANAGER_URL', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'],
)

export interface Longwatch extends Subject {
  organisationId: string
  /** The store's file, which other processes may open too. */
  storeFile: string
}

const provisioning = (model: Endpoint) => `organisations:
  - slug: bench
    name: Bench
    tokens: [{ name: bench, role: editor, value: ${TOKEN} }]
    model: { provider: openai-compatible, baseUrl: "http://127.0.0.1:${model.port}/v1", model: bench, contextTokens: 128000 }
    limits: { runsAtOnce: 100000, runsAtOncePerPrincipal: 100000 }
`

/**
 * Starts the built application on an empty SQLite file, as `npm start` does.
 * @param profile a folder: the process leaves a CPU profile there when it ends.
 */
export async function startLongwatch(model: Model, profile?: string): Promise<Longwatch> {
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-bench-'))
  const memoryFile = join(folder, 'memory.json')
  writeFileSync(join(folder, 'bench.yaml'), provisioning(model.endpoint))
  const port: number = await freePort(4_700)
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--import',
      PROBE,
      ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []),
      'node_modules/next/dist/bin/next',
      'start',
      '-H',
      '127.0.0.1',
      '-p',
      String(port),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: environment({
        NODE_ENV: 'production',
        NEXT_MANUAL_SIG_HANDLE: 'true',
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: folder,
        LONGWATCH_LOG_LEVEL: 'error',
        LONGWATCH_RUNS_PER_PROCESS: '100000',
        LONGWATCH_PROVISIONING: join(folder, 'bench.yaml'),
        BENCH_MEMORY_FILE: memoryFile,
        ...Object.fromEntries(ELSEWHERE.map((name) => [name, ''])),
      }),
    },
  )
  const pid = child.pid as number
  const endpoint = { port, headers: { authorization: `Bearer ${TOKEN}` } }
  const clear = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clear)
  const stop = async () => {
    // Runs that are still held open would be handed over first, which takes seconds and serves nobody here.
    await endProcess(child, profile ? 'SIGTERM' : 'SIGKILL')
    process.off('exit', clear)
    clear()
  }
  try {
    await untilAnswers(`http://127.0.0.1:${port}/api/ready`, child)
    const { memberships } = (await call(endpoint, '/api/me')) as { memberships: { organisation: { id: string } }[] }
    return {
      name: 'longwatch',
      endpoint,
      pid,
      organisationId: memberships[0]?.organisation.id ?? '',
      storeFile: join(folder, 'longwatch.db'),
      async ask(question) {
        const started = await call(endpoint, '/api/agent/runs', { method: 'POST', body: { message: question } })
        return (started as { runId: string }).runId
      },
      streamPath: (id, after = 0) => `/api/agent/runs/${id}/events?after=${after}`,
      async cancel(id) {
        await call(endpoint, `/api/agent/runs/${id}/cancel`, { method: 'POST' })
      },
      async memory() {
        rmSync(memoryFile, { force: true })
        process.kill(pid, 'SIGUSR2')
        for (let tries = 0; !existsSync(memoryFile); tries += 1) {
          if (tries > 500) throw new Error('The application did not tell its memory.')
          await delay(20)
        }
        return JSON.parse(readFileSync(memoryFile, 'utf8'))
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
