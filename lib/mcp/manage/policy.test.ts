import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { DEFAULT_POLICY } from '@/lib/access/policy'
import { ROLES } from '@/lib/access/types'
import { changeToolPolicy } from '@/lib/mcp/manage/change-policy'
import { describeToolPolicy } from '@/lib/mcp/manage/describe-policy'
import { Governed } from '@/lib/mcp/testing/governed'
import { Script } from '@/lib/mcp/testing/script'
import { listTools, previewTools } from '@/lib/mcp/tools'

const world = new Governed()
const org = () => ({ organisationId: world.organisation.id })
beforeAll(() => world.open())
afterEach(async () => {
  const { exceptions } = await describeToolPolicy(world.admin, org())
  const none = { read: null, write: null, destructive: null }
  await changeToolPolicy(world.admin, {
    ...org(),
    matrix: { viewer: none, editor: none, admin: none },
  })
  for (const { serverId, toolName } of exceptions)
    await changeToolPolicy(world.admin, {
      ...org(),
      exceptions: [{ serverId, toolName, risk: null, policy: { viewer: null, editor: null, admin: null } }],
    })
  await world.reset()
})
afterAll(() => world.close())

const script = () =>
  new Script()
    .add('query', { annotations: { readOnlyHint: true } })
    .add('silence', { annotations: { readOnlyHint: false, destructiveHint: false } })
    .add('restart', { annotations: { destructiveHint: true } })
    .add('mystery', {})

async function serve(settings: Parameters<Governed['configure']>[1] = {}) {
  const tools = script()
  const server = await world.start({ serve: () => tools.serve() })
  const stored = await world.configure('shop', { url: server.url, provisioned: false, ...settings })
  world.use(world.hub())
  return stored.id
}

const seenBy = async (role: (typeof ROLES)[number]) =>
  (await listTools(world.admin, world.organisation, role, null)).tools.map(({ name }) => name.replace('shop__', ''))
const governed = async (toolName: string) =>
  (await describeToolPolicy(world.admin, org())).tools.find((tool) => tool.toolName === toolName)

