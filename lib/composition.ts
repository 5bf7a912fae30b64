import { after } from 'next/server'
import { prepareAccess } from '@/lib/access/start'
import type { Services } from '@/lib/context'
import { builtinServers } from '@/lib/datasources/server'
import { type Env, env } from '@/lib/env'
import { createToolHub } from '@/lib/mcp/hub'
import { createModelResolver } from '@/lib/models/resolve'
import { createOutboundGuard } from '@/lib/network/guard'
import { continuationKey, SelfCall } from '@/lib/runs/dispatch'
import { PLATFORM_MARGIN } from '@/lib/runs/hand-over'
import { Supervisor } from '@/lib/runs/supervise'
import { Tails } from '@/lib/runs/tail'
import { createSecretBox } from '@/lib/secrets/secret-box'
import { ActiveFolds } from '@/lib/sessions/active-fold'
import { MessageTexts } from '@/lib/sessions/message-texts'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore, openUpstashStore } from '@/lib/stores/redis/open'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { createLogger } from '@/lib/telemetry/logger'

/** Route handlers, pages and instrumentation are separate module graphs: only `globalThis` is shared by all of them. */
const shared = globalThis as typeof globalThis & { longwatchServices?: Promise<Services> }

/** Everything wired, once per process. A start that failed is tried again by the next caller. */
export function services(): Promise<Services> {
  if (!shared.longwatchServices) {
    const starting = compose(env())
    shared.longwatchServices = starting
    starting.catch(() => {
      if (shared.longwatchServices === starting) shared.longwatchServices = undefined
    })
  }
  return shared.longwatchServices
}

/** Puts services in the place of the process's own (tests, tools). */
export function provideServices(services: Services): void {
  shared.longwatchServices = Promise.resolve(services)
}

export interface Composed extends Services {
  /** Gives runs and watchers to other processes, then lets go of everything. */
  shutDown(): Promise<void>
}

/** Wires drivers to verbs. Throws what makes a start impossible: the store, the provisioning. */
export async function compose(environment: Env): Promise<Composed> {
  const logger = createLogger(environment.logLevel)
  const store = await openStore(environment, logger)
  try {
    return await wire(environment, store, logger)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function wire(environment: Env, store: Store, logger: Services['logger']): Promise<Composed> {
  await prepareAccess({ store, env: environment, logger })
  const secrets = createSecretBox(environment.secretKeys)
  const outbound = createOutboundGuard({ allowedNetworks: environment.allowedNetworks })
  const streams = new AbortController()
  const limit = environment.maxDurationSeconds === null ? null : environment.maxDurationSeconds * 1_000
  const supervisor = new Supervisor(() => wired, {
    leaseMilliseconds: environment.leaseSeconds * 1_000,
    runsAtOnce: environment.runsPerProcess,
    keepAlive: environment.vercel ? keepAlive : undefined,
    drainGrace: environment.vercel ? VERCEL_GRACE : undefined,
    platformLimitMilliseconds: limit ?? undefined,
    dispatcher: limit === null ? null : selfCall(environment),
  })
  const tools = createToolHub({
    store,
    secrets,
    outbound,
    logger,
    builtinServers: builtinServers(store, secrets, {
      fetchFor: (url) => outbound.fetchFor(url, 'typed'),
      report: (error, tool) => logger.error({ err: error, tool }, 'a data source tool failed unexpectedly'),
    }),
  })
  const wired: Composed = {
    store,
    secrets,
    outbound,
    logger,
    tools,
    models: createModelResolver({ store, secrets, outbound, model: environment.model, logger }),
    supervisor,
    tails: new Tails(store),
    activeFolds: new ActiveFolds(store),
    messageTexts: new MessageTexts(store),
    streams: {
      signal: streams.signal,
      lifetimeMilliseconds: limit === null ? undefined : limit * (1 - PLATFORM_MARGIN),
    },
    async shutDown() {
      await supervisor.drain()
      streams.abort()
      await tools.close()
      await outbound.close()
      await store.close()
    },
  }
  // On Vercel nothing runs between requests: watchers and the platform's timer take over instead.
  if (environment.vercel) supervisor.startAttending()
  else supervisor.startSweeping()
  return wired
}

/** A Vercel function has half a second from SIGTERM on. */
const VERCEL_GRACE = { model: 0, tools: 200 }

/** Outside of a request there is nothing that could be kept alive; the work goes on as long as the process does. */
function keepAlive(work: Promise<void>): void {
  try {
    after(work)
  } catch {
    // `after` throws there, and has no way to ask.
  }
}

function selfCall(environment: Env): SelfCall | null {
  const { ownUrl, protectionBypass, sessionSecret } = environment
  if (!ownUrl) return null
  const headers: Record<string, string> = protectionBypass ? { 'x-vercel-protection-bypass': protectionBypass } : {}
  return new SelfCall({ baseUrl: ownUrl, key: continuationKey(sessionSecret), headers })
}

async function openStore(environment: Env, logger: Services['logger']): Promise<Store> {
  const { store } = environment
  switch (store.kind) {
    case 'sqlite':
      return openSqliteStore({ file: `${environment.dataDirectory}/longwatch.db`, logger })
    case 'redis':
      return openRedisStore({ url: store.url, logger })
    case 'upstash':
      return openUpstashStore({ url: store.url, token: store.token, logger })
  }
}
