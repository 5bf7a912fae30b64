import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { foundOrganisation } from '@/lib/access/found-organisation'
import { membershipIn, membershipsOf } from '@/lib/access/memberships'
import { findOrganisationBySlug } from '@/lib/access/organisations'
import { changeOwnPassword, changeProfile, getProfile, signOutEverywhere } from '@/lib/access/profile'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { endToken, issueToken, listTokens } from '@/lib/access/token-administration'
import { createToken, findPrincipalByToken } from '@/lib/access/tokens'
import type { Organisation } from '@/lib/access/types'
import { createUser, findUser, updateUser, verifyPassword } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { randomId } from '@/lib/ids'

let world: World
let acme: Organisation
let ann: string
let eve: string
let vic: string
beforeAll(async () => {
  world = await makeWorld()
  ann = await world.user('ann@acme.test')
  eve = await world.user('eve@acme.test')
  vic = await world.user('vic@acme.test')
  acme = await world.organisation('acme', { [ann]: 'admin', [eve]: 'editor', [vic]: 'viewer' })
})
afterAll(() => world.end())

const as = (id: string): Ctx => ({ services: world.services, principal: { kind: 'user', id }, requestId: 'r' })
const person = async (change: { serverAdmin?: boolean } = {}) =>
  createUser(world.store, { email: `${randomId(8)}@acme.test`, name: 'Max', password: 'an old password', ...change })

