import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
export const ROOT = path('../../..')
/** Keeps programs that cannot be told so from listening on other addresses. */
export const LOOPBACK_ONLY = path('./loopback-only.mjs')

export interface ForeignServer {
  port: number
  stop(): Promise<void>
}

/** Runs an MCP server that is a package of somebody else's, and waits until it accepts connections. */
export async function startForeignServer(
  program: string,
  argumentsOf: (port: number) => string[],
  environment: (port: number) => Record<string, string> = () => ({}),
): Promise<ForeignServer> {
  const port = await freePort()
  const child = spawn(process.execPath, ['--import', LOOPBACK_ONLY, program, ...argumentsOf(port)], {
    cwd: ROOT,
    env: { NODE_ENV: 'production', PATH: process.env.PATH, ...environment(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  for (const deadline = Date.now() + 20_000; !(await accepts(port)); ) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await end(child)
      throw new Error(`${program} did not start: ${said}`)
    }
  }
  return { port, stop: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const accepts = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1000) }).then(
    async (response) => {
      await response.body?.cancel()
      return true
    },
    () => new Promise((resolve) => setTimeout(() => resolve(false), 50)),
  )
