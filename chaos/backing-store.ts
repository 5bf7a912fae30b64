import type { ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore } from '@/lib/stores/redis/open'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { freePort, kill, start } from './processes.ts'

/** What all instances keep everything in, with the faults that it can suffer. */
export interface BackingStore {
  kind: 'redis' | 'sqlite'
  /** For the instances. */
  environment: Record<string, string>
  faults: { name: string; inflict(milliseconds: number): Promise<void> }[]
  /** For the check at the end. */
  open(): Promise<Store>
  /** Client connections from outside; null when there is no such thing. */
  connections(): Promise<number | null>
  dispose(): Promise<void>
}

export const openBackingStore = (kind: BackingStore['kind'], folder: string): Promise<BackingStore> =>
  kind === 'redis' ? startRedis(folder) : Promise.resolve(makeSqlite(folder))

function makeSqlite(folder: string): BackingStore {
  const data = join(folder, 'data')
  mkdirSync(data, { recursive: true })
  const file = join(data, 'longwatch.db')
  return {
    kind: 'sqlite',
    environment: { DATA_DIR: data },
    faults: [{ name: 'file locked', inflict: (milliseconds) => lock(file, milliseconds) }],
    open: () => openSqliteStore({ file }),
    connections: async () => null,
    dispose: async () => {},
  }
}

/** Another program holds the file's write lock, as a backup does. */
async function lock(file: string, milliseconds: number): Promise<void> {
  const database = new DatabaseSync(file, { timeout: 2_000 })
  try {
    database.exec('BEGIN IMMEDIATE')
    await delay(milliseconds)
    database.exec('ROLLBACK')
  } finally {
    database.close()
  }
}

async function startRedis(folder: string): Promise<BackingStore> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const data = join(folder, 'redis')
  mkdirSync(data, { recursive: true })
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', data, '--save', '', '--loglevel', 'warning']
  // `always`: what was acknowledged is on the disk, so a restart may lose nothing.
  settings.push('--appendonly', 'yes', '--appendfsync', 'always')
  let server: ChildProcess
  const begin = async () => {
    server = start('redis-server', settings, { log: join(folder, 'redis.log') })
    await new Promise<void>((resolve, reject) => {
      server.once('error', () => reject(new Error('Chaos over Redis needs redis-server on the PATH.')))
      ask(url, (redis) => redis.ping()).then(() => resolve(), reject)
    })
  }
  await begin()
  return {
    kind: 'redis',
    environment: { REDIS_URL: url, DATA_DIR: join(folder, 'data') },
    faults: [
      {
        name: 'redis killed and restarted',
        async inflict(milliseconds) {
          await kill(server)
          await delay(milliseconds)
          await begin()
        },
      },
      {
        name: 'redis connections cut',
        async inflict() {
          await ask(url, async (redis) => {
            await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
            await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
          })
        },
      },
      {
        name: 'redis frozen',
        async inflict(milliseconds) {
          server.kill('SIGSTOP')
          await delay(milliseconds)
          server.kill('SIGCONT')
        },
      },
    ],
    open: () => openRedisStore({ url }),
    connections: () =>
      ask(url, async (redis) => Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))?.[1]) - 1),
    dispose: () => kill(server),
  }
}

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 200, disableClientInfo: true })
  redis.on('error', () => {})
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}
