import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { environment, ROOT, untilAnswers } from '../scripts/lib.mjs'
import { adopt, endProcess, hasEnded } from './processes.ts'

const PROBE = fileURLToPath(new URL('./memory-probe.mjs', import.meta.url))

export interface NextServer {
  pid: number
  alive(): boolean
  /** Bytes in use, after a garbage collection. */
  memory(): Promise<{ resident: number; used: number }>
  stop(): Promise<void>
}

interface Options {
  /** The folder of the built application. */
  application: string
  /** What Node runs in it; `next start` unless said. */
  command?: string[]
  port: number
  environment: Record<string, string>
  /** Answers with a success when the application is ready. */
  readyPath: string
  /** A folder: the process leaves a CPU profile there when it ends. */
  profile?: string
  /** Whether what it says on its standard error is shown. */
  quiet?: boolean
}

/** A folder of its own that goes away with the bench. */
export function temporaryFolder(): { folder: string; clear(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    folder,
    clear() {
      process.off('exit', remove)
      remove()
    },
  }
}

const nextStart = (port: number) => [
  join(ROOT, 'node_modules/next/dist/bin/next'),
  'start',
  '-H',
  '127.0.0.1',
  '-p',
  String(port),
]

/** Starts a built application in production mode; resolves when it is ready. */
export async function startNext(options: Options): Promise<NextServer> {
  const { application, port, readyPath, profile, quiet } = options
  const { folder, clear } = temporaryFolder()
  const memoryFile = join(folder, 'memory.json')
  const child = adopt(
    spawn(
      process.execPath,
      [
        '--expose-gc',
        '--import',
        PROBE,
        ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []),
        ...(options.command ?? nextStart(port)),
      ],
      {
        cwd: application,
        stdio: ['pipe', 'ignore', quiet ? 'ignore' : 'inherit'],
        env: environment({ NODE_ENV: 'production', BENCH_MEMORY_FILE: memoryFile, ...options.environment }),
      },
    ),
  )
  const pid = child.pid as number
  const server: NextServer = {
    pid,
    alive: () => !hasEnded(child),
    async memory() {
      rmSync(memoryFile, { force: true })
      process.kill(pid, 'SIGUSR2')
      for (let tries = 0; !existsSync(memoryFile); tries += 1) {
        if (tries > 500) throw new Error('The application did not tell its memory.')
        await delay(20)
      }
      return JSON.parse(readFileSync(memoryFile, 'utf8'))
    },
    async stop() {
      // Runs that are still held open would be handed over first, which takes seconds and serves nobody here.
      await endProcess(child, profile ? 'SIGTERM' : 'SIGKILL')
      clear()
    },
  }
  try {
    await untilAnswers(`http://127.0.0.1:${port}${readyPath}`, child)
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}
