import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { members, tokens } from '@/lib/access/collections'
import { membershipsOf } from '@/lib/access/memberships'
import { findOrganisationBySlug, listOrganisations } from '@/lib/access/organisations'
import { applyProvisioning } from '@/lib/access/provisioning/apply'
import { listAll } from '@/lib/access/provisioning/reconcile'
import { type Provisioning, provisioningFile } from '@/lib/access/provisioning/schema'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { findPrincipalByToken } from '@/lib/access/tokens'
import { findUserByEmail, verifyPassword } from '@/lib/access/users'
import { dataSources } from '@/lib/datasources/config'
import { mcpServers } from '@/lib/mcp/config'
import { modelConfigs } from '@/lib/models/config'
import { createSecretBox } from '@/lib/secrets/secret-box'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

const TOKEN = `lw_${'c'.repeat(40)}`
const wanted = (change: (input: ReturnType<typeof template>) => void = () => undefined): Provisioning => {
  const input = template()
  change(input)
  return provisioningFile.parse(input)
}
const template = () => ({
  users: [{ email: 'Ada@acme.test', name: 'Ada', password: 'correct horse' }],
  organisations: [
    {
      slug: 'acme',
      name: 'Acme',
      externalId: '1',
      members: [{ email: 'ada@acme.test', role: 'admin' }],
      tokens: [{ name: 'ci', role: 'editor', value: TOKEN }],
      model: { provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'sk-1', model: 'qwen3' },
      mcpServers: [
        {
          name: 'shop',
          transport: 'streamable-http',
          url: 'http://127.0.0.1:2/mcp',
          headers: { Authorization: 'Bearer x' },
        },
      ] as object[],
      dataSources: [
        { type: 'prometheus', name: 'prod', url: 'http://127.0.0.1:3', user: 'u', password: 'p' },
      ] as object[],
    },
    { slug: 'globex', name: 'Globex' },
  ] as { slug: string; [key: string]: unknown }[],
})

let world: World
beforeAll(async () => {
  world = await makeWorld({ PROMETHEUS_URL: 'http://127.0.0.1:9090', GRAFANA_URL: 'http://grafana.test/' })
})
afterAll(() => world.end())

const apply = (provisioning: Provisioning, store = world.store) =>
  applyProvisioning({ store, env: world.env, secrets: createSecretBox(world.env.secretKeys) }, provisioning)

async function snapshot() {
  const found: unknown[] = [(await findUserByEmail(world.store, 'ada@acme.test'))?.version]
  for (const { id } of await listOrganisations(world.store))
    for (const collection of [members, tokens, mcpServers, dataSources, modelConfigs])
      found.push(...(await listAll<unknown>(world.store, id, collection as never)))
  return found
}

