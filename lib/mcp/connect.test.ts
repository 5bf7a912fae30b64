import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ada, Harness } from '@/lib/mcp/testing/harness'
import { Script, text, untilCancelled } from '@/lib/mcp/testing/script'

const harness = new Harness()
beforeAll(() => harness.open())
afterEach(() => harness.reset())
afterAll(() => harness.close())

describe('connections', () => {
  it('are closed when nobody used them for a while, and made again on need', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('srv', { url: server.url })
    const hub = harness.hub({ idleMilliseconds: 30 })
    await hub.catalogue(harness.organisation, ada)
    await vi.waitFor(() => expect(server.requests.some(({ method }) => method === 'DELETE')).toBe(true))
    await vi.waitFor(() => expect(server.sessions()).toBe(0))
    expect((await harness.call(hub, 'srv__query')).status).toBe('ok')
  })

  it('are not closed for being idle while a call is under way', async () => {
    const script = new Script()
    const finish = Promise.withResolvers<void>()
    script.add('wait', {}, async () => {
      await finish.promise
      return text('done')
    })
    const busy = await harness.start({ serve: () => script.serve() })
    const idle = await harness.start({ serve: () => new Script().add('query', {}).serve() })
    await harness.configure('busy', { url: busy.url })
    await harness.configure('idle', { url: idle.url })
    const hub = harness.hub({ idleMilliseconds: 30 })
    const call = harness.call(hub, 'busy__wait')
    await vi.waitFor(() => expect(script.calls).toHaveLength(1))
    // The sweep that closed the idle one has passed over the busy one, whose last use is as old.
    await vi.waitFor(() => expect(idle.sessions()).toBe(0))
    expect(busy.sessions()).toBe(1)
    finish.resolve()
    expect(await call).toMatchObject({ status: 'ok', content: [{ text: 'done' }] })
  })

  it('are not shared when the configuration changed', async () => {
    const [first, second] = [new Script().add('one', {}), new Script().add('two', {})]
    const before = await harness.start({ serve: () => first.serve() })
    const after = await harness.start({ serve: () => second.serve() })
    const stored = await harness.configure('srv', { url: before.url })
    const hub = harness.hub()
    expect((await harness.call(hub, 'srv__one')).status).toBe('ok')
    await harness.change({ ...stored, transport: { kind: 'streamable-http', url: after.url } })
    expect((await harness.call(hub, 'srv__two')).status).toBe('ok')
  })

  it('end with the hub: sessions are given up, calls under way are told, dialling stops', async () => {
    const script = new Script().add('wait', {}, untilCancelled)
    const server = await harness.start({ serve: () => script.serve() })
    const hanging = await harness.start({ serve: () => script.serve(), intercept: () => true })
    await harness.configure('srv', { url: server.url })
    const hub = harness.hub()
    const call = harness.call(hub, 'srv__wait')
    await vi.waitFor(() => expect(script.calls).toHaveLength(1))
    await harness.configure('hanging', { url: hanging.url })
    const listing = hub.catalogue(harness.organisation, ada)
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(1))
    await hub.close()
    expect(await call).toMatchObject({ reason: 'unreachable', sent: true })
    expect((await listing).failures).toMatchObject([{ server: 'hanging' }])
    expect(server.sessions()).toBe(0)
    expect((await hub.catalogue(harness.organisation, ada)).tools).toEqual([])
  })
})
