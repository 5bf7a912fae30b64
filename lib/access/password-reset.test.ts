import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { GLOBAL } from '@/lib/access/collections'
import { putMember } from '@/lib/access/organisations'
import { offerPasswordReset, readPasswordReset, resetPassword } from '@/lib/access/password-reset'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { createToken } from '@/lib/access/tokens'
import type { Organisation, Role } from '@/lib/access/types'
import { createUser, endSignIns, findUser, updateUser, verifyPassword } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { randomId } from '@/lib/ids'

let world: World
let acme: Organisation
let globex: Organisation
let ann: string
beforeAll(async () => {
  world = await makeWorld()
  ann = await world.user('ann@acme.test')
  acme = await world.organisation('acme', { [ann]: 'admin' })
  globex = await world.organisation('globex', { [await world.user('gus@globex.test')]: 'admin' })
})
afterAll(() => world.end())

const as = (id: string): Ctx => ({ services: world.services, principal: { kind: 'user', id }, requestId: 'r' })
const useless = { code: 'not_found', message: /^No such link/ }

async function person(memberships: [Organisation, Role][], change: { serverAdmin?: boolean } = {}) {
  const email = `${randomId(8)}@acme.test`
  const { id } = await createUser(world.store, { email, name: 'Max', password: 'an old password', ...change })
  for (const [{ id: organisationId }, role] of memberships)
    await putMember(world.store, organisationId, { userId: id, role })
  return { id, email }
}
const offer = (userId: string, by = ann) => offerPasswordReset(as(by), { org: 'acme', userId })
const reset = (secret: string, password = 'correct horse') =>
  resetPassword({ services: world.services }, { secret, password })

describe('a link to a new password', () => {
  it('sets the password once, ends all sign-ins, and stands in the audit log', async () => {
    const max = await person([[acme, 'editor']])
    const before = (await findUser(world.store, max.id))?.body.sessionVersion ?? 0
    const { secret, expiresAt } = await offer(max.id)
    expect(expiresAt).toBeGreaterThan(Date.now() + 23 * 3_600_000)
    expect(await readPasswordReset(as(ann), secret)).toEqual({ name: 'Max', email: max.email })
    await expect(reset(secret, 'short')).rejects.toMatchObject({ code: 'bad_request', field: 'password' })
    expect(await reset(secret)).toEqual({ email: max.email })
    expect((await verifyPassword(world.store, max.email, 'correct horse'))?.sessionVersion).toBe(before + 1)
    expect(await verifyPassword(world.store, max.email, 'an old password')).toBeNull()
    await expect(reset(secret, 'another horse')).rejects.toMatchObject(useless)
    await expect(readPasswordReset(as(ann), secret)).rejects.toMatchObject(useless)
    const { records } = await listAudit(as(ann), { organisationId: acme.id, limit: 2 })
    expect(records).toMatchObject([
      { action: 'password-reset.use', actor: { key: `user:${max.id}` }, target: { id: max.id } },
      { action: 'password-reset.create', actor: { key: `user:${ann}` }, target: { id: max.id } },
    ])
    expect(JSON.stringify(records)).not.toContain(secret.split('.')[1])
  })

  it('is used once, whoever tries at the same time', async () => {
    const max = await person([[acme, 'editor']])
    const { secret } = await offer(max.id)
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => reset(secret, `password number ${index}`)),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(useless)
    const winner = results.findIndex(({ status }) => status === 'fulfilled')
    expect(await verifyPassword(world.store, max.email, `password number ${winner}`)).not.toBeNull()
  })

  it('is void after a newer password, a sign-out everywhere, or the admin’s loss of the role', async () => {
    const max = await person([[acme, 'editor']])
    const [first, second] = [await offer(max.id), await offer(max.id)]
    await reset(second.secret)
    await expect(reset(first.secret)).rejects.toMatchObject(useless)
    const third = await offer(max.id)
    await endSignIns(world.store, max.id)
    await expect(reset(third.secret)).rejects.toMatchObject(useless)
    const bob = await person([[acme, 'admin']])
    const fourth = await offer(max.id, bob.id)
    await putMember(world.store, acme.id, { userId: bob.id, role: 'editor' })
    await expect(reset(fourth.secret)).rejects.toMatchObject(useless)
    await expect(reset(`rst_${'0'.repeat(20)}.${'x'.repeat(43)}`)).rejects.toMatchObject(useless)
  })

  it('expires within a day, by the store', async () => {
    const max = await person([[acme, 'editor']])
    const { secret } = await offer(max.id)
    const [id = ''] = secret.split('.')
    const stored = await world.store.get(GLOBAL, 'password-resets', id)
    expect(JSON.stringify(stored)).not.toContain(secret.split('.')[1])
    const body = { ...(stored?.body as { [key: string]: number }), expiresAt: Date.now() - 1 }
    await world.store.commit({
      partition: GLOBAL,
      operationId: randomId(12),
      operations: [{ kind: 'put', collection: 'password-resets', id, v: 1, body, indexes: [] }],
    })
    await expect(reset(secret)).rejects.toMatchObject(useless)
  })
})

