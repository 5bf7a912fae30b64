import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'
import { mcpServers } from '@/lib/mcp/config'
import { createToolHub } from '@/lib/mcp/hub'
import { changeServer, removeServer } from '@/lib/mcp/servers/change'
import { type CreateServerInput, createServer } from '@/lib/mcp/servers/create'
import { getServer, listServers } from '@/lib/mcp/servers/list'
import { testServer, testSettings } from '@/lib/mcp/servers/try'
import { type HttpServerOptions, startHttpServer, type TestHttpServer } from '@/lib/mcp/testing/http-server'
import { Script } from '@/lib/mcp/testing/script'
import type { ToolHub } from '@/lib/mcp/types'
import { createOutboundGuard } from '@/lib/network/guard'
import { createSecretBox } from '@/lib/secrets/secret-box'

describe.each(['sqlite', 'redis'] as const)('MCP servers on %s', (driver) => {
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

  describe('adding a server', () => {
    it('makes it usable at once, and gives no header value out again', async () => {
      const server = await serve(query())
      const headers = [
        { name: 'Authorization', value: 'Bearer t0ps3cret' },
        { name: 'X-Grafana-Org-Id', value: '{{org.slug}}' },
      ]
      const added = await add({ url: server.url, headers })
      expect(added).toMatchObject({ name: 'srv', provisioned: false, enabled: true, health: { state: 'unknown' } })
      expect(added.headers).toEqual([
        { name: 'Authorization', set: true },
        { name: 'X-Grafana-Org-Id', set: true },
      ])
      expect(await callTool(admin, 'srv__query')).toMatchObject({ status: 'ok' })
      const sent = server.requests.at(-1)?.headers
      expect(sent).toMatchObject({ authorization: 'Bearer t0ps3cret', 'x-grafana-org-id': organisation.slug })
      const everything = JSON.stringify([
        added,
        await listServers(admin, { fresh: true }),
        await getServer(admin, { serverId: added.id }),
        await testServer(admin, { serverId: added.id }),
        await listAudit(admin, { organisationId: organisation.id, limit: 10 }),
        await mcpServers.get(world.store, organisation.id, added.id),
      ])
      expect(everything).not.toContain('t0ps3cret')
    })

    it('is for admins only', async () => {
      const calls = [
        createServer(viewer, { name: 'srv', transport: 'sse', url: 'https://mcp.test/' }),
        listServers(viewer, {}),
        testSettings(viewer, { transport: 'sse', url: 'https://mcp.test/' }),
      ]
      for (const call of calls) expect(await refusal(call)).toMatchObject({ code: 'forbidden' })
      const { id } = await add()
      for (const verb of [getServer, testServer, removeServer, changeServer])
        expect(await refusal(verb(viewer, { serverId: id }))).toMatchObject({ code: 'forbidden' })
    })

    it.each<[string, Partial<CreateServerInput>, string]>([
      ['a metadata service', { url: 'http://169.254.169.254/mcp' }, 'url'],
      ['a private network that nobody allowed', { url: 'http://10.0.0.1/mcp' }, 'url'],
      ['credentials in the address', { url: 'http://ada:secret@mcp.test/' }, 'url'],
      ['no address', { url: 'grafana' }, 'url'],
      ['an unknown placeholder', { headers: [{ name: 'X-User', value: '{{user.password}}' }] }, 'headers.0.value'],
      ['half a placeholder', { headers: [{ name: 'X-User', value: '{{user.email' }] }, 'headers.0.value'],
      ['a line break', { headers: [{ name: 'X-User', value: 'a\r\nX-Other: b' }] }, 'headers.0.value'],
      ['a header without a value', { headers: [{ name: 'X-User' }] }, 'headers.0.value'],
      ['a header of the protocol', { headers: [{ name: 'Mcp-Session-Id', value: 'x' }] }, 'headers.0.name'],
      ['a header named twice', { headers: ['X-A', 'x-a'].map((name) => ({ name, value: 'x' })) }, 'headers.1.name'],
      ['the name of the built-in server', { name: 'datasources' }, 'name'],
    ])('refuses %s and names the field', async (_, input, field) => {
      expect(await refusal(add(input))).toEqual({ code: 'bad_request', field })
      expect((await listServers(admin, {})).servers).toEqual([])
    })

    it('gives a name to one server only, also when two ask at once', async () => {
      await add({ name: 'one' })
      expect(await refusal(add({ name: 'one' }))).toEqual({ code: 'conflict', field: 'name' })
      const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => add({ name: 'two' })))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const { servers: listed } = await listServers(admin, {})
      expect(listed.map(({ name }) => name)).toEqual(['one', 'two'])
      const [one, two] = listed
      expect(await refusal(changeServer(admin, { serverId: one!.id, name: 'two' }))).toMatchObject({ code: 'conflict' })
      await removeServer(admin, { serverId: two!.id })
      expect((await changeServer(admin, { serverId: one!.id, name: 'two' })).name).toBe('two')
      expect((await add({ name: 'one' })).name).toBe('one')
    })
  })

  describe('changing a server', () => {
    it('keeps, replaces and removes header values one by one', async () => {
      const server = await serve(query())
      const added = await add({
        url: server.url,
        headers: ['A', 'B', 'C'].map((name) => ({ name: `X-${name}`, value: `old ${name}` })),
      })
      await changeServer(admin, {
        serverId: added.id,
        headers: [{ name: 'X-A' }, { name: 'X-B', value: 'new B' }, { name: 'X-D', value: 'new D' }],
      })
      await callTool(admin, 'srv__query')
      const sent = server.requests.at(-1)?.headers
      expect([sent?.['x-a'], sent?.['x-b'], sent?.['x-c'], sent?.['x-d']]).toEqual([
        'old A',
        'new B',
        undefined,
        'new D',
      ])
      const { records } = await listAudit(admin, { organisationId: organisation.id, limit: 1 })
      expect(records[0]).toMatchObject({
        action: 'mcp-server.change',
        target: { kind: 'mcp-server', id: added.id, name: 'srv' },
        after: { headers: { 'X-A': '[secret]' }, replacedHeaders: ['X-B', 'X-D'] },
      })
    })

    it('never sends a stored value to another server than it was entered for', async () => {
      const [server, thief] = [await serve(query()), await serve(query())]
      const added = await add({ url: server.url, headers: [{ name: 'X-Token', value: 't0ps3cret' }] })
      const kept = [{ name: 'X-Token' }]
      const moved = { serverId: added.id, url: thief.url, headers: kept }
      expect(await refusal(changeServer(admin, moved))).toEqual({ code: 'bad_request', field: 'headers.0.value' })
      expect(await refusal(changeServer(admin, { serverId: added.id, url: thief.url }))).toMatchObject({
        field: 'headers.0.value',
      })
      expect(await refusal(testSettings(admin, { ...moved, transport: 'sse' }))).toMatchObject({
        field: 'headers.0.value',
      })
      expect(thief.requests).toEqual([])
      expect(
        await testSettings(admin, { ...moved, url: `${server.url}/`, transport: 'streamable-http' }),
      ).toMatchObject({
        outcome: 'answered',
      })
      await changeServer(admin, { ...moved, headers: [{ name: 'X-Token', value: 'another' }] })
      expect(await callTool(admin, 'srv__query')).toMatchObject({ status: 'ok' })
      expect(thief.requests.at(-1)?.headers).toMatchObject({ 'x-token': 'another' })
    })

    it('counts from the next call on, in every process, and lets go of the old connection', async () => {
      const [before, after] = [await serve(query()), await serve(query())]
      const added = await add({ url: before.url })
      expect(await callTool(elsewhere, 'srv__query')).toMatchObject({ status: 'ok' })
      const tool = (await elsewhere.services.tools.catalogue(organisation, null)).tools[0]!
      await changeServer(admin, { serverId: added.id, url: after.url })
      expect(await callTool(elsewhere, 'srv__query')).toMatchObject({ status: 'ok' })
      expect(after.requests.some(({ message }) => message?.method === 'tools/call')).toBe(true)
      await vi.waitFor(() => expect(before.sessions()).toBe(0))
      const call = () =>
        elsewhere.services.tools.call({
          organisation,
          principal: elsewhere.principal,
          user: null,
          tool,
          arguments: {},
          signal: new AbortController().signal,
          beforeSend: () => {},
        })
      await changeServer(admin, { serverId: added.id, enabled: false })
      expect(await call()).toMatchObject({ reason: 'unknown_tool', sent: false })
      await changeServer(admin, { serverId: added.id, enabled: true })
      expect(await call()).toMatchObject({ status: 'ok' })
      await removeServer(admin, { serverId: added.id })
      expect(await call()).toMatchObject({ reason: 'unknown_tool', sent: false })
      expect((await elsewhere.services.tools.catalogue(organisation, null)).tools).toEqual([])
      await vi.waitFor(() => expect(after.sessions()).toBe(0))
    })

    it('lists the tools anew when it is saved, although the list is fresh', async () => {
      const script = query()
      script.announcesChanges = false
      const server = await serve(script)
      const added = await add({ url: server.url })
      await callTool(admin, 'srv__query')
      script.add('another', {})
      await changeServer(admin, { serverId: added.id })
      expect((await getServer(admin, { serverId: added.id })).tools?.map(({ toolName }) => toolName)).toContain(
        'another',
      )
    })

    it('is refused when somebody else was faster', async () => {
      const added = await add()
      await changeServer(admin, { serverId: added.id, version: added.version, enabled: false })
      const late = changeServer(admin, { serverId: added.id, version: added.version, enabled: true })
      expect(await refusal(late)).toEqual({ code: 'conflict', field: undefined })
    })

    it('is refused for a provisioned one, which may still be tried', async () => {
      const server = await serve(query())
      const added = await add({ url: server.url })
      const stored = await mcpServers.get(world.store, organisation.id, added.id)
      await world.store.commit({
        partition: organisation.id,
        operationId: 'provision',
        operations: [mcpServers.put(added.id, { ...stored!.body, provisioned: true })],
      })
      for (const call of [
        changeServer(admin, { serverId: added.id, enabled: false }),
        removeServer(admin, { serverId: added.id }),
      ])
        expect(await refusal(call)).toMatchObject({ code: 'conflict' })
      expect(await testServer(admin, { serverId: added.id })).toMatchObject({ outcome: 'answered' })
    })

    it('does not exist for a server of another organisation, or none', async () => {
      const added = await add()
      const gus = await world.user(`gus${round}@globex.test`)
      await world.organisation(`globex-${round}`, { [gus]: 'admin' })
      const stranger: Ctx = { ...admin, principal: { kind: 'user', id: gus } }
      for (const serverId of [added.id, 'mcp_nonsense', added.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))])
        for (const verb of [getServer, testServer, removeServer, changeServer])
          expect(await refusal(verb(stranger, { serverId }))).toMatchObject({ code: 'not_found' })
      const other = testSettings(stranger, { serverId: added.id, transport: 'sse', url: 'https://mcp.test/' })
      expect(await refusal(other)).toMatchObject({ code: 'not_found' })
    })
  })

  describe('trying a server', () => {
    it('tells what came back: name, version, protocol, tools with risk', async () => {
      const script = query()
        .add('delete', {})
        .add('note', { annotations: { destructiveHint: false } })
      for (const kind of ['streamable-http', 'sse'] as const) {
        const server = await serve(script, { kind })
        expect(await testSettings(admin, { transport: kind, url: server.url })).toMatchObject({
          outcome: 'answered',
          server: { name: 'scripted', version: '1' },
          protocolVersion: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
          tools: [
            { name: 'query', risk: 'read' },
            { name: 'delete', risk: 'destructive' },
            { name: 'note', risk: 'write' },
          ],
          leftOut: 0,
        })
        await vi.waitFor(() => expect(server.sessions()).toBe(0))
      }
    })

    it('says in words what went wrong', async () => {
      const refused = await serve(query(), { intercept: (_, response) => Boolean(response.writeHead(401).end()) })
      const silent = await serve(query(), { intercept: () => true })
      const gone = await serve(query())
      await gone.close()
      const test = (url: string) =>
        testSettings(admin, { transport: 'streamable-http', url, timeouts: { dial: 200, list: 200 } })
      const messageOf = async (url: string) => ({ message: '', ...(await test(url)) }).message
      expect(await messageOf(refused.url)).toBe('The server refused the credentials it was sent (HTTP 401).')
      expect(await messageOf(silent.url)).toBe('The server could not be connected within 0.2 s.')
      expect(await messageOf(gone.url)).toBe('The server refuses connections.')
      expect(await messageOf(`${gone.url.replace('127.0.0.1', 'nowhere.invalid')}`)).toContain(
        'host name does not resolve',
      )
    })
  })

  describe('health', () => {
    it('is what was seen last, with words, time and number of tools, in every process', async () => {
      const script = query()
      const server = await serve(script)
      const added = await add({ url: server.url })
      await callTool(admin, 'srv__query')
      await vi.waitFor(async () => {
        const [seen] = (await listServers(elsewhere, {})).servers
        expect(seen?.health).toMatchObject({
          state: 'ok',
          tools: 1,
          lastError: null,
          latencyMilliseconds: expect.any(Number),
        })
      })
      await server.close()
      await callTool(admin, 'srv__query')
      await vi.waitFor(async () => {
        const [seen] = (await listServers(elsewhere, {})).servers
        expect(seen?.health).toMatchObject({
          state: 'failing',
          lastError: { message: expect.stringMatching(/^The server srv |^The server /), at: expect.any(Number) },
          lastSuccessAt: expect.any(Number),
        })
      })
      const { tools, health } = await getServer(elsewhere, { serverId: added.id })
      expect(tools).toBeNull()
      expect(health.lastUsedAt).not.toBeNull()
    })

    it('outlives the process that saw it', async () => {
      const server = await serve(query())
      await add({ url: server.url })
      await callTool(elsewhere, 'srv__query')
      await elsewhere.services.tools.close()
      const [seen] = (await listServers(admin, {})).servers
      expect(seen?.health).toMatchObject({ state: 'ok', tools: 1, lastUsedAt: expect.any(Number) })
    })

    it('tells when each tool was used last', async () => {
      const server = await serve(query().add('other', {}))
      const added = await add({ url: server.url })
      await callTool(admin, 'srv__query')
      const { tools } = await getServer(admin, { serverId: added.id })
      expect(tools?.map(({ toolName, lastUsedAt }) => [toolName, lastUsedAt !== null])).toEqual([
        ['other', false],
        ['query', true],
      ])
    })

    it('costs no write per call', async () => {
      const server = await serve(query())
      await add({ url: server.url })
      await callTool(admin, 'srv__query')
      await vi.waitFor(async () => expect((await listServers(elsewhere, {})).servers[0]?.health.state).toBe('ok'))
      const commit = vi.spyOn(world.store, 'commit')
      for (let n = 0; n < 20; n++) expect(await callTool(admin, 'srv__query')).toMatchObject({ status: 'ok' })
      expect(commit.mock.calls.length).toBeLessThanOrEqual(1)
      commit.mockRestore()
    })

    it('is unknown after a change, and of a person’s missing value says nothing', async () => {
      const server = await serve(query())
      const added = await add({ url: server.url })
      await callTool(admin, 'srv__query')
      const changed = await changeServer(admin, {
        serverId: added.id,
        headers: [{ name: 'X-User', value: '{{user.email}}' }],
      })
      expect(changed.health.state).toBe('unknown')
      // A token has no e-mail address; that is not the server's failure.
      expect((await admin.services.tools.catalogue(organisation, null)).failures).toHaveLength(1)
      expect((await listServers(admin, {})).servers[0]?.health.state).toBe('unknown')
      expect((await listServers(admin, { fresh: true })).servers[0]?.health.state).toBe('ok')
    })
  })
})
