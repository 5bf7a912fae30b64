import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ada, Harness } from '@/lib/mcp/testing/harness'
import { json } from '@/lib/mcp/testing/http-server'
import { Script, text, untilCancelled } from '@/lib/mcp/testing/script'
import { createOutboundGuard } from '@/lib/network/guard'

const harness = new Harness()
beforeAll(() => harness.open())
afterEach(() => harness.reset())
afterAll(() => harness.close())

const kinds = ['streamable-http', 'sse'] as const

/** A script behind a configured server of the given kind, with its hub. */
async function setUp(script: Script, settings: { kind?: (typeof kinds)[number]; limit?: number } = {}) {
  const { kind = 'streamable-http', limit } = settings
  const server = await harness.start({ kind, serve: () => script.serve() })
  await harness.configure('srv', { transport: { kind, url: server.url } })
  return { server, hub: harness.hub({ maxResponseBytes: limit }) }
}

describe('a call to a server that fails or misbehaves', () => {
  it.each(kinds)('says that the outcome is open when a %s server dies during the call', async (kind) => {
    const script = new Script().add('die', {}, untilCancelled)
    const { hub, server } = await setUp(script, { kind })
    const call = harness.call(hub, 'srv__die')
    await vi.waitFor(() => expect(script.calls).toHaveLength(1))
    server.dropConnections()
    expect(await call).toMatchObject({
      reason: 'unreachable',
      sent: true,
      message: 'The server srv closed the connection before it answered.',
    })
    expect(script.calls).toHaveLength(1)
  })

  it('gets the answer of a call whose stream broke when the server can resume it', async () => {
    const finish = Promise.withResolvers<void>()
    const script = new Script().add('work', {}, async (_, { progress }) => {
      await progress(1)
      await finish.promise
      return text('done')
    })
    const server = await harness.start({ serve: () => script.serve(), resumable: true })
    await harness.configure('srv', { url: server.url })
    const onProgress = vi.fn()
    const call = harness.call(harness.hub(), 'srv__work', { onProgress })
    await vi.waitFor(() => expect(onProgress).toHaveBeenCalled())
    server.dropConnections()
    finish.resolve()
    expect(await call).toMatchObject({ status: 'ok', content: [{ text: 'done' }] })
    expect(script.calls).toHaveLength(1)
  })

  it('does not wait for the timeout when a server that could resume stays away', async () => {
    const script = new Script().add('die', {}, untilCancelled)
    const server = await harness.start({ serve: () => script.serve(), resumable: true })
    await harness.configure('srv', { url: server.url, timeouts: { call: 60_000 } })
    const call = harness.call(harness.hub(), 'srv__die')
    await vi.waitFor(() => expect(script.calls).toHaveLength(1))
    await server.close()
    expect(await call).toMatchObject({ reason: 'unreachable', sent: true })
  })

  it('says so when a child process dies, and starts it again for the next call', async () => {
    const path = fileURLToPath(new URL('./testing/stdio-server.ts', import.meta.url))
    const transport = { kind: 'stdio' as const, command: process.execPath, arguments: [path], environment: {} }
    await harness.configure('local', { transport })
    const hub = harness.hub({ maxResponseBytes: 1_000_000 })
    expect(await harness.call(hub, 'local__die')).toMatchObject({ reason: 'unreachable', sent: true })
    expect(await harness.call(hub, 'local__environment')).toMatchObject({ status: 'ok' })
    expect(await harness.call(hub, 'local__large')).toMatchObject({ reason: 'too_large', sent: true })
  })

  it('is certain that nothing was sent to a server that is gone', async () => {
    const script = new Script().add('query', {})
    const { hub, server } = await setUp(script)
    const tool = (await hub.catalogue(harness.organisation, ada)).tools[0]!
    await server.close()
    // Until the client has noticed that its open socket is dead, it honestly cannot know.
    await vi.waitFor(async () =>
      expect(await hub.call({ ...harness.input(), tool })).toMatchObject({
        reason: 'unreachable',
        sent: false,
        message: 'The server srv refuses connections.',
      }),
    )
    expect(script.calls).toEqual([])
  })

  it.each(kinds)('begins a new session with a %s server that forgot it, and calls once', async (kind) => {
    const script = new Script().add('write', {})
    const { hub, server } = await setUp(script, { kind })
    await hub.catalogue(harness.organisation, ada)
    server.forgetSessions()
    const beforeSend = vi.fn()
    const outcomes = await Promise.all([1, 2, 3].map(() => harness.call(hub, 'srv__write', { beforeSend })))
    expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok'])
    expect(script.calls).toHaveLength(3)
    expect(server.sessions()).toBe(1)
    expect(beforeSend.mock.calls.length).toBeGreaterThan(3)
  })

  it('does not try for ever when every session is unknown, and knows that nothing was executed', async () => {
    const script = new Script().add('write', {})
    const server = await harness.start({
      serve: () => script.serve(),
      intercept: ({ message }, response) => {
        const refused = message?.method === 'tools/call'
        if (refused) json(response, 404, {})
        return refused
      },
    })
    await harness.configure('srv', { url: server.url })
    const beforeSend = vi.fn()
    expect(await harness.call(harness.hub(), 'srv__write', { beforeSend })).toMatchObject({
      reason: 'unreachable',
      sent: false,
      message: 'The server srv does not know the session.',
    })
    expect(beforeSend).toHaveBeenCalledTimes(2)
  })

  it('takes a refusal of the transport that names the session like a 404, but no other 400', async () => {
    const script = new Script().add('write', {})
    const bodies = [
      { jsonrpc: '2.0', error: { code: -32000, message: 'Bad Request: No valid session ID provided' } },
      { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Bad Request: No valid session ID provided' } },
      { jsonrpc: '2.0', id: 7, error: { code: -32000, message: 'The session of the user is over' } },
    ]
    const pending = [...bodies]
    const server = await harness.start({
      serve: () => script.serve(),
      intercept: ({ message }, response) => {
        const body = message?.method === 'tools/call' ? pending.shift() : undefined
        if (body) json(response, 400, body)
        return body !== undefined
      },
    })
    await harness.configure('srv', { url: server.url })
    const hub = harness.hub()
    // Twice unknown, with the call sent once more in between; then an answer to the call itself.
    expect(await harness.call(hub, 'srv__write')).toMatchObject({
      reason: 'unreachable',
      sent: false,
      message: 'The server srv does not know the session.',
    })
    expect(await harness.call(hub, 'srv__write')).toMatchObject({
      reason: 'unreachable',
      sent: true,
      message: 'The server srv answered HTTP 400.',
    })
    expect(pending).toEqual([])
    expect(script.calls).toEqual([])
  })

  it.each([
    ['a stream', {}],
    ['JSON', { json: true }],
  ])('stops reading an answer that is far too large, in %s', async (_, options) => {
    const script = new Script().add('dump', {}, () => text('x'.repeat(50 * 1024 * 1024))).add('quick', {})
    const server = await harness.start({ serve: () => script.serve(), ...options })
    await harness.configure('srv', { url: server.url })
    const hub = harness.hub()
    expect(await harness.call(hub, 'srv__dump')).toMatchObject({
      reason: 'too_large',
      sent: true,
      message: 'The server srv answered with more than 20,480 KiB.',
    })
    expect((await harness.call(hub, 'srv__quick')).status).toBe('ok')
  })

  it('bounds each message of a legacy stream, not its life', async () => {
    const script = new Script()
      .add('dump', {}, () => text('x'.repeat(400_000)))
      .add('some', {}, () => text('x'.repeat(60_000)))
    const { hub } = await setUp(script, { kind: 'sse', limit: 100_000 })
    for (let n = 0; n < 4; n++) expect((await harness.call(hub, 'srv__some')).status).toBe('ok')
    expect(await harness.call(hub, 'srv__dump')).toMatchObject({ reason: 'too_large', sent: true })
    expect((await harness.call(hub, 'srv__some')).status).toBe('ok')
  })

  it('never follows a redirect to another origin, where the credentials do not belong', async () => {
    const script = new Script().add('query', {})
    const thief = await harness.start({ serve: () => script.serve() })
    let redirecting = false
    const server = await harness.start({
      serve: () => script.serve(),
      intercept: (_, response) => redirecting && Boolean(response.writeHead(307, { location: thief.url }).end()),
    })
    await harness.configure('srv', { url: server.url, headers: { Authorization: 'Bearer t0ps3cret' } })
    const hub = harness.hub({ failureMilliseconds: 0 })
    const tool = (await hub.catalogue(harness.organisation, ada)).tools[0]!
    redirecting = true
    const outcome = await hub.call({ ...harness.input(), tool })
    expect(outcome).toMatchObject({
      reason: 'refused',
      message: 'The server srv redirects to another address, which is not followed.',
    })
    expect((await harness.hub().catalogue(harness.organisation, ada)).failures).toHaveLength(1)
    expect(thief.requests).toEqual([])
  })

  it('is not made to an address that somebody typed and nobody allowed, nor to a metadata service whoever names it', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('typed', { url: server.url, provisioned: false })
    await harness.configure('cloud', { url: 'http://169.254.169.254/mcp' })
    const { failures } = await harness.hub().catalogue(harness.organisation, ada)
    expect(failures.map(({ message }) => message).sort()).toEqual([
      "The server cloud is not called: 169.254.169.254 leads to a cloud's metadata service, which is never called.",
      'The server typed is not called: 127.0.0.1 leads to a private network. Whoever runs Longwatch can allow it: its network must be in LONGWATCH_ALLOWED_NETWORKS.',
    ])
    expect(server.requests).toEqual([])
    const outbound = createOutboundGuard({ allowedNetworks: ['127.0.0.0/8'] })
    expect((await harness.call(harness.hub({ outbound }), 'typed__query')).status).toBe('ok')
    await outbound.close()
  })

  it('is not made when the name that was allowed leads elsewhere by the time of the next connection', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    let address = '127.0.0.1'
    const resolveName = async () => [{ address, family: 4 }]
    const outbound = createOutboundGuard({ allowedNetworks: ['127.0.0.1/32'], resolveName })
    await harness.configure('named', { url: `http://mcp.test:${server.port}/mcp`, provisioned: false })
    const hub = harness.hub({ outbound })
    const tool = (await hub.catalogue(harness.organisation, ada)).tools[0]!
    address = '127.0.0.2'
    server.dropConnections()
    await vi.waitFor(async () =>
      expect(await hub.call({ ...harness.input(), tool })).toMatchObject({
        reason: 'refused',
        sent: false,
        message: expect.stringContaining('mcp.test leads to a private network'),
      }),
    )
    expect(script.calls).toEqual([])
    await outbound.close()
  })

  it('follows a redirect within the origin', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({
      serve: () => script.serve(),
      intercept: ({ url }, response) => url === '/mcp' && Boolean(response.writeHead(308, { location: '/mcp/' }).end()),
    })
    await harness.configure('srv', { url: server.url })
    expect((await harness.call(harness.hub(), 'srv__query')).status).toBe('ok')
  })

  it('takes an answer that is no MCP for what it is, without quoting it', async () => {
    const script = new Script().add('query', {})
    const answers = ['{"jsonrpc": "2.0", "id": 3, "resu', '<h1>secret stack trace</h1>', '{"hello": "world"}']
    const server = await harness.start({
      serve: () => script.serve(),
      intercept: ({ message }, response) => {
        if (message?.method !== 'tools/call') return false
        response.writeHead(200, { 'content-type': 'application/json' }).end(answers.shift())
        return true
      },
    })
    await harness.configure('srv', { url: server.url })
    const hub = harness.hub()
    for (const words of ['not JSON', 'not JSON', 'not MCP'])
      expect(await harness.call(hub, 'srv__query')).toMatchObject({
        reason: 'unreachable',
        sent: true,
        message: `The server srv answered with something that is ${words}.`,
      })
  })
})
