import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../scripts/lib.mjs'
import { type CommandCounts, infoNumber, parseCommandStats } from './commandstats.ts'
import { adopt, endProcess } from './processes.ts'

/** A redis-server of the bench's own. */
export interface BenchRedis {
  url: string
  pid: number
  stats(): Promise<{ counts: CommandCounts; bytesIn: number; bytesOut: number; memory: number; clients: number }>
  /** Cuts the connections of all clients of a kind but the bench's own; resolves with their number. */
  cut(kind: 'normal' | 'pubsub'): Promise<number>
  stop(): Promise<void>
}

/** The version of the redis-server on the PATH. Throws when there is none. */
export function redisVersion(): string {
  try {
    return /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
  } catch {
    throw new Error('This measurement needs redis-server on the PATH (Debian: apt-get install redis-server).')
  }
}

/** Starts it empty, on loopback, in memory only: no snapshots, no append-only file. */
export async function startRedis(): Promise<BenchRedis> {
  redisVersion()
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-bench-redis-'))
  const port: number = await freePort(4_900)
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = adopt(spawn('redis-server', [...settings, '--loglevel', 'warning'], { stdio: 'ignore' }))
  const clear = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clear)
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 200, disableClientInfo: true })
  client.on('error', () => {})
  const stop = async () => {
    client.disconnect()
    await endProcess(child, 'SIGKILL')
    process.off('exit', clear)
    clear()
  }
  const up = await Promise.race([client.ping().then(() => true), delay(10_000, false, { ref: false })])
  if (!up) {
    await stop()
    throw new Error('redis-server did not answer within 10 s.')
  }
  return {
    url,
    pid: child.pid as number,
    async stats() {
      const commands = await client.info('commandstats')
      const all = await client.info()
      return {
        counts: parseCommandStats(commands),
        bytesIn: infoNumber(all, 'total_net_input_bytes'),
        bytesOut: infoNumber(all, 'total_net_output_bytes'),
        memory: infoNumber(all, 'used_memory'),
        clients: infoNumber(all, 'connected_clients') - 1,
      }
    },
    cut: async (kind) => Number(await client.call('CLIENT', 'KILL', 'TYPE', kind, 'SKIPME', 'yes')),
    stop,
  }
}