describe('the tool policy of an organisation', () => {
  it('counts what says nothing of itself as destructive, and says where each risk comes from', async () => {
    await serve({ tools: { query: { risk: 'write' } } })
    const { tools } = await describeToolPolicy(world.admin, org())
    expect(tools.map(({ toolName, risk, riskSource }) => [toolName, risk, riskSource])).toEqual([
      ['mystery', 'destructive', 'none'],
      ['query', 'write', 'server'],
      ['restart', 'destructive', 'annotations'],
      ['silence', 'write', 'annotations'],
    ])
  })

  it('is the defaults, then the matrix, then the server’s policy, then the tool’s exception', async () => {
    const id = await serve({ policy: { viewer: { write: 'auto' } } })
    const viewer = async (toolName: string) => (await governed(toolName))?.decided.viewer
    expect(await viewer('restart')).toEqual({ policy: DEFAULT_POLICY.viewer.destructive, source: 'matrix' })
    await changeToolPolicy(world.admin, { ...org(), matrix: { viewer: { destructive: 'auto', write: 'hidden' } } })
    expect(await viewer('restart')).toEqual({ policy: 'auto', source: 'matrix' })
    expect(await viewer('silence')).toEqual({ policy: 'auto', source: 'server' })
    expect(await seenBy('viewer')).toEqual(['mystery', 'query', 'restart', 'silence'])
    await changeToolPolicy(world.admin, {
      ...org(),
      exceptions: [
        { serverId: id, toolName: 'silence', policy: { viewer: 'hidden' } },
        { serverId: id, toolName: 'mystery', risk: 'write' },
      ],
    })
    expect(await viewer('silence')).toEqual({ policy: 'hidden', source: 'exception' })
    expect(await governed('mystery')).toMatchObject({ risk: 'write', riskSource: 'exception' })
    expect(await seenBy('viewer')).toEqual(['mystery', 'query', 'restart'])
  })

  it('changes cell by cell: two administrators at once do not undo each other, null takes back', async () => {
    await serve()
    await Promise.all([
      changeToolPolicy(world.admin, { ...org(), matrix: { viewer: { read: 'hidden' } } }),
      changeToolPolicy(world.admin, { ...org(), matrix: { viewer: { write: 'auto' } } }),
      changeToolPolicy(world.admin, { ...org(), matrix: { editor: { read: 'ask' } } }),
    ])
    const { cells, matrix } = await describeToolPolicy(world.admin, org())
    expect(cells).toEqual({ viewer: { read: 'hidden', write: 'auto' }, editor: { read: 'ask' } })
    expect(matrix.admin).toEqual(DEFAULT_POLICY.admin)
    await changeToolPolicy(world.admin, { ...org(), matrix: { viewer: { read: null } } })
    expect((await describeToolPolicy(world.admin, org())).cells.viewer).toEqual({ write: 'auto' })
  })

  it('leaves what a provisioning file says as it is, and refuses to change it', async () => {
    const id = await serve({
      provisioned: true,
      policy: { viewer: { write: 'hidden' } },
      tools: { restart: { risk: 'write', policy: { admin: 'hidden' } } },
    })
    expect(await governed('restart')).toMatchObject({
      riskSource: 'provisioned',
      decided: { admin: { policy: 'hidden', source: 'provisioned' }, viewer: { source: 'provisioned' } },
    })
    const change = (toolName: string, what: object) =>
      changeToolPolicy(world.admin, { ...org(), exceptions: [{ serverId: id, toolName, ...what }] })
    for (const refused of [
      change('restart', { risk: 'read' }),
      change('restart', { policy: { admin: 'auto' } }),
      change('silence', { policy: { viewer: 'auto' } }),
    ])
      await expect(refused).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('provisioning'),
      })
    await change('restart', { policy: { editor: 'hidden' } })
    expect(await governed('restart')).toMatchObject({ decided: { editor: { policy: 'hidden', source: 'exception' } } })
    await expect(
      changeToolPolicy(world.admin, { ...org(), exceptions: [{ serverId: 'mcp_none', toolName: 'x', risk: 'read' }] }),
    ).rejects.toMatchObject({ code: 'bad_request', field: 'exceptions.0.serverId' })
  })

  it('shows an administrator exactly what another role is shown', async () => {
    await serve()
    for (const role of ROLES) {
      const preview = await previewTools(world.admin, { ...org(), role })
      expect(preview).toEqual(await listTools(world.admin, world.organisation, role, null))
    }
    expect(await seenBy('viewer')).toEqual(['query'])
  })

  it('is for admins, and does not exist for strangers', async () => {
    await serve()
    for (const verb of [
      (ctx: typeof world.admin) => describeToolPolicy(ctx, org()),
      (ctx: typeof world.admin) => changeToolPolicy(ctx, { ...org(), matrix: { viewer: { write: 'auto' } } }),
      (ctx: typeof world.admin) => previewTools(ctx, { ...org(), role: 'viewer' }),
    ]) {
      await expect(verb(world.editor)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(verb(world.stranger)).rejects.toMatchObject({ code: 'not_found' })
    }
    expect((await describeToolPolicy(world.admin, org())).cells).toEqual({})
  })

  it('records each change with before and after, and tells when a tool was used last', async () => {
    await serve()
    const hub = world.use(world.hub())
    await changeToolPolicy(world.admin, { ...org(), matrix: { editor: { write: 'hidden' } } })
    const { records } = await listAudit(world.admin, { ...org(), action: 'tool-policy.change', limit: 1 })
    expect(records[0]).toMatchObject({
      actor: { name: 'ada' },
      before: { matrix: {} },
      after: { matrix: { editor: { write: 'hidden' } } },
    })
    expect(await governed('query')).toMatchObject({ lastUsedAt: null })
    await world.call(hub, 'shop__query')
    expect((await governed('query'))?.lastUsedAt).toBeGreaterThan(Date.now() - 60_000)
    expect(await governed('silence')).toMatchObject({ lastUsedAt: null })
  })

  it('tells when a built-in tool was used last, also when the process that called it has ended', async () => {
    const builtinServers = async () => [
      {
        id: 'datasources',
        name: 'datasources',
        fingerprint: '1',
        create: () => {
          const server = new McpServer({ name: 'datasources', version: '1' })
          server.registerTool('ping', {}, () => ({ content: [{ type: 'text', text: 'pong' }] }))
          return server
        },
      },
    ]
    const hub = world.use(world.hub({ builtinServers }))
    expect(await governed('ping')).toMatchObject({ lastUsedAt: null })
    await world.call(hub, 'datasources__ping')
    await hub.close()
    world.use(world.hub({ builtinServers }))
    expect((await governed('ping'))?.lastUsedAt).toBeGreaterThan(Date.now() - 60_000)
  })
})
