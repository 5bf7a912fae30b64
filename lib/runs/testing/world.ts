import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { pino } from 'pino'
import { createOrganisation, putMember } from '@/lib/access/organisations'
import type { Organisation, OrganisationLimits, Principal, Role } from '@/lib/access/types'
import { createUser } from '@/lib/access/users'
import type { RunChunk } from '@/lib/agent/events'
import { loadTokenizer } from '@/lib/agent/tokens'
import type { Ctx, Services } from '@/lib/context'
import { newResourceId, randomId } from '@/lib/ids'
import { DEFAULT_TIMEOUTS, type McpServer, mcpServers, type PartialPolicy } from '@/lib/mcp/config'
import { createToolHub } from '@/lib/mcp/hub'
import { startHttpServer, type TestHttpServer } from '@/lib/mcp/testing/http-server'
import { Script } from '@/lib/mcp/testing/script'
import type { ModelResolver } from '@/lib/models/types'
import { createOutboundGuard } from '@/lib/network/guard'
import { readEvents } from '@/lib/runs/recover'
import { Supervisor, type SupervisorOptions } from '@/lib/runs/supervise'
import { Tails } from '@/lib/runs/tail'
import { ModelServer } from '@/lib/runs/testing/model-server'
import { createSecretBox } from '@/lib/secrets/secret-box'
import { ActiveFolds } from '@/lib/sessions/active-fold'
import { MessageTexts } from '@/lib/sessions/message-texts'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore, openUpstashStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'
import { startUpstashRestServer, type UpstashRestServer } from '@/lib/stores/redis/upstash-rest-server'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

/** Long enough that a busy machine loses none by accident; `lapse` ends the ones of killed owners. */
export const LEASE_MILLISECONDS = 10_000

/** What every promise about runs is proved on. */
export const STORES = ['sqlite', 'redis'] as const
/** For promises that hang on wake-ups too: over Upstash's REST nothing is pushed, every process polls for them. */
export const STORES_AND_REST = [...STORES, 'REST'] as const
export type StoreKind = (typeof STORES_AND_REST)[number]

const WITHOUT_QUESTIONS: PartialPolicy = {
  editor: { write: 'auto', destructive: 'auto' },
  admin: { write: 'auto', destructive: 'auto' },
}

export interface ProcessOptions extends Partial<SupervisorOptions> {
  /** Looks for runs without an owner. */
  sweep?: boolean
  /** Looks at the runs that are watched, as on serverless. */
  attend?: boolean
}

/** One server process, as far as a test can tell: its own connection to the store, its own runs and watchers. */
export interface Instance {
  services: Services
  supervisor: Supervisor
  as(person: Principal): Ctx
  /** As `kill -9`: nothing that it does reaches the store any more, and nothing is given up. */
  kill(): void
  close(): Promise<void>
}

/** An organisation with people, a scripted model, an MCP server of tools with a ledger, and processes on one store. */
export class World {
  organisation!: Organisation
  ada!: Principal
  eddie!: Principal
  vera!: Principal
  stranger!: Principal
  model!: ModelServer
  readonly tools = new Script()
  /** Of the model, in US dollars for a million tokens. */
  prices: { input: number; output: number } | undefined
  /** Of the model. */
  takesImages = false
  toolServer!: TestHttpServer
  /** Null on SQLite. */
  redis: RedisServer | null = null
  /** Stands before `redis` where processes reach it over REST alone. */
  rest: UpstashRestServer | null = null
  private folder = ''
  private readonly secrets = createSecretBox([{ id: 'k1', key: randomBytes(32) }])
  private readonly instances: Instance[] = []

  /** Without a `policy` nobody is asked: those tests are about calls that are made at once. */
  static async create(
    limits: Partial<OrganisationLimits> = {},
    store: StoreKind = 'sqlite',
    policy: PartialPolicy = WITHOUT_QUESTIONS,
  ): Promise<World> {
    const world = new World()
    // Loading blocks for longer than a test's lease lasts.
    await loadTokenizer()
    world.folder = await mkdtemp(join(tmpdir(), 'longwatch-runs-'))
    world.model = await ModelServer.start()
    world.toolServer = await startHttpServer({ serve: () => world.tools.serve() })
    if (store !== 'sqlite') world.redis = await startRedisServer({ appendOnly: true })
    if (world.redis && store === 'REST') world.rest = await startUpstashRestServer(world.redis.url)
    const opened = await world.open()
    await world.populate(opened, limits, policy)
    await opened.close()
    return world
  }

  get file(): string {
    return join(this.folder, 'longwatch.db')
  }

  private open(): Promise<Store> {
    if (this.rest) return openUpstashStore({ url: this.rest.url, token: this.rest.token })
    return this.redis ? openRedisStore({ url: this.redis.url }) : openSqliteStore({ file: this.file })
  }

