import { join } from 'node:path'
import { pino } from 'pino'
import { type Env, EnvironmentError, loadEnv } from '@/lib/env'
import { LongwatchError } from '@/lib/errors'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore, openUpstashStore } from '@/lib/stores/redis/open'
import { RestConnection } from '@/lib/stores/redis/rest'
import { TcpConnection } from '@/lib/stores/redis/tcp'
import { redisSource, redisTarget } from '@/lib/stores/redis/transfer'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { openSqliteSource, openSqliteTarget } from '@/lib/stores/sqlite/transfer'
import type { TransferSource, TransferTarget } from '@/lib/stores/transfer'

const logger = pino({ level: 'silent' })

export const fileOf = (environment: Env) => join(environment.dataDirectory, 'longwatch.db')

/** The store that the environment names. */
export async function openStore(environment: Env): Promise<Store> {
  const { store } = environment
  if (store.kind === 'sqlite') return openSqliteStore({ file: fileOf(environment) })
  if (store.kind === 'redis') return openRedisStore({ url: store.url, logger })
  return openUpstashStore({ url: store.url, token: store.token, logger })
}

function connect(environment: Env) {
  const { store } = environment
  if (store.kind === 'redis') return new TcpConnection({ url: store.url, logger })
  if (store.kind === 'upstash') return new RestConnection(store.url, store.token, logger)
  return null
}

/** The same store, to be read whole. */
export async function openSource(environment: Env): Promise<TransferSource> {
  const connection = connect(environment)
  return connection ? redisSource(connection) : openSqliteSource(fileOf(environment))
}

/** The same store, to be filled. */
export async function openTarget(environment: Env): Promise<TransferTarget> {
  const connection = connect(environment)
  return connection ? redisTarget(connection) : openSqliteTarget(fileOf(environment))
}

/** Runs a command's work; what goes wrong is said in one sentence, and the process ends with 1. */
export async function runCommand(work: (environment: Env) => Promise<void>): Promise<void> {
  try {
    await work(loadEnv())
  } catch (error) {
    const known = error instanceof LongwatchError || error instanceof EnvironmentError
    console.error(known ? error.message : error)
    process.exitCode = 1
  }
}