describe('a profile', () => {
  it('changes its name, and its password against the one until now, which ends all sign-ins', async () => {
    const max = await person()
    expect(await changeProfile(as(max.id), { name: 'Maxine' })).toMatchObject({ name: 'Maxine', hasPassword: true })
    const wrong = changeOwnPassword(as(max.id), { current: 'wrong', password: 'correct horse' })
    await expect(wrong).rejects.toMatchObject({ code: 'bad_request', field: 'current' })
    const short = changeOwnPassword(as(max.id), { current: 'an old password', password: 'short' })
    await expect(short).rejects.toMatchObject({ code: 'bad_request', field: 'password' })
    await changeOwnPassword(as(max.id), { current: 'an old password', password: 'correct horse' })
    expect((await verifyPassword(world.store, max.email, 'correct horse'))?.sessionVersion).toBe(2)
    await signOutEverywhere(as(max.id))
    expect((await findUser(world.store, max.id))?.body.sessionVersion).toBe(3)
  })

  it('takes one of two changes of the password that know the same old one', async () => {
    const max = await person()
    const change = (password: string) => changeOwnPassword(as(max.id), { current: 'an old password', password })
    const results = await Promise.allSettled([change('first horse'), change('second horse')])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('is the file’s when it is provisioned, and has no password with the single sign-on', async () => {
    const max = await person()
    await updateUser(world.store, max.id, (user) => ({ ...user, provisioned: true }))
    const conflict = { code: 'conflict' }
    await expect(changeProfile(as(max.id), { name: 'X' })).rejects.toMatchObject(conflict)
    const change = { current: 'an old password', password: 'correct horse' }
    await expect(changeOwnPassword(as(max.id), change)).rejects.toMatchObject(conflict)
    await expect(changeOwnPassword(as(eve), change)).rejects.toMatchObject(conflict)
    expect(await getProfile(as(eve))).toMatchObject({ hasPassword: false, provisioned: false })
  })

  it('tells every organisation of the person what was done, without the password', async () => {
    await changeProfile(as(vic), { name: 'Victor' })
    const { records } = await listAudit(as(ann), { organisationId: acme.id, target: vic, limit: 5 })
    expect(records).toMatchObject([{ action: 'profile.change', before: { name: 'vic' }, after: { name: 'Victor' } }])
  })

  it('is no API token’s', async () => {
    const { token } = await createToken(world.store, acme.id, { name: 'ci', role: 'admin' })
    const ctx: Ctx = { ...as(ann), principal: { kind: 'token', id: token.id, organisationId: acme.id } }
    for (const attempt of [getProfile(ctx), changeProfile(ctx, { name: 'x' }), signOutEverywhere(ctx)])
      await expect(attempt).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('an organisation', () => {
  it('is created by a server administrator, who becomes its admin, and by nobody else', async () => {
    const root = await person({ serverAdmin: true })
    const made = await foundOrganisation(as(root.id), { name: 'Ächme Süd' })
    expect(made.slug).toBe('achme-sud')
    expect((await membershipsOf(world.store, { kind: 'user', id: root.id })).map(({ role }) => role)).toEqual(['admin'])
    const { records } = await listAudit(as(root.id), { organisationId: made.id, limit: 5 })
    expect(records).toMatchObject([{ action: 'organisation.create' }])
    await expect(foundOrganisation(as(ann), { name: 'Other' })).rejects.toMatchObject({ code: 'forbidden' })
    await updateUser(world.store, root.id, (user) => ({ ...user, serverAdmin: false }))
    await expect(foundOrganisation(as(root.id), { name: 'Other' })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('goes to one of those who want its slug at the same time, and an existing one is not taken over', async () => {
    const [one, two] = [await person({ serverAdmin: true }), await person({ serverAdmin: true })]
    const results = await Promise.allSettled(
      [one, two].map(({ id }) => foundOrganisation(as(id), { name: 'Race', slug: 'race' })),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const made = (await findOrganisationBySlug(world.store, 'race'))?.body.id ?? ''
    const roles = await Promise.all([one, two].map(({ id }) => membershipIn(world.store, { kind: 'user', id }, made)))
    expect(roles.filter((membership) => membership?.role === 'admin')).toHaveLength(1)
    await expect(foundOrganisation(as(one.id), { name: 'Acme', slug: 'acme' })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await membershipIn(world.store, { kind: 'user', id: one.id }, acme.id)).toBeNull()
  })
})

describe('API tokens', () => {
  it('are shown once, act with their role, and end when they are revoked', async () => {
    const { token, value } = await issueToken(as(eve), { name: 'ci', role: 'viewer', expiresInDays: 30 })
    expect(value).toMatch(/^lw_/)
    expect(token).toMatchObject({ status: 'live', createdBy: { id: eve, name: 'eve' }, lastUsedAt: null })
    expect(value.startsWith(token.prefix)).toBe(true)
    const principal = await findPrincipalByToken(world.store, value)
    expect(principal && (await membershipIn(world.store, principal, acme.id))?.role).toBe('viewer')
    const { tokens } = await listTokens(as(eve), { limit: 10 })
    expect(tokens[0]?.lastUsedAt).toBeGreaterThan(0)
    expect(JSON.stringify(tokens)).not.toContain(value)
    expect(JSON.stringify(tokens)).not.toContain('hash')
    await endToken(as(eve), { tokenId: token.id })
    await endToken(as(eve), { tokenId: token.id })
    expect(await findPrincipalByToken(world.store, value)).toBeNull()
    const { records } = await listAudit(as(ann), { organisationId: acme.id, target: token.id, limit: 5 })
    expect(records.map(({ action }) => action)).toEqual(['token.revoke', 'token.create'])
    expect(JSON.stringify(records)).not.toContain(value)
  })

  it('may not more than their creator, are made by people, and are seen by those whose they are and admins', async () => {
    const tooMuch = issueToken(as(vic), { name: 'x', role: 'editor', expiresInDays: null })
    await expect(tooMuch).rejects.toMatchObject({ code: 'bad_request', field: 'role' })
    const own = await issueToken(as(vic), { name: 'mine', role: 'viewer', expiresInDays: null })
    const acting = (await findPrincipalByToken(world.store, own.value)) as Ctx['principal']
    const byToken = issueToken({ ...as(vic), principal: acting }, { name: 'y', role: 'viewer', expiresInDays: null })
    await expect(byToken).rejects.toMatchObject({ code: 'forbidden' })
    const seen = async (id: string) => (await listTokens(as(id), { limit: 50 })).tokens.map(({ id }) => id)
    expect(await seen(vic)).toEqual([own.token.id])
    expect(await seen(eve)).not.toContain(own.token.id)
    expect(await seen(ann)).toContain(own.token.id)
    await expect(endToken(as(eve), { tokenId: own.token.id })).rejects.toMatchObject({ code: 'forbidden' })
    await endToken(as(ann), { tokenId: own.token.id })
    expect(await findPrincipalByToken(world.store, own.value)).toBeNull()
  })

  it('can end themselves', async () => {
    const { token, value } = await issueToken(as(vic), { name: 'self', role: 'viewer', expiresInDays: 1 })
    const principal = (await findPrincipalByToken(world.store, value)) as Ctx['principal']
    await endToken({ ...as(vic), principal }, { tokenId: token.id })
    expect(await findPrincipalByToken(world.store, value)).toBeNull()
  })
})
