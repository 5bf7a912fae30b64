import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const started = new Set<ChildProcess>()

// Whatever ends this process ends what it started; a stopped process must be continued to die of anything but SIGKILL.
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

export interface SpawnOptions {
  env?: NodeJS.ProcessEnv
  /** Where its output goes, appended. */
  log: string
  stdout?: 'pipe'
  cwd?: string
}

/** Starts a program that ends with this process at the latest. Its standard input closes when this process dies. */
export function start(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const log = openSync(options.log, 'a')
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: options.env ?? process.env,
    stdio: ['pipe', options.stdout ?? log, log],
  })
  started.add(child)
  child.on('exit', () => started.delete(child))
  return child
}

export const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** Resolves when the process is gone; false when it is not within the time. */
export function ended(child: ChildProcess, milliseconds: number): Promise<boolean> {
  if (hasEnded(child)) return Promise.resolve(true)
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await ended(child, 10_000)
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}
