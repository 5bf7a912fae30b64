import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TOOL_POLICY_DOCUMENT, toolPolicies } from '@/lib/access/tool-policy'
import { ada, Harness } from '@/lib/mcp/testing/harness'
import { json } from '@/lib/mcp/testing/http-server'
import { Script } from '@/lib/mcp/testing/script'
import type { Operation } from '@/lib/stores/contract'

const harness = new Harness()
beforeAll(() => harness.open())
afterEach(() => harness.reset())
afterAll(() => harness.close())

const stdio = {
  kind: 'stdio' as const,
  command: process.execPath,
  arguments: [fileURLToPath(new URL('./testing/stdio-server.ts', import.meta.url))],
}

describe('catalogue', () => {
  it('lists and calls servers of every transport at once', async () => {
    const script = new Script().add('query', { annotations: { readOnlyHint: true } })
    const [streamable, legacy] = [
      await harness.start({ serve: () => script.serve() }),
      await harness.start({ kind: 'sse', serve: () => script.serve() }),
    ]
    await harness.configure('metrics', { url: streamable.url })
    await harness.configure('legacy', { transport: { kind: 'sse', url: legacy.url } })
    const environment = { TEST_TOKEN: harness.secrets.seal('s3cret', harness.organisation.id) }
    await harness.configure('local', { transport: { ...stdio, environment } })
    const hub = harness.hub({
      builtinServers: async () => [
        {
          id: 'builtin',
          name: 'datasources',
          fingerprint: '1',
          create: () => {
            const server = new McpServer({ name: 'datasources', version: '1' })
            server.registerTool('ping', {}, () => ({ content: [{ type: 'text', text: 'pong' }] }))
            return server
          },
        },
      ],
    })
    const { tools, failures } = await hub.catalogue(harness.organisation, ada)
    expect(failures).toEqual([])
    expect(tools.map(({ name }) => name)).toEqual([
      'datasources__ping',
      'legacy__query',
      'local__die',
      'local__environment',
      'local__large',
      'metrics__query',
    ])
    const answers = await Promise.all(
      ['datasources__ping', 'legacy__query', 'local__environment', 'metrics__query'].map(async (name) => {
        const outcome = await harness.call(hub, name)
        return outcome.content[0]
      }),
    )
    expect(answers.map((content) => content?.type === 'text' && content.text)).toEqual([
      'pong',
      'query ran',
      's3cret nothing inherited',
      'query ran',
    ])
  })

  it('loses only the servers that are dead, silent or no MCP, and says in words what is wrong with each', async () => {
    const script = new Script().add('query', {})
    const good = await harness.start({ serve: () => script.serve() })
    const silent = await harness.start({ serve: () => script.serve(), intercept: () => true })
    const slowList = await harness.start({
      serve: () => script.serve(),
      intercept: ({ message }) => message?.method === 'tools/list',
    })
    const web = await harness.start({
      serve: () => script.serve(),
      intercept: (_, response) => Boolean(response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi')),
    })
    const locked = await harness.start({
      serve: () => script.serve(),
      intercept: (_, response) => {
        json(response, 401, { error: 'token abc123 is wrong' })
        return true
      },
    })
    await harness.configure('good', { url: good.url })
    const dead = await harness.start({ serve: () => script.serve() })
    await dead.close()
    await harness.configure('dead', { url: dead.url })
    await harness.configure('dead-sse', { transport: { kind: 'sse', url: dead.url } })
    await harness.configure('web-sse', { transport: { kind: 'sse', url: web.url } })
    await harness.configure('silent', { url: silent.url, timeouts: { dial: 150 } })
    await harness.configure('slow', { url: slowList.url, timeouts: { list: 150 } })
    await harness.configure('silent-sse', { transport: { kind: 'sse', url: silent.url }, timeouts: { dial: 150 } })
    await harness.configure('web', { url: web.url })
    await harness.configure('locked', { url: locked.url })
    await harness.configure('nowhere', { transport: { ...stdio, command: '/no/such/command', environment: {} } })
    const began = Date.now()
    const { tools, failures } = await harness.hub().catalogue(harness.organisation, ada)
    expect(Date.now() - began).toBeLessThan(5000)
    expect(tools.map(({ name }) => name)).toEqual(['good__query'])
    const messages = Object.fromEntries(failures.map(({ server, message }) => [server, message]))
    expect(messages).toEqual({
      dead: 'The server dead refuses connections.',
      'dead-sse': 'The server dead-sse refuses connections.',
      'web-sse': 'The server web-sse answered with something that is not MCP.',
      silent: 'The server silent could not be connected within 0.15 s.',
      'silent-sse': 'The server silent-sse could not be connected within 0.15 s.',
      slow: 'The server slow did not list its tools within 0.15 s.',
      web: 'The server web answered with something that is not MCP.',
      locked: 'The server locked refused the credentials it was sent (HTTP 401).',
      nowhere: 'The server nowhere cannot be started: its command was not found.',
    })
    expect(harness.logged).not.toContain('abc123')
  })

  it('does not ask a dead server again at once, but soon', async () => {
    const script = new Script().add('query', {})
    let down = true
    const server = await harness.start({
      serve: () => script.serve(),
      intercept: (_, response) => down && Boolean(response.writeHead(503).end()),
    })
    await harness.configure('flaky', { url: server.url })
    const patient = harness.hub()
    const eager = harness.hub({ failureMilliseconds: 0 })
    expect((await patient.catalogue(harness.organisation, ada)).failures).toEqual([
      { server: 'flaky', message: 'The server flaky answered HTTP 503.' },
    ])
    expect((await eager.catalogue(harness.organisation, ada)).failures).toHaveLength(1)
    down = false
    expect((await patient.catalogue(harness.organisation, ada)).failures).toHaveLength(1)
    expect((await eager.catalogue(harness.organisation, ada)).tools).toHaveLength(1)
  })

  it('goes by what was decided about tools while a server was still listing them', async () => {
    const script = new Script().add('query', { annotations: { readOnlyHint: true } })
    const hidden = { viewer: { read: 'hidden' }, editor: { read: 'hidden' }, admin: { read: 'hidden' } } as const
    const decide = (operation: Operation) =>
      harness.store.commit({
        partition: harness.organisation.id,
        operationId: randomUUID(),
        operations: [operation],
      })
    const server = await harness.start({
      serve: () => script.serve(),
      intercept: async ({ message }) => {
        if (message?.method !== 'tools/list') return false
        await decide(toolPolicies.put(TOOL_POLICY_DOCUMENT, { matrix: hidden, exceptions: [], updatedAt: 1 }))
        return false
      },
    })
    await harness.configure('slow', { url: server.url })
    const { tools } = await harness.hub().catalogue(harness.organisation, ada)
    await decide(toolPolicies.delete(TOOL_POLICY_DOCUMENT))
    expect(tools.map(({ policy }) => policy)).toEqual([{ viewer: 'hidden', editor: 'hidden', admin: 'hidden' }])
  })

  it('reads every page, and refuses a list that runs in a circle', async () => {
    const script = new Script()
    for (let n = 0; n < 25; n++) script.add(`tool${n}`, {})
    script.pageSize = 4
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('paged', { url: server.url })
    const circle = await harness.start({
      serve: () => script.serve(),
      json: true,
      intercept: ({ message }, response) => {
        if (message?.method !== 'tools/list') return false
        json(response, 200, { jsonrpc: '2.0', id: message.id, result: { tools: [], nextCursor: 'again' } })
        return true
      },
    })
    await harness.configure('circle', { url: circle.url })
    const { tools, failures } = await harness.hub().catalogue(harness.organisation, ada)
    expect(tools).toHaveLength(25)
    expect(failures).toEqual([{ server: 'circle', message: 'The server circle lists its tools in a circle.' }])
  })

  it('lists once for concurrent askers and until the list is a minute old', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('metrics', { url: server.url })
    const hub = harness.hub()
    await Promise.all(Array.from({ length: 10 }, () => hub.catalogue(harness.organisation, ada)))
    await hub.catalogue(harness.organisation, null)
    expect(script.lists).toBe(1)
    expect(server.sessions()).toBe(1)
  })

  it.each(['streamable-http', 'sse'] as const)('follows a change that a %s server announces', async (kind) => {
    const script = new Script().add('query', {})
    const server = await harness.start({ kind, serve: () => script.serve() })
    await harness.configure('metrics', { transport: { kind, url: server.url } })
    const hub = harness.hub()
    const names = async () => (await hub.catalogue(harness.organisation, ada)).tools.map(({ toolName }) => toolName)
    expect(await names()).toEqual(['query'])
    await vi.waitFor(() => expect(server.requests.some(({ method }) => method === 'GET')).toBe(true))
    script.tools.delete('query')
    script.add('search', {})
    await script.announceChange()
    await vi.waitFor(async () => expect(await names()).toEqual(['search']))
  })

  it('follows a change that is not announced once the list is old', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('metrics', { url: server.url })
    const hub = harness.hub({ freshMilliseconds: 0 })
    expect((await hub.catalogue(harness.organisation, ada)).tools).toHaveLength(1)
    script.add('search', {})
    expect((await hub.catalogue(harness.organisation, ada)).tools).toHaveLength(2)
  })

  it('works with a server whose standalone stream is refused or never answered', async () => {
    for (const status of [405, null]) {
      const script = new Script().add('query', {})
      const server = await harness.start({
        serve: () => script.serve(),
        intercept: ({ method }, response) =>
          method === 'GET' && (status ? Boolean(response.writeHead(status).end()) : true),
      })
      const stored = await harness.configure('metrics', { url: server.url, timeouts: { dial: 3000 } })
      const hub = harness.hub()
      expect(await harness.call(hub, 'metrics__query')).toMatchObject({ status: 'ok' })
      expect(server.requests.some(({ method }) => method === 'GET')).toBe(true)
      await harness.change({ ...stored, enabled: false })
      expect(await hub.catalogue(harness.organisation, ada)).toMatchObject({ tools: [], failures: [] })
    }
  })

  it('takes risk from annotations and overrides, and policy from matrix, server and tool', async () => {
    const script = new Script()
      .add('read', { annotations: { readOnlyHint: true, destructiveHint: true }, title: 'Read it' })
      .add('write', { annotations: { destructiveHint: false } })
      .add('bare', {})
      .add('liar', { annotations: { readOnlyHint: true } })
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('metrics', {
      url: server.url,
      policy: { viewer: { write: 'ask' }, editor: { destructive: 'hidden' } },
      tools: { liar: { risk: 'destructive', policy: { admin: 'auto' } } },
    })
    const { tools } = await harness.hub().catalogue(harness.organisation, ada)
    const summary = Object.fromEntries(
      tools.map(({ toolName, title, risk, policy }) => [toolName, { title, risk, ...policy }]),
    )
    expect(summary).toEqual({
      read: { title: 'Read it', risk: 'read', viewer: 'auto', editor: 'auto', admin: 'auto' },
      write: { title: 'write', risk: 'write', viewer: 'ask', editor: 'ask', admin: 'ask' },
      bare: { title: 'bare', risk: 'destructive', viewer: 'hidden', editor: 'hidden', admin: 'ask' },
      liar: { title: 'liar', risk: 'destructive', viewer: 'hidden', editor: 'hidden', admin: 'auto' },
    })
  })

  it('leaves malformed definitions out and says so', async () => {
    const listed = [
      { name: 'fine', inputSchema: { type: 'object' }, outputSchema: { type: 'nonsense' } },
      { name: 5 },
      null,
    ]
    const server = await harness.start({
      serve: () => new Script().serve(),
      intercept: ({ message }, response) => {
        if (message?.method !== 'tools/list') return false
        json(response, 200, { jsonrpc: '2.0', id: message.id, result: { tools: listed } })
        return true
      },
    })
    await harness.configure('odd', { url: server.url })
    const { tools, failures } = await harness.hub().catalogue(harness.organisation, ada)
    expect(tools.map(({ toolName }) => toolName)).toEqual(['fine'])
    expect(failures[0]?.message).toMatch(/listed 2 tools that cannot be used/)
  })

  it('shows an organisation nothing of another', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('metrics', { url: server.url })
    const hub = harness.hub()
    const tool = (await hub.catalogue(harness.organisation, ada)).tools[0]!
    const other = { ...harness.organisation, id: 'otherother' }
    expect(await hub.catalogue(other, ada)).toEqual({ tools: [], servers: [], notices: [], failures: [] })
    const outcome = await hub.call({ ...harness.input({ organisation: other }), tool })
    expect(outcome).toMatchObject({ reason: 'unknown_tool', sent: false })
    expect(script.calls).toEqual([])
  })
})
