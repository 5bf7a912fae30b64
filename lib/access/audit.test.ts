import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditOperation, listAudit, recordAudit, withoutSecrets } from '@/lib/access/audit'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Organisation } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'

let world: World
let organisation: Organisation
let admin: Ctx
let viewer: Ctx

beforeAll(async () => {
  world = await makeWorld()
  const [ada, vic] = [await world.user('ada@acme.test'), await world.user('vic@acme.test')]
  organisation = await world.organisation('acme', { [ada]: 'admin', [vic]: 'viewer' })
  const origin = { address: '192.0.2.7', requestId: 'request-1' }
  const as = (id: string): Ctx => ({
    services: world.services,
    principal: { kind: 'user', id },
    requestId: origin.requestId,
    origin,
  })
  admin = as(ada)
  viewer = as(vic)
})
afterAll(() => world.end())

describe('the audit log', () => {
  it('records who did what to what from where, in the commit that does it, newest first', async () => {
    const target = { kind: 'mcp-server', id: 'mcp_1', name: 'grafana' }
    const operation = await auditOperation(admin, {
      organisationId: organisation.id,
      action: 'mcp-server.change',
      target,
      before: { url: 'https://a.test', headers: { Authorization: { sealed: 'k1.abc' } } },
      after: { url: 'https://b.test', headers: {}, apiKey: 'sk-1', note: undefined },
    })
    await world.store.commit({
      partition: organisation.id,
      operationId: randomUUID(),
      operations: [operation],
    })
    await recordAudit(viewer, {
      organisationId: organisation.id,
      action: 'session.share',
      target: { ...target, id: 'x' },
    })

    const all = await listAudit(admin, { organisationId: organisation.id, limit: 10 })
    expect(all.records.map(({ action, actor }) => [action, actor.name])).toEqual([
      ['session.share', 'vic'],
      ['mcp-server.change', 'ada'],
    ])
    expect(all.records[1]).toMatchObject({
      origin: { address: '192.0.2.7', requestId: 'request-1' },
      before: { url: 'https://a.test', headers: { Authorization: '[secret]' } },
      after: { url: 'https://b.test', headers: {}, apiKey: '[secret]' },
    })
    expect(JSON.stringify(all.records)).not.toContain('k1.abc')
  })

  it('is filtered by action, actor and target', async () => {
    const input = { organisationId: organisation.id, limit: 10 }
    const actions = async (filter: object) =>
      (await listAudit(admin, { ...input, ...filter })).records.map(({ action }) => action)
    expect(await actions({ action: 'session.share' })).toEqual(['session.share'])
    expect(await actions({ target: 'mcp_1' })).toEqual(['mcp-server.change'])
    expect(await actions({ actor: `user:${viewer.principal.id}` })).toEqual(['session.share'])
  })

  it('is for admins, and does not exist for strangers', async () => {
    const input = { organisationId: organisation.id, limit: 10 }
    await expect(listAudit(viewer, input)).rejects.toMatchObject({ code: 'forbidden' })
    const stranger: Ctx = { ...admin, principal: { kind: 'user', id: await world.user('eve@other.test') } }
    await expect(listAudit(stranger, input)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('takes secrets out by their form and by their name, at any depth', () => {
    expect(withoutSecrets({ a: [{ password: 'x', token: null, deep: { sealed: 'y' } }], value: 'z', n: 1 })).toEqual({
      a: [{ password: '[secret]', token: null, deep: '[secret]' }],
      value: '[secret]',
      n: 1,
    })
  })
})
