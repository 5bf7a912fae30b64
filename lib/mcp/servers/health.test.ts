import { describe, expect, it, vi } from 'vitest'
import { changeServer } from '@/lib/mcp/servers/change'
import { getServer, listServers } from '@/lib/mcp/servers/list'
import { setUpServers } from '@/lib/mcp/servers/testing'
import { testSettings } from '@/lib/mcp/servers/try'

describe.each(['sqlite', 'redis'] as const)('MCP servers on %s', (driver) => {
  const here = setUpServers(driver)
  const { serve, query, add, callTool } = here

  describe('trying a server', () => {
    it('tells what came back: name, version, protocol, tools with risk', async () => {
      const script = query()
        .add('delete', {})
        .add('note', { annotations: { destructiveHint: false } })
      for (const kind of ['streamable-http', 'sse'] as const) {
        const server = await serve(script, { kind })
        expect(await testSettings(here.admin, { transport: kind, url: server.url })).toMatchObject({
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
        testSettings(here.admin, { transport: 'streamable-http', url, timeouts: { dial: 200, list: 200 } })
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
      await callTool(here.admin, 'srv__query')
      await vi.waitFor(async () => {
        const [seen] = (await listServers(here.elsewhere, {})).servers
        expect(seen?.health).toMatchObject({
          state: 'ok',
          tools: 1,
          lastError: null,
          latencyMilliseconds: expect.any(Number),
        })
      })
      await server.close()
      await callTool(here.admin, 'srv__query')
      await vi.waitFor(async () => {
        const [seen] = (await listServers(here.elsewhere, {})).servers
        expect(seen?.health).toMatchObject({
          state: 'failing',
          lastError: { message: expect.stringMatching(/^The server srv |^The server /), at: expect.any(Number) },
          lastSuccessAt: expect.any(Number),
        })
      })
      const { tools, health } = await getServer(here.elsewhere, { serverId: added.id })
      expect(tools).toBeNull()
      expect(health.lastUsedAt).not.toBeNull()
    })

    it('outlives the process that saw it', async () => {
      const server = await serve(query())
      await add({ url: server.url })
      await callTool(here.elsewhere, 'srv__query')
      await here.elsewhere.services.tools.close()
      const [seen] = (await listServers(here.admin, {})).servers
      expect(seen?.health).toMatchObject({ state: 'ok', tools: 1, lastUsedAt: expect.any(Number) })
    })

    it('tells when each tool was used last', async () => {
      const server = await serve(query().add('other', {}))
      const added = await add({ url: server.url })
      await callTool(here.admin, 'srv__query')
      const { tools } = await getServer(here.admin, { serverId: added.id })
      expect(tools?.map(({ toolName, lastUsedAt }) => [toolName, lastUsedAt !== null])).toEqual([
        ['other', false],
        ['query', true],
      ])
    })

    it('costs no write per call', async () => {
      const server = await serve(query())
      await add({ url: server.url })
      await callTool(here.admin, 'srv__query')
      await vi.waitFor(async () => expect((await listServers(here.elsewhere, {})).servers[0]?.health.state).toBe('ok'))
      const commit = vi.spyOn(here.world.store, 'commit')
      for (let n = 0; n < 20; n++) expect(await callTool(here.admin, 'srv__query')).toMatchObject({ status: 'ok' })
      expect(commit.mock.calls.length).toBeLessThanOrEqual(1)
      commit.mockRestore()
    })

    it('is unknown after a change, and of a person’s missing value says nothing', async () => {
      const server = await serve(query())
      const added = await add({ url: server.url })
      await callTool(here.admin, 'srv__query')
      const changed = await changeServer(here.admin, {
        serverId: added.id,
        headers: [{ name: 'X-User', value: '{{user.email}}' }],
      })
      expect(changed.health.state).toBe('unknown')
      // A token has no e-mail address; that is not the server's failure.
      expect((await here.admin.services.tools.catalogue(here.organisation, null)).failures).toHaveLength(1)
      expect((await listServers(here.admin, {})).servers[0]?.health.state).toBe('unknown')
      expect((await listServers(here.admin, { fresh: true })).servers[0]?.health.state).toBe('ok')
    })
  })
})