describe('provisioning', () => {
  it('is the same after one process, after two at once and after ten starts, down to the versions', async () => {
    const other = await openSqliteStore({ file: `${world.folder}/longwatch.db` })
    try {
      await Promise.all([apply(wanted()), apply(wanted(), other)])
    } finally {
      await other.close()
    }
    const first = await snapshot()
    // 1 user, then 1 member, 1 token, 2 servers, 2 sources, 1 model.
    expect(first).toHaveLength(8)
    await apply(wanted())
    await apply(wanted())
    expect(await snapshot()).toEqual(first)
  })

  it('signs in and seals: no secret stands in the store', async () => {
    const user = await verifyPassword(world.store, ' ADA@acme.test', 'correct horse')
    expect(user?.name).toBe('Ada')
    expect(await membershipsOf(world.store, { kind: 'user', id: user?.id ?? '' })).toMatchObject([{ role: 'admin' }])
    expect(await findPrincipalByToken(world.store, TOKEN)).toMatchObject({ kind: 'token' })
    const stored = JSON.stringify(await snapshot())
    for (const secret of ['sk-1', 'Bearer x', TOKEN, 'correct horse']) expect(stored).not.toContain(secret)
  })

  it('gives the first organisation what the environment names, and the second nothing', async () => {
    const [first, second] = await listOrganisations(world.store)
    expect([first?.slug, second?.slug]).toEqual(['acme', 'globex'])
    const names = async (id = '') => (await listAll(world.store, id, mcpServers)).map(({ body }) => body.name).sort()
    expect(await names(first?.id)).toEqual(['grafana', 'shop'])
    expect(await names(second?.id)).toEqual([])
    const servers = await listAll(world.store, first?.id ?? '', mcpServers)
    expect(servers.map(({ id }) => id).every((id) => /^mcp_[0-9a-z]{10}_[0-9a-z]{21}$/.test(id))).toBe(true)
    expect(servers.find(({ body }) => body.name === 'grafana')?.body.transport).toEqual({
      kind: 'streamable-http',
      url: 'http://grafana.test/api/plugins/grafana-llm-app/resources/mcp/grafana',
    })
    // The file's own model stays: Grafana's is only for an organisation without one.
    expect((await listAll(world.store, first?.id ?? '', modelConfigs)).map(({ body }) => body.model)).toEqual(['qwen3'])
  })

  it('keeps several models in the order of the file: the first one answers when nobody chose', async () => {
    const names = ['qwen3', 'zeta', 'alpha', 'mid', 'beta', 'omega']
    const [model, ...models] = names.map((name) => ({
      provider: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:1/v1',
      model: name,
    }))
    await apply(
      wanted(({ organisations }) => {
        organisations.push({ slug: 'many', name: 'Many', model, models })
      }),
    )
    const id = (await findOrganisationBySlug(world.store, 'many'))?.body.id ?? ''
    const listed = await modelConfigs.list(world.store, id, {
      index: 'all',
      group: 'all',
      order: 'ascending',
      limit: 10,
    })
    expect(listed.items.map(({ body }) => body.model)).toEqual(names)
    await apply(wanted())
  })

  it('takes a changed password, after which old sign-ins are void', async () => {
    const before = await findUserByEmail(world.store, 'ada@acme.test')
    await apply(wanted((input) => Object.assign(input.users[0] ?? {}, { password: 'another horse' })))
    expect(await verifyPassword(world.store, 'ada@acme.test', 'correct horse')).toBeNull()
    const after = await verifyPassword(world.store, 'ada@acme.test', 'another horse')
    expect(after?.id).toBe(before?.id)
    expect(after?.sessionVersion).toBe((before?.body.sessionVersion ?? 0) + 1)
  })

  it('takes away what left the file, and gives it the same ids when it comes back', async () => {
    const acme = (await findOrganisationBySlug(world.store, 'acme'))?.body
    const before = await listAll(world.store, acme?.id ?? '', mcpServers)
    const user = await findUserByEmail(world.store, 'ada@acme.test')
    await apply({ users: [], organisations: [] })
    expect(await findPrincipalByToken(world.store, TOKEN)).toBeNull()
    expect(await verifyPassword(world.store, 'ada@acme.test', 'another horse')).toBeNull()
    expect(await membershipsOf(world.store, { kind: 'user', id: user?.id ?? '' })).toEqual([])
    expect(await listAll(world.store, acme?.id ?? '', mcpServers)).toEqual([])
    await apply(wanted())
    expect((await findOrganisationBySlug(world.store, 'acme'))?.body.id).toBe(acme?.id)
    expect((await verifyPassword(world.store, 'ada@acme.test', 'correct horse'))?.id).toBe(user?.id)
    const after = await listAll(world.store, acme?.id ?? '', mcpServers)
    expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort())
  })

  it('names the server administrators, and takes it back when the file does not', async () => {
    const isAdmin = async () => (await findUserByEmail(world.store, 'ada@acme.test'))?.body.serverAdmin
    await apply(wanted((input) => Object.assign(input.users[0] ?? {}, { serverAdmin: true })))
    expect(await isAdmin()).toBe(true)
    await apply(wanted())
    expect(await isAdmin()).toBe(false)
  })

  it('moves a token that changed its value: the old one is void', async () => {
    const value = `lw_${'d'.repeat(40)}`
    await apply(
      wanted((input) =>
        Object.assign(input.organisations[0] ?? {}, { tokens: [{ name: 'ci', role: 'viewer', value }] }),
      ),
    )
    expect(await findPrincipalByToken(world.store, TOKEN)).toBeNull()
    expect(await findPrincipalByToken(world.store, value)).toMatchObject({ kind: 'token' })
  })
})
