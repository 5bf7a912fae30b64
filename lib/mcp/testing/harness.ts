import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { DEFAULT_LIMITS } from '@/lib/access/organisations'
import type { Organisation, User } from '@/lib/access/types'
import { newOrganisationId, newResourceId } from '@/lib/ids'
import { type McpServer, mcpServers } from '@/lib/mcp/config'
import { createToolHub, type ToolHubOptions } from '@/lib/mcp/hub'
import { type HttpServerOptions, startHttpServer, type TestHttpServer } from '@/lib/mcp/testing/http-server'
import type { ToolCallInput, ToolHub, ToolOutcome } from '@/lib/mcp/types'
import { createOutboundGuard, type OutboundGuard } from '@/lib/network/guard'
import { createSecretBox } from '@/lib/secrets/secret-box'
import type { Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

type ServerSettings = Partial<Omit<McpServer, 'headers' | 'timeouts'>> & {
  url?: string
  headers?: Record<string, string>
  timeouts?: Partial<McpServer['timeouts']>
}

export const ada: User = { id: 'usr_ada', email: 'ada@acme.test', name: 'Ada' }
export const bob: User = { id: 'usr_bob', email: 'bob@acme.test', name: 'Bob' }

/** A hub over a real store for one test file; `reset` closes what the last test made. */
export class Harness {
  readonly secrets = createSecretBox([{ id: 'k1', key: randomBytes(32) }])
  /** Of a deployment that allows nothing private; the servers here are provisioned unless a test says otherwise. */
  readonly outbound: OutboundGuard

  /** Without networks no server that somebody typed is reached: they are all on loopback. */
  constructor(allowedNetworks: string[] = []) {
    this.outbound = createOutboundGuard({ allowedNetworks })
  }

  readonly organisation: Organisation = {
    id: newOrganisationId(),
    slug: 'acme',
    name: 'Acme',
    externalId: '7',
    limits: DEFAULT_LIMITS,
    createdAt: 0,
  }
  store!: Store
  /** Everything that was logged, debug included. */
  logged = ''
  readonly logger = pino(
    { level: 'trace' },
    new Writable({
      write: (chunk, _, done) => {
        this.logged += chunk
        done()
      },
    }),
  )
  #folder = ''
  #hubs: ToolHub[] = []
  #servers: TestHttpServer[] = []
  #ids: string[] = []
  #time = 0

  async open() {
    this.#folder = await mkdtemp(join(tmpdir(), 'longwatch-mcp-'))
    this.store = await openSqliteStore({ file: join(this.#folder, 'test.db') })
  }

  async reset() {
    await Promise.all(this.#hubs.splice(0).map((hub) => hub.close()))
    await Promise.all(this.#servers.splice(0).map((server) => server.close()))
    for (const id of this.#ids.splice(0)) await this.#commit(mcpServers.delete(id))
    this.logged = ''
  }

  async close() {
    await this.reset()
    await this.store.close()
    await this.outbound.close()
    await rm(this.#folder, { recursive: true })
  }

  hub(options: Partial<ToolHubOptions> = {}): ToolHub {
    const { store, secrets, outbound, logger } = this
    const hub = createToolHub({ store, secrets, outbound, logger, ...options })
    this.#hubs.push(hub)
    return hub
  }

  async start(options: HttpServerOptions): Promise<TestHttpServer> {
    const server = await startHttpServer(options)
    this.#servers.push(server)
    return server
  }

  /** Stores a server; headers and environment are sealed here. */
  async configure(name: string, settings: ServerSettings): Promise<McpServer> {
    const { url = 'http://127.0.0.1:9/mcp', headers = {}, timeouts, ...rest } = settings
    const seal = (plain: string) => this.secrets.seal(plain, this.organisation.id)
    const server: McpServer = {
      id: newResourceId('mcp', this.organisation.id),
      name,
      transport: { kind: 'streamable-http', url },
      headers: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, seal(value)])),
      timeouts: { dial: 15_000, list: 15_000, call: 15_000, ...timeouts },
      reviewed: true,
      policy: {},
      tools: {},
      enabled: true,
      provisioned: true,
      createdAt: ++this.#time,
      updatedAt: 0,
      ...rest,
    }
    this.#ids.push(server.id)
    await this.change(server)
    return server
  }

  change(server: McpServer) {
    return this.#commit(mcpServers.put(server.id, server))
  }

  /** Calls a tool by the model's name for it, which must be in the catalogue. */
  async call(hub: ToolHub, name: string, more: Partial<ToolCallInput> = {}): Promise<ToolOutcome> {
    const user = more.user === undefined ? ada : more.user
    const { tools } = await hub.catalogue(this.organisation, user)
    const tool = tools.find((candidate) => candidate.name === name)
    if (!tool) throw new Error(`${name} is not among ${tools.map((candidate) => candidate.name).join(', ')}`)
    return hub.call({ ...this.input(more), tool, user })
  }

  input(more: Partial<ToolCallInput> = {}): Omit<ToolCallInput, 'tool'> {
    return {
      organisation: this.organisation,
      principal: { kind: 'user', id: ada.id },
      user: ada,
      arguments: {},
      signal: new AbortController().signal,
      beforeSend: () => {},
      ...more,
    }
  }

  async #commit(operation: ReturnType<typeof mcpServers.put>) {
    const operationId = randomBytes(9).toString('hex')
    const result = await this.store.commit({ partition: this.organisation.id, operationId, operations: [operation] })
    if (result.status !== 'applied') throw new Error('The server could not be stored.')
  }
}
