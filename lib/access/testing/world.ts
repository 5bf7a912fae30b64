import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createOrganisation, putMember } from '@/lib/access/organisations'
import { passwordCost } from '@/lib/access/passwords'
import type { Organisation, Role } from '@/lib/access/types'
import { createUser } from '@/lib/access/users'
import type { Services } from '@/lib/context'
import { type Env, loadEnv, provideEnv } from '@/lib/env'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore } from '@/lib/stores/redis/open'
import { startRedisServer } from '@/lib/stores/redis/redis-server'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

/** A store and an environment of a test's own, in a folder that goes with it. */
export interface World {
  store: Store
  folder: string
  env: Env
  services: Services
  /** A user without a password: hashing takes its time. */
  user: (email: string) => Promise<string>
  organisation: (slug: string, members?: Record<string, Role>) => Promise<Organisation>
  end: () => Promise<void>
}

/** Makes a world; its environment becomes the process's. */
export async function makeWorld(
  variables: Record<string, string> = {},
  driver: Store['driver'] = 'sqlite',
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'longwatch-access-'))
  const redis = driver === 'redis' ? await startRedisServer() : null
  const store = redis
    ? await openRedisStore({ url: redis.url })
    : await openSqliteStore({ file: join(folder, 'longwatch.db') })
  const env = loadEnv({
    DATA_DIR: folder,
    NEXTAUTH_SECRET: randomBytes(24).toString('hex'),
    LONGWATCH_SECRET_KEY: `k1:${randomBytes(32).toString('base64')}`,
    ...variables,
  })
  // What access and HTTP do not touch is left out; a touch would throw.
  const services = {
    store,
    logger: pino({ level: 'silent' }),
    supervisor: { accepts: () => true },
  } as unknown as Services
  provideEnv(env)
  Object.assign(passwordCost, { logarithm: 4, parallelism: 1 })
  return {
    store,
    folder,
    env,
    services,
    user: async (email) => (await createUser(store, { email, name: email.split('@')[0] ?? email, password: null })).id,
    organisation: async (slug, members = {}) => {
      const organisation = await createOrganisation(store, { slug, name: slug.toUpperCase() })
      for (const [userId, role] of Object.entries(members)) await putMember(store, organisation.id, { userId, role })
      return organisation
    },
    end: async () => {
      await store.close()
      await redis?.dispose()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
