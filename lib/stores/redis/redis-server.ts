import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'

// A test helper: a real redis-server of its own on loopback. A missing one fails the tests; it does not skip them.

export interface RedisServer {
  url: string
  port: number
  /** With `tls`: the same server by `rediss://`. */
  tlsUrl: string
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  dispose(): Promise<void>
}

export async function startRedisServer(
  options: { appendOnly?: boolean; tls?: { certificate: string; key: string } } = {},
): Promise<RedisServer> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    throw new Error('These tests need redis-server on the PATH: install it (Debian: apt-get install redis-server).')
  }
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const tlsPort = options.tls ? await freePort() : 0
  let keeper: ChildProcess | undefined

  const start = async () => {
    const settings = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--loglevel',
      'warning',
    ]
    if (options.appendOnly) settings.push('--appendonly', 'yes', '--appendfsync', 'always')
    if (options.tls) {
      const { certificate, key } = options.tls
      settings.push('--tls-port', `${tlsPort}`, '--tls-cert-file', certificate, '--tls-key-file', key)
      settings.push('--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no')
    }
    // The shell ends the server when its own standard input closes, which it does however this process ends.
    const script = 'redis-server "$@" >/dev/null 2>&1 & cat >/dev/null; kill -9 $!; wait $!'
    keeper = spawn('sh', ['-c', script, 'sh', ...settings], { stdio: ['pipe', 'ignore', 'ignore'] })
    await answering(url)
  }
  const kill = async () => {
    if (!keeper) return
    const ended = once(keeper, 'exit')
    keeper.stdin?.end()
    await ended
    keeper = undefined
  }
  await start()
  return {
    url,
    port,
    tlsUrl: `rediss://127.0.0.1:${tlsPort}`,
    kill,
    start,
    dispose: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}

async function answering(url: string) {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, disableClientInfo: true })
  client.on('error', () => {})
  const answer = client.ping().then(() => true)
  const late = wait(10_000, false, { ref: false })
  const ready = await Promise.race([answer, late])
  client.disconnect()
  if (!ready) throw new Error('redis-server did not answer within 10 s.')
}
