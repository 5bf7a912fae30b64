import { describe, expect, it, vi } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import type { Ctx } from '@/lib/context'
import { mcpServers } from '@/lib/mcp/config'
import { changeServer, removeServer } from '@/lib/mcp/servers/change'
import { type CreateServerInput, createServer } from '@/lib/mcp/servers/create'
import { getServer, listServers } from '@/lib/mcp/servers/list'
import { setUpServers } from '@/lib/mcp/servers/testing'
import { testServer, testSettings } from '@/lib/mcp/servers/try'

describe.each(['sqlite', 'redis'] as const)('MCP servers on %s', (driver) => {
  const here = setUpServers(driver)
  const { serve, query, add, refusal, callTool } = here

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
      expect(await callTool(here.admin, 'srv__query')).toMatchObject({ status: 'ok' })
      const sent = server.requests.at(-1)?.headers
      expect(sent).toMatchObject({ authorization: 'Bearer t0ps3cret', 'x-grafana-org-id': here.organisation.slug })
      const everything = JSON.stringify([
        added,
        await listServers(here.admin, { fresh: true }),
        await getServer(here.admin, { serverId: added.id }),
        await testServer(here.admin, { serverId: added.id }),
        await listAudit(here.admin, { organisationId: here.organisation.id, limit: 10 }),
        await mcpServers.get(here.world.store, here.organisation.id, added.id),
      ])
      expect(everything).not.toContain('t0ps3cret')
    })

    it('is for admins only', async () => {
      const calls = [
        createServer(here.viewer, { name: 'srv', transport: 'sse', url: 'https://mcp.test/' }),
        listServers(here.viewer, {}),
        testSettings(here.viewer, { transport: 'sse', url: 'https://mcp.test/' }),
      ]
      for (const call of calls) expect(await refusal(call)).toMatchObject({ code: 'forbidden' })
      const { id } = await add()
      for (const verb of [getServer, testServer, removeServer, changeServer])
        expect(await refusal(verb(here.viewer, { serverId: id }))).toMatchObject({ code: 'forbidden' })
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
      expect((await listServers(here.admin, {})).servers).toEqual([])
    })

    it('gives a name to one server only, also when two ask at once', async () => {
      await add({ name: 'one' })
      expect(await refusal(add({ name: 'one' }))).toEqual({ code: 'conflict', field: 'name' })
      const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => add({ name: 'two' })))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const { servers: listed } = await listServers(here.admin, {})
      expect(listed.map(({ name }) => name)).toEqual(['one', 'two'])
      const [one, two] = listed
      expect(await refusal(changeServer(here.admin, { serverId: one!.id, name: 'two' }))).toMatchObject({
        code: 'conflict',
      })
      await removeServer(here.admin, { serverId: two!.id })
      expect((await changeServer(here.admin, { serverId: one!.id, name: 'two' })).name).toBe('two')
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
      await changeServer(here.admin, {
        serverId: added.id,
        headers: [{ name: 'X-A' }, { name: 'X-B', value: 'new B' }, { name: 'X-D', value: 'new D' }],
      })
      await callTool(here.admin, 'srv__query')
      const sent = server.requests.at(-1)?.headers
      expect([sent?.['x-a'], sent?.['x-b'], sent?.['x-c'], sent?.['x-d']]).toEqual([
        'old A',
        'new B',
        undefined,
        'new D',
      ])
      const { records } = await listAudit(here.admin, { organisationId: here.organisation.id, limit: 1 })
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
      expect(await refusal(changeServer(here.admin, moved))).toEqual({ code: 'bad_request', field: 'headers.0.value' })
      expect(await refusal(changeServer(here.admin, { serverId: added.id, url: thief.url }))).toMatchObject({
        field: 'headers.0.value',
      })
      expect(await refusal(testSettings(here.admin, { ...moved, transport: 'sse' }))).toMatchObject({
        field: 'headers.0.value',
      })
      expect(thief.requests).toEqual([])
      expect(
        await testSettings(here.admin, { ...moved, url: `${server.url}/`, transport: 'streamable-http' }),
      ).toMatchObject({
        outcome: 'answered',
      })
      await changeServer(here.admin, { ...moved, headers: [{ name: 'X-Token', value: 'another' }] })
      expect(await callTool(here.admin, 'srv__query')).toMatchObject({ status: 'ok' })
      expect(thief.requests.at(-1)?.headers).toMatchObject({ 'x-token': 'another' })
    })

    it('counts from the next call on, in every process, and lets go of the old connection', async () => {
      const [before, after] = [await serve(query()), await serve(query())]
      const added = await add({ url: before.url })
      expect(await callTool(here.elsewhere, 'srv__query')).toMatchObject({ status: 'ok' })
      const tool = (await here.elsewhere.services.tools.catalogue(here.organisation, null)).tools[0]!
      await changeServer(here.admin, { serverId: added.id, url: after.url })
      expect(await callTool(here.elsewhere, 'srv__query')).toMatchObject({ status: 'ok' })
      expect(after.requests.some(({ message }) => message?.method === 'tools/call')).toBe(true)
      await vi.waitFor(() => expect(before.sessions()).toBe(0))
      const call = () =>
        here.elsewhere.services.tools.call({
          organisation: here.organisation,
          principal: here.elsewhere.principal,
          user: null,
          tool,
          arguments: {},
          signal: new AbortController().signal,
          beforeSend: () => {},
        })
      await changeServer(here.admin, { serverId: added.id, enabled: false })
      expect(await call()).toMatchObject({ reason: 'unknown_tool', sent: false })
      await changeServer(here.admin, { serverId: added.id, enabled: true })
      expect(await call()).toMatchObject({ status: 'ok' })
      await removeServer(here.admin, { serverId: added.id })
      expect(await call()).toMatchObject({ reason: 'unknown_tool', sent: false })
      expect((await here.elsewhere.services.tools.catalogue(here.organisation, null)).tools).toEqual([])
      await vi.waitFor(() => expect(after.sessions()).toBe(0))
    })

    it('lists the tools anew when it is saved, although the list is fresh', async () => {
      const script = query()
      script.announcesChanges = false
      const server = await serve(script)
      const added = await add({ url: server.url })
      await callTool(here.admin, 'srv__query')
      script.add('another', {})
      await changeServer(here.admin, { serverId: added.id })
      expect((await getServer(here.admin, { serverId: added.id })).tools?.map(({ toolName }) => toolName)).toContain(
        'another',
      )
    })

    it('is refused when somebody else was faster', async () => {
      const added = await add()
      await changeServer(here.admin, { serverId: added.id, version: added.version, enabled: false })
      const late = changeServer(here.admin, { serverId: added.id, version: added.version, enabled: true })
      expect(await refusal(late)).toEqual({ code: 'conflict', field: undefined })
    })

    it('is refused for a provisioned one, which may still be tried', async () => {
      const server = await serve(query())
      const added = await add({ url: server.url })
      const stored = await mcpServers.get(here.world.store, here.organisation.id, added.id)
      await here.world.store.commit({
        partition: here.organisation.id,
        operationId: 'provision',
        operations: [mcpServers.put(added.id, { ...stored!.body, provisioned: true })],
      })
      for (const call of [
        changeServer(here.admin, { serverId: added.id, enabled: false }),
        removeServer(here.admin, { serverId: added.id }),
      ])
        expect(await refusal(call)).toMatchObject({ code: 'conflict' })
      expect(await testServer(here.admin, { serverId: added.id })).toMatchObject({ outcome: 'answered' })
    })

    it('does not exist for a server of another organisation, or none', async () => {
      const added = await add()
      const gus = await here.world.user(`gus${here.round}@globex.test`)
      await here.world.organisation(`globex-${here.round}`, { [gus]: 'admin' })
      const stranger: Ctx = { ...here.admin, principal: { kind: 'user', id: gus } }
      for (const serverId of [added.id, 'mcp_nonsense', added.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))])
        for (const verb of [getServer, testServer, removeServer, changeServer])
          expect(await refusal(verb(stranger, { serverId }))).toMatchObject({ code: 'not_found' })
      const other = testSettings(stranger, { serverId: added.id, transport: 'sse', url: 'https://mcp.test/' })
      expect(await refusal(other)).toMatchObject({ code: 'not_found' })
    })
  })
})
