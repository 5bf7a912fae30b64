import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fillHeaders } from '@/lib/mcp/headers'
import { ada, bob, Harness } from '@/lib/mcp/testing/harness'
import { Script } from '@/lib/mcp/testing/script'

const harness = new Harness()
beforeAll(() => harness.open())
afterEach(() => harness.reset())
afterAll(() => harness.close())

const fill = (templates: Record<string, string>, asker: Partial<Parameters<typeof fillHeaders>[1]> = {}) =>
  fillHeaders(
    Object.fromEntries(
      Object.entries(templates).map(([name, value]) => [name, harness.secrets.seal(value, harness.organisation.id)]),
    ),
    { organisation: harness.organisation, user: ada, ...asker },
    harness.secrets,
  )

describe('fillHeaders', () => {
  it('fills every placeholder', () => {
    expect(
      fill({
        Authorization: 'Bearer abc',
        'X-Org': '{{org.id}}/{{ org.slug }}/{{org.externalId}}',
        'X-User': '{{user.id}} {{user.name}} <{{user.email}}>',
      }),
    ).toEqual({
      Authorization: 'Bearer abc',
      'X-Org': `${harness.organisation.id}/acme/7`,
      'X-User': 'usr_ada Ada <ada@acme.test>',
    })
  })

  it('does not fill what a value contains', () => {
    const user = { ...ada, name: '{{org.slug}}' }
    expect(fill({ 'X-User': '{{user.name}}' }, { user })).toEqual({ 'X-User': '{{org.slug}}' })
  })

  it.each([
    ['a token has no user', '{{user.email}}', { user: null }, 'X-A needs {{user.email}}, which has no value'],
    ['an empty value', '{{user.name}}', { user: { ...ada, name: '' } }, 'X-A needs {{user.name}}'],
    ['no such placeholder', '{{org.secret}}', {}, 'X-A names {{org.secret}}, which does not exist'],
    ['an inherited name', '{{constructor}}', {}, 'X-A names {{constructor}}, which does not exist'],
    ['a line break', '{{user.name}}', { user: { ...ada, name: 'A\r\nX-Admin: 1' } }, 'X-A would contain characters'],
    ['letters that headers lack', '{{user.name}}', { user: { ...ada, name: '東京' } }, 'X-A would contain characters'],
  ])('refuses %s, naming header and placeholder but no value', (_, template, asker, message) => {
    expect(() => fill({ 'X-A': `topsecret ${template}` }, asker)).toThrow(message)
    expect(() => fill({ 'X-A': `topsecret ${template}` }, asker)).not.toThrow(/topsecret|東京|X-Admin/)
  })

  it('refuses a value that was sealed for another organisation', () => {
    const sealed = harness.secrets.seal('topsecret', 'otherother')
    const asker = { organisation: harness.organisation, user: ada }
    expect(() => fillHeaders({ 'X-A': sealed }, asker, harness.secrets)).toThrow('the header X-A cannot be unsealed')
  })
})

describe('headers on the wire', () => {
  it('are those of the asker, for every request, over a session of their own', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('srv', { url: server.url, headers: { 'X-User': '{{user.email}}', 'X-Key': 'topsecret' } })
    const hub = harness.hub()
    await harness.call(hub, 'srv__query', { user: ada })
    await harness.call(hub, 'srv__query', { user: bob })
    await hub.close()
    const sessions = new Map<string, Set<unknown>>()
    for (const { headers } of server.requests) {
      expect(headers['x-key']).toBe('topsecret')
      const session = headers['mcp-session-id']
      if (typeof session === 'string')
        sessions.set(session, (sessions.get(session) ?? new Set()).add(headers['x-user']))
    }
    expect([...sessions.values()].map((users) => [...users])).toEqual([['ada@acme.test'], ['bob@acme.test']])
    expect(harness.logged).not.toMatch(/topsecret|ada@acme/)
  })

  it('keep a caller without a user out, in the list and in the call', async () => {
    const script = new Script().add('query', {})
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('srv', { url: server.url, headers: { 'X-User': '{{user.email}}' } })
    const hub = harness.hub()
    const tool = (await hub.catalogue(harness.organisation, ada)).tools[0]!
    const message =
      'The server srv cannot be called: its header X-User needs {{user.email}}, which has no value for this caller.'
    expect(await hub.catalogue(harness.organisation, null)).toMatchObject({
      tools: [],
      failures: [{ server: 'srv', message }],
    })
    const outcome = await hub.call({ ...harness.input({ user: null }), tool })
    expect(outcome).toEqual({ status: 'error', reason: 'refused', message, content: [], sent: false })
    expect(script.calls).toEqual([])
  })

  it('do not come back in an error that a server makes of them', async () => {
    const script = new Script().add('echo', {}, () => {
      throw new Error('bad token Bearer topsecret in X-Key')
    })
    const server = await harness.start({ serve: () => script.serve() })
    await harness.configure('srv', { url: server.url, headers: { 'X-Key': 'Bearer topsecret' } })
    expect(await harness.call(harness.hub(), 'srv__echo')).toMatchObject({
      content: [{ text: 'bad token […] in X-Key' }],
    })
    expect(harness.logged).not.toContain('topsecret')
  })
})
