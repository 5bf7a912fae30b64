import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ada, Harness } from '@/lib/mcp/testing/harness'
import { Script, text, untilCancelled } from '@/lib/mcp/testing/script'

const harness = new Harness()
beforeAll(() => harness.open())
afterEach(() => harness.reset())
afterAll(() => harness.close())

const kinds = ['streamable-http', 'sse'] as const

/** A script behind a configured server of the given kind, with its hub. */
async function setUp(script: Script, settings: { kind?: (typeof kinds)[number]; call?: number } = {}) {
  const { kind = 'streamable-http', call } = settings
  const server = await harness.start({ kind, serve: () => script.serve() })
  await harness.configure('srv', { transport: { kind, url: server.url }, timeouts: call ? { call } : {} })
  return { server, hub: harness.hub() }
}

describe('call', () => {
  it('keeps text, media, resources and structured content apart', async () => {
    const image = Buffer.from([137, 80, 78, 71]).toString('base64')
    const script = new Script().add('show', {}, () => ({
      content: [
        { type: 'text', text: 'grüße' },
        { type: 'image', data: image, mimeType: 'image/png' },
        { type: 'audio', data: image, mimeType: 'audio/wav' },
        { type: 'resource', resource: { uri: 'file:///a.json', mimeType: 'application/json', text: '{}' } },
        { type: 'resource', resource: { uri: 'file:///a.bin', blob: image } },
        { type: 'resource_link', uri: 'file:///b', name: 'b', mimeType: 'text/csv' },
      ],
      structuredContent: { rows: [1, 2] },
    }))
    const { hub } = await setUp(script)
    expect(await harness.call(hub, 'srv__show', { arguments: { a: 1 } })).toEqual({
      status: 'ok',
      cut: false,
      structured: { rows: [1, 2] },
      content: [
        { type: 'text', text: 'grüße', mediaType: 'text/plain' },
        { type: 'binary', base64: image, mediaType: 'image/png' },
        { type: 'binary', base64: image, mediaType: 'audio/wav' },
        { type: 'text', text: '{}', mediaType: 'application/json' },
        { type: 'binary', base64: image, mediaType: 'application/octet-stream' },
        { type: 'text', text: 'Resource b: file:///b (text/csv)', mediaType: 'text/plain' },
      ],
    })
    expect(script.calls).toEqual([{ tool: 'show', args: { a: 1 } }])
  })

  it("answers a tool's own error with its content, and an unknown tool as such", async () => {
    const script = new Script()
      .add('fail', {}, () => ({ ...text('no such metric'), isError: true }))
      .add('throw', {}, () => {
        throw new Error('kaput')
      })
      .add('gone', {})
    const { hub } = await setUp(script)
    expect(await harness.call(hub, 'srv__fail')).toMatchObject({
      status: 'error',
      reason: 'tool',
      sent: true,
      content: [{ type: 'text', text: 'no such metric' }],
    })
    expect(await harness.call(hub, 'srv__throw')).toMatchObject({
      reason: 'tool',
      message: 'The server srv answered with a protocol error (code -32603).',
      content: [{ type: 'text', text: 'kaput' }],
    })
    const gone = (await hub.catalogue(harness.organisation, ada)).tools.find(({ toolName }) => toolName === 'gone')!
    script.tools.delete('gone')
    expect(await hub.call({ ...harness.input(), tool: gone })).toMatchObject({ reason: 'unknown_tool' })
  })

  it('passes progress on, and progress keeps a call alive', async () => {
    const script = new Script().add('work', {}, async (_, { progress }) => {
      for (let n = 1; n <= 8; n++) {
        await progress(n * 10, `part ${n}`)
        await new Promise((resolve) => setTimeout(resolve, 90))
      }
      return text('done')
    })
    const { hub } = await setUp(script, { call: 500 })
    const seen: unknown[] = []
    const outcome = await harness.call(hub, 'srv__work', { onProgress: (progress) => seen.push(progress) })
    expect(outcome.status).toBe('ok')
    expect(seen).toHaveLength(8)
    expect(seen[0]).toEqual({ progress: 10, total: 100, message: 'part 1' })
  })

  it.each(kinds)('cancels a call over %s at once, and the server sees it', async (kind) => {
    const script = new Script().add('wait', {}, untilCancelled).add('quick', {})
    const { hub } = await setUp(script, { kind })
    const abort = new AbortController()
    const call = harness.call(hub, 'srv__wait', { signal: abort.signal })
    await vi.waitFor(() => expect(script.calls).toHaveLength(1))
    abort.abort()
    expect(await call).toMatchObject({ status: 'error', reason: 'cancelled', sent: true })
    await vi.waitFor(() => expect(script.aborted).toEqual(['wait']))
    expect((await harness.call(hub, 'srv__quick')).status).toBe('ok')
  })

  it('ends a call at its timeout and tells the server', async () => {
    const script = new Script().add('wait', {}, untilCancelled)
    const { hub } = await setUp(script, { call: 100 })
    expect(await harness.call(hub, 'srv__wait')).toMatchObject({
      reason: 'timeout',
      sent: true,
      message: expect.stringMatching(/did not answer within 0\.[1-9]/),
    })
    await vi.waitFor(() => expect(script.aborted).toEqual(['wait']))
  })

  it('is cancelled while it still connects, unsent', async () => {
    const script = new Script().add('query', {})
    const { hub, server } = await setUp(script)
    const tool = (await hub.catalogue(harness.organisation, ada)).tools[0]!
    await hub.close()
    const hanging = await harness.start({ serve: () => script.serve(), intercept: () => true })
    const stored = await harness.configure('hanging', { url: hanging.url })
    const abort = new AbortController()
    const call = harness
      .hub()
      .call({ ...harness.input({ signal: abort.signal }), tool: { ...tool, serverId: stored.id } })
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(1))
    abort.abort()
    expect(await call).toMatchObject({ reason: 'cancelled', sent: false })
    expect(script.calls).toEqual([])
    expect(server.requests.length).toBeGreaterThan(0)
  })

  it('does not send what beforeSend stops, after everything was prepared', async () => {
    const script = new Script().add('query', {})
    const { hub, server } = await setUp(script)
    const beforeSend = vi.fn(() => {
      expect(server.sessions()).toBe(1)
      throw new Error('the lease is over')
    })
    expect(await harness.call(hub, 'srv__query', { beforeSend })).toMatchObject({ reason: 'refused', sent: false })
    expect(beforeSend).toHaveBeenCalledOnce()
    expect(script.calls).toEqual([])
  })

  it('makes many calls at once over one session, each with its own answer', async () => {
    const script = new Script().add('echo', {}, ({ n }) => text(String(n)))
    const { hub, server } = await setUp(script)
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, n) => harness.call(hub, 'srv__echo', { arguments: { n } })),
    )
    expect(outcomes.map(({ content }) => content[0]?.type === 'text' && content[0].text)).toEqual(
      Array.from({ length: 40 }, (_, n) => String(n)),
    )
    expect(server.requests.filter(({ message }) => message?.method === 'initialize')).toHaveLength(1)
  })

  it('does not call a server that was disabled meanwhile', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    const stored = await harness.configure('srv', { url: server.url })
    const hub = harness.hub()
    const tool = (await hub.catalogue(harness.organisation, ada)).tools[0]!
    await harness.change({ ...stored, enabled: false })
    expect(await hub.call({ ...harness.input(), tool })).toMatchObject({ reason: 'unknown_tool', sent: false })
    expect(script.calls).toEqual([])
  })
})
