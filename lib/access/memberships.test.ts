import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { GLOBAL, organisationSlugs, tokens } from '@/lib/access/collections'
import { chooseOrganisation, membershipIn, membershipsOf, requireMembership } from '@/lib/access/memberships'
import {
  createOrganisation,
  DEFAULT_LIMITS,
  ensureOrganisation,
  listOrganisations,
  putMember,
  removeMember,
} from '@/lib/access/organisations'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { claimTokenHash, createToken, findPrincipalByToken, revokeToken } from '@/lib/access/tokens'
import type { Principal } from '@/lib/access/types'
import { updateUser, userOf } from '@/lib/access/users'
import { newResourceId } from '@/lib/ids'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

const ctxOf = (principal: Principal) => ({ services: world.services, principal, requestId: 'r' })
const asUser = (id: string): Principal => ({ kind: 'user', id })

describe('memberships', () => {
  it('follow the store: given, changed and taken away they hold at once', async () => {
    const ada = await world.user('ada@follow.test')
    const { id } = await world.organisation('follow')
    expect(await membershipIn(world.store, asUser(ada), id)).toBeNull()
    await putMember(world.store, id, { userId: ada, role: 'editor' })
    expect(await membershipIn(world.store, asUser(ada), id)).toMatchObject({ role: 'editor' })
    await putMember(world.store, id, { userId: ada, role: 'viewer' })
    expect(await membershipIn(world.store, asUser(ada), id)).toMatchObject({ role: 'viewer' })
    await removeMember(world.store, id, ada)
    expect(await membershipIn(world.store, asUser(ada), id)).toBeNull()
    expect(await membershipsOf(world.store, asUser(ada))).toEqual([])
  })

  it('end when the user is disabled', async () => {
    const ada = await world.user('ada@disabled.test')
    const { id } = await world.organisation('disabled', { [ada]: 'admin' })
    await updateUser(world.store, ada, (user) => ({ ...user, disabled: true }))
    expect(await membershipIn(world.store, asUser(ada), id)).toBeNull()
    expect(await userOf(world.store, asUser(ada))).toBeNull()
  })

  it('hide a foreign organisation and name a role that is too low', async () => {
    const ada = await world.user('ada@roles.test')
    const own = await world.organisation('roles-own', { [ada]: 'viewer' })
    const foreign = await world.organisation('roles-foreign')
    const ctx = ctxOf(asUser(ada))
    await expect(requireMembership(ctx, foreign.id, 'viewer', 'session')).rejects.toMatchObject({
      code: 'not_found',
      message: 'No such session.',
    })
    await expect(requireMembership(ctx, own.id, 'editor')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(requireMembership(ctx, own.id)).resolves.toMatchObject({ role: 'viewer' })
  })

  it('are chosen among by id or slug', async () => {
    const ada = await world.user('ada@choose.test')
    const ctx = ctxOf(asUser(ada))
    await expect(chooseOrganisation(ctx)).rejects.toMatchObject({ code: 'forbidden' })
    const first = await world.organisation('choose-one', { [ada]: 'viewer' })
    expect((await chooseOrganisation(ctx)).organisation.id).toBe(first.id)
    const second = await world.organisation('choose-two', { [ada]: 'admin' })
    await world.organisation('choose-foreign')
    await expect(chooseOrganisation(ctx)).rejects.toMatchObject({ code: 'bad_request', field: 'org' })
    expect(await chooseOrganisation(ctx, 'choose-two')).toMatchObject({
      role: 'admin',
      organisation: { id: second.id },
    })
    expect(await chooseOrganisation(ctx, first.id)).toMatchObject({ role: 'viewer' })
    await expect(chooseOrganisation(ctx, 'choose-foreign')).rejects.toMatchObject({ code: 'not_found' })
    expect((await membershipsOf(world.store, ctx.principal)).map(({ organisation }) => organisation.slug)).toEqual([
      'choose-one',
      'choose-two',
    ])
  })
})

describe('tokens', () => {
  it('act in their own organisation only, until they are revoked', async () => {
    const { id } = await world.organisation('tokens')
    const other = await world.organisation('tokens-other')
    const { token, value } = await createToken(world.store, id, { name: 'ci', role: 'editor' })
    expect(value).toMatch(/^lw_[\w-]{43}$/)
    expect(JSON.stringify(token)).not.toContain(value)
    const principal = await findPrincipalByToken(world.store, value)
    expect(principal).toEqual({ kind: 'token', id: token.id, organisationId: id })
    const acting = principal as Principal
    expect(await membershipIn(world.store, acting, id)).toMatchObject({ role: 'editor' })
    expect(await membershipIn(world.store, acting, other.id)).toBeNull()
    expect(await membershipIn(world.store, { ...acting, organisationId: other.id } as Principal, other.id)).toBeNull()
    expect(await userOf(world.store, acting)).toBeNull()
    await revokeToken(world.store, id, token.id)
    expect(await findPrincipalByToken(world.store, value)).toBeNull()
    expect(await membershipIn(world.store, acting, id)).toBeNull()
  })

  it('of a person do no more than the person may, as it is now; both are read side by side', async () => {
    const { store } = world
    const ada = await world.user('ada@token.test')
    const { id } = await world.organisation('token-of-a-person', { [ada]: 'editor' })
    const { token, value } = await createToken(store, id, { name: 'mine', role: 'admin', createdBy: ada })
    const acting: Principal = { kind: 'token', id: token.id, organisationId: id }
    expect(await findPrincipalByToken(store, value)).toEqual(acting)

    const get = vi.spyOn(store, 'get')
    const reading = membershipIn(store, acting, id)
    const asked = get.mock.calls.map((call) => call[1]).sort()
    get.mockRestore()
    expect(asked).toEqual(['members', 'organisation', 'tokens', 'users'])
    expect(await reading).toMatchObject({ role: 'editor' })

    await putMember(store, id, { userId: ada, role: 'viewer' })
    expect(await membershipIn(store, acting, id)).toMatchObject({ role: 'viewer' })
    await store.commit({
      partition: id,
      operationId: 'given to nobody',
      operations: [tokens.put(token.id, { ...token, createdBy: null })],
    })
    expect(await membershipIn(store, acting, id)).toMatchObject({ role: 'admin' })
    const bea = await world.user('bea@token.test')
    await store.commit({
      partition: id,
      operationId: 'given to another',
      operations: [tokens.put(token.id, { ...token, createdBy: bea })],
    })
    expect(await membershipIn(store, acting, id)).toBeNull()
    expect(await findPrincipalByToken(store, value)).toBeNull()
    await putMember(store, id, { userId: bea, role: 'editor' })
    expect(await findPrincipalByToken(store, value)).toEqual(acting)
    await updateUser(store, bea, (user) => ({ ...user, disabled: true }))
    expect(await findPrincipalByToken(store, value)).toBeNull()
    expect(await membershipIn(store, acting, id)).toBeNull()
  })

  it('expire', async () => {
    const { id } = await world.organisation('expiry')
    const { token, value } = await createToken(world.store, id, {
      name: 'old',
      role: 'admin',
      expiresAt: Date.now() - 1,
    })
    expect(await findPrincipalByToken(world.store, value)).toBeNull()
    expect(await membershipIn(world.store, { kind: 'token', id: token.id, organisationId: id }, id)).toBeNull()
  })

  it('whose value goes to another organisation act there, though they were looked up here before', async () => {
    const [here, there] = [await world.organisation('hash-here'), await world.organisation('hash-there')]
    const { token, value } = await createToken(world.store, here.id, { name: 'moves', role: 'editor' })
    expect(await findPrincipalByToken(world.store, value)).toMatchObject({ organisationId: here.id })
    await revokeToken(world.store, here.id, token.id)
    expect(await findPrincipalByToken(world.store, value)).toBeNull()
    const moved = { ...token, id: newResourceId('tok', there.id), revokedAt: null }
    await claimTokenHash(world.store, there.id, moved)
    await world.store.commit({
      partition: there.id,
      operationId: 'moved',
      operations: [tokens.put(moved.id, moved, { ifAbsent: true })],
    })
    expect(await findPrincipalByToken(world.store, value)).toEqual({
      kind: 'token',
      id: moved.id,
      organisationId: there.id,
    })
  })

  it('are not found by values that are none', async () => {
    for (const value of ['', 'lw_', `lw_${'x'.repeat(40)}`, 'x'.repeat(10_000)])
      expect(await findPrincipalByToken(world.store, value)).toBeNull()
  })
})

describe('organisations', () => {
  it('keep their slug to themselves, also against a race', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => createOrganisation(world.store, { slug: 'race', name: 'Race' })),
    )
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await listOrganisations(world.store)).filter(({ slug }) => slug === 'race')).toHaveLength(1)
    await expect(createOrganisation(world.store, { slug: 'No Slug', name: 'x' })).rejects.toMatchObject({
      field: 'slug',
    })
  })

  it('are completed when their creation was killed half-way', async () => {
    await world.store.commit({
      partition: GLOBAL,
      operationId: 'half-way',
      operations: [organisationSlugs.put('half-way', { organisationId: 'abcdefghjk' })],
    })
    const { organisation, created } = await ensureOrganisation(world.store, { slug: 'half-way', name: 'Half' })
    expect({ id: organisation.id, created }).toEqual({ id: 'abcdefghjk', created: true })
    expect(organisation.limits).toEqual(DEFAULT_LIMITS)
  })
})