describe('an admin', () => {
  it('cannot reach into another organisation by way of a member’s account', async () => {
    const both = await person([
      [acme, 'editor'],
      [globex, 'viewer'],
    ])
    await expect(offer(both.id)).rejects.toMatchObject({ code: 'forbidden', message: /further than you administer/ })
    const stranger = await person([[globex, 'viewer']])
    await expect(offer(stranger.id)).rejects.toMatchObject({ code: 'not_found' })
    const overBoth = await person([
      [acme, 'admin'],
      [globex, 'admin'],
    ])
    await expect(offer(both.id, overBoth.id)).resolves.toMatchObject({ secret: expect.any(String) })
  })

  it('cannot use a link after the person got further than the admin reaches', async () => {
    const max = await person([[acme, 'editor']])
    const { secret } = await offer(max.id)
    await putMember(world.store, globex.id, { userId: max.id, role: 'viewer' })
    await expect(reset(secret)).rejects.toMatchObject(useless)
    const kim = await person([[acme, 'editor']])
    const other = await offer(kim.id)
    await updateUser(world.store, kim.id, (user) => ({ ...user, serverAdmin: true }))
    await expect(reset(other.secret)).rejects.toMatchObject(useless)
  })

  it('cannot become a server administrator; a server administrator can help one, and people of many organisations', async () => {
    const root = await person([[acme, 'viewer']], { serverAdmin: true })
    await expect(offer(root.id)).rejects.toMatchObject({ code: 'forbidden' })
    const other = await person([[acme, 'admin']], { serverAdmin: true })
    await expect(offer(root.id, other.id)).resolves.toMatchObject({ secret: expect.any(String) })
    const both = await person([
      [acme, 'editor'],
      [globex, 'viewer'],
    ])
    const { secret } = await offer(both.id, other.id)
    await reset(secret)
    // The other organisation learns of it too.
    const gus = (await person([[globex, 'admin']])).id
    const { records } = await listAudit(as(gus), { organisationId: globex.id, target: both.id, limit: 5 })
    expect(records.map(({ action }) => action)).toEqual(['password-reset.use', 'password-reset.create'])
  })

  it('makes none for themselves, for provisioned people, for those of the single sign-on, and none by an API token', async () => {
    await expect(offer(ann)).rejects.toMatchObject({ code: 'conflict' })
    const provisioned = await person([[acme, 'editor']])
    await updateUser(world.store, provisioned.id, (user) => ({ ...user, provisioned: true }))
    await expect(offer(provisioned.id)).rejects.toMatchObject({ code: 'conflict', message: /provisioning file/ })
    const sso = await world.user('sso@acme.test')
    await putMember(world.store, acme.id, { userId: sso, role: 'editor' })
    await expect(offer(sso)).rejects.toMatchObject({ code: 'conflict', message: /single sign-on/ })
    const { token } = await createToken(world.store, acme.id, { name: 'ci', role: 'admin' })
    const ctx: Ctx = { ...as(ann), principal: { kind: 'token', id: token.id, organisationId: acme.id } }
    const max = await person([[acme, 'viewer']])
    await expect(offerPasswordReset(ctx, { userId: max.id })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is an admin: editors make none', async () => {
    const eve = await person([[acme, 'editor']])
    await expect(offer((await person([[acme, 'viewer']])).id, eve.id)).rejects.toMatchObject({ code: 'forbidden' })
  })
})
