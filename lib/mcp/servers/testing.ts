import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'
import { createToolHub } from '@/lib/mcp/hub'
import { type CreateServerInput, createServer } from '@/lib/mcp/servers/create'
import { type HttpServerOptions, startHttpServer, type TestHttpServer } from '@/lib/mcp/testing/http-server'
import { Script } from '@/lib/mcp/testing/script'
import type { ToolHub } from '@/lib/mcp/types'
import { createOutboundGuard } from '@/lib/network/guard'
import { createSecretBox } from '@/lib/secrets/secret-box'

/** An organisation with two people for each test, served by two processes, and MCP servers on loopback. */
export function setUpServers(driver: 'sqlite' | 'redis') {
  let world: World
  let organisation: Organisation
  let admin: Ctx
  let viewer: Ctx
  /** The administrator as another instance of the application serves them. */
  let elsewhere: Ctx
  const hubs: ToolHub[] = []
  const servers: TestHttpServer[] = []
  const outbound = createOutboundGuard({ allowedNetworks: ['127.0.0.0/8'] })
  const secrets = createSecretBox([{ id: 'k1', key: randomBytes(32) }])

  beforeAll(async () => {
    world = await makeWorld({}, driver)
  })
  afterAll(async () => {
    await outbound.close()
    await world.end()
  })

  let round = 0
  beforeEach(async () => {
    round += 1
    const ada = await world.user(`ada${round}@acme.test`)
    const vera = await world.user(`vera${round}@acme.test`)
    organisation = await world.organisation(`acme-${round}`, { [ada]: 'admin', [vera]: 'viewer' })
    const as = (id: string, tools: ToolHub): Ctx => ({
      services: { ...world.services, secrets, outbound, tools },
      principal: { kind: 'user', id },
      requestId: 'test',
      origin: { address: '192.0.2.1', requestId: 'test' },
    })
    const [one, two] = [hub(), hub()]
    admin = as(ada, one)
    viewer = as(vera, one)
    elsewhere = as(ada, two)
  })
  afterEach(async () => {
    await Promise.all(hubs.splice(0).map((made) => made.close()))
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })

  function hub(): ToolHub {
    const made = createToolHub({
      store: world.store,
      secrets,
      outbound,
      logger: pino({ level: 'silent' }),
      failureMilliseconds: 0,
      health: { settleMilliseconds: 0 },
    })
    hubs.push(made)
    return made
  }

  async function serve(script: Script, options: Partial<HttpServerOptions> = {}): Promise<TestHttpServer> {
    const server = await startHttpServer({ serve: () => script.serve(), ...options })
    servers.push(server)
    return server
  }

  const query = () => new Script().add('query', { annotations: { readOnlyHint: true } })

  const add = (input: Partial<CreateServerInput> = {}) =>
    createServer(admin, { name: 'srv', transport: 'streamable-http', url: 'http://127.0.0.1:9/mcp', ...input })

  /** How the call was refused. */
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof LongwatchError)) throw new Error(`not refused: ${error}`)
    return { code: error.code, field: error.field }
  }

  async function callTool(ctx: Ctx, name: string) {
    const { tools } = await ctx.services.tools.catalogue(organisation, null)
    const tool = tools.find((candidate) => candidate.name === name)
    if (!tool) return null
    return ctx.services.tools.call({
      organisation,
      principal: ctx.principal,
      user: null,
      tool,
      arguments: {},
      signal: new AbortController().signal,
      beforeSend: () => {},
    })
  }

  return {
    serve,
    query,
    add,
    refusal,
    callTool,
    get world() {
      return world
    },
    get organisation() {
      return organisation
    },
    get admin() {
      return admin
    },
    get viewer() {
      return viewer
    },
    get elsewhere() {
      return elsewhere
    },
    get round() {
      return round
    },
  }
}