  private async populate(store: Store, limits: Partial<OrganisationLimits>, policy: PartialPolicy): Promise<void> {
    this.organisation = await createOrganisation(store, { slug: 'acme', name: 'Acme', externalId: '7', limits })
    const person = async (name: string, role: Role | null): Promise<Principal> => {
      const user = await createUser(store, { email: `${name}@acme.test`, name, password: null })
      if (role) await putMember(store, this.organisation.id, { userId: user.id, role })
      return { kind: 'user', id: user.id }
    }
    this.ada = await person('ada', 'admin')
    this.eddie = await person('eddie', 'editor')
    this.vera = await person('vera', 'viewer')
    this.stranger = await person('stranger', null)
    const server: McpServer = {
      id: newResourceId('mcp', this.organisation.id),
      name: 'shop',
      transport: { kind: 'streamable-http', url: this.toolServer.url },
      headers: {},
      timeouts: DEFAULT_TIMEOUTS,
      reviewed: true,
      policy,
      tools: {},
      enabled: true,
      provisioned: false,
      createdAt: 1,
      updatedAt: 1,
    }
    await store.commit({
      partition: this.organisation.id,
      operationId: randomId(16),
      operations: [mcpServers.put(server.id, server)],
    })
  }

  /** Starts a process; with `sweep` it looks for runs without an owner. */
  async process(options: ProcessOptions = {}): Promise<Instance> {
    const real = await this.open()
    const { store, kill } = killable(real)
    const logger = pino({ level: 'silent' })
    const { sweep, attend, ...supervision } = options
    const supervisor = new Supervisor(() => services, { leaseMilliseconds: LEASE_MILLISECONDS, ...supervision })
    const outbound = createOutboundGuard({ allowedNetworks: ['127.0.0.0/8'] })
    const tools = createToolHub({
      store,
      secrets: this.secrets,
      outbound,
      logger,
      // A killed process's store never answers.
      health: { closeMilliseconds: 0 },
    })
    const services: Services = {
      store,
      logger,
      secrets: this.secrets,
      outbound,
      tools,
      models: this.models(),
      supervisor,
      tails: new Tails(store),
      activeFolds: new ActiveFolds(store),
      messageTexts: new MessageTexts(store),
      streams: new AbortController(),
    }
    if (sweep) supervisor.startSweeping()
    if (attend) supervisor.startAttending()
    const instance: Instance = {
      services,
      supervisor,
      as: (principal) => ({ services, principal, requestId: 'test' }),
      kill,
      close: async () => {
        kill()
        await tools.close()
        await outbound.close()
        await real.close()
      },
    }
    this.instances.push(instance)
    return instance
  }

  private models(): ModelResolver {
    const provider = createOpenAICompatible({ name: 'test', baseURL: this.model.url, includeUsage: true })
    const model = () => ({
      languageModel: provider('test-model'),
      id: 'test-model',
      label: 'test',
      scripted: true,
      contextTokens: 16_000,
      maxOutputTokens: 1_000,
      takesImages: this.takesImages,
      pricePerMillion: this.prices,
    })
    return { read: async () => ({ choose: model }), resolve: async () => model(), list: async () => [model()] }
  }

  /** Ends a killed owner's lease now instead of waiting for it, so that tests need no short leases. */
  async lapse(runId: string): Promise<void> {
    const store = await this.open()
    const lease = await store.readLease(this.organisation.id, `run:${runId}`)
    if (lease) await store.releaseLease(this.organisation.id, `run:${runId}`, lease.token)
    await store.close()
  }

  /** The run's log as it stands. */
  async log(instance: Instance, runId: string): Promise<RunChunk[]> {
    const chunks: RunChunk[] = []
    for await (const { n, chunk } of readEvents(instance.services.store, this.organisation.id, runId)) {
      chunks.push(chunk)
      if (n !== chunks.length) throw new Error(`event ${n} at place ${chunks.length}`)
    }
    return chunks
  }

  /** Follows the run to its end, as a watcher of this process does, and gives all of its events. */
  async ended(instance: Instance, runId: string): Promise<RunChunk[]> {
    const chunks: RunChunk[] = []
    const signal = AbortSignal.timeout(15_000)
    for await (const entries of instance.services.tails.watch({
      partition: this.organisation.id,
      runId,
      after: 0,
      signal,
    })) {
      for (const { n, data } of entries) {
        chunks.push(JSON.parse(data) as RunChunk)
        if (n !== chunks.length) throw new Error(`event ${n} at place ${chunks.length}`)
      }
    }
    if (signal.aborted) throw new Error(`The run did not end; its last event: ${JSON.stringify(chunks.at(-1))}`)
    return chunks
  }

  async close(): Promise<void> {
    for (const { supervisor } of this.instances) void supervisor.drain()
    await this.model.close()
    await this.toolServer.close()
    for (const instance of this.instances) await instance.close()
    await this.rest?.dispose()
    await this.redis?.dispose()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** A store that stops answering when its process is killed; what was sent before may or may not have arrived. */
function killable(real: Store): { store: Store; kill: () => void } {
  let dead = false
  const never = new Promise<never>(() => {})
  const store = new Proxy(real, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        if (dead) return never
        const answer = value.apply(target, given)
        return answer instanceof Promise ? answer.then((result) => (dead ? never : result)) : answer
      }
    },
  })
  return {
    store,
    kill: () => {
      dead = true
    },
  }
}
