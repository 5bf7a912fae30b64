import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { membershipsOf } from '@/lib/access/memberships'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { updateUser } from '@/lib/access/users'
import { readSingleSignOnUser } from '@/lib/auth/single-sign-on'

let world: World
beforeAll(async () => {
  world = await makeWorld({
    OIDC_ISSUER: 'https://id.test',
    OIDC_CLIENT_ID: 'longwatch',
    OIDC_CLIENT_SECRET: 'secret',
    OIDC_ROLE_CLAIM: 'groups',
  })
})
afterAll(() => world.end())

describe('single sign-on', () => {
  it('waits for the set-up', async () => {
    expect(await readSingleSignOnUser(world.store, { email: 'early@acme.test' })).toBeNull()
    await world.user('root@acme.test')
    expect(await readSingleSignOnUser(world.store, { email: 'early@acme.test' })).not.toBeNull()
  })

  it('makes a user at the first sign-in, and follows the highest role that the claim names', async () => {
    await world.organisation('acme')
    const profile = { email: 'Ada@acme.test', email_verified: true, name: 'Ada', groups: ['viewer', 'editor', 'else'] }
    const user = await readSingleSignOnUser(world.store, profile)
    expect(user).toMatchObject({ email: 'ada@acme.test', name: 'Ada', password: null })
    const roles = async () =>
      (await membershipsOf(world.store, { kind: 'user', id: user?.id ?? '' })).map(({ role }) => role)
    expect(await roles()).toEqual(['editor'])
    expect((await readSingleSignOnUser(world.store, { ...profile, groups: 'viewer' }))?.id).toBe(user?.id)
    expect(await roles()).toEqual(['viewer'])
  })

  it('knows nobody without a verified address, nor who was disabled', async () => {
    expect(await readSingleSignOnUser(world.store, { email: 'eve@acme.test', email_verified: false })).toBeNull()
    expect(await readSingleSignOnUser(world.store, { name: 'Eve' })).toBeNull()
    expect(await readSingleSignOnUser(world.store, undefined)).toBeNull()
    const user = await readSingleSignOnUser(world.store, { email: 'kim@acme.test' })
    await updateUser(world.store, user?.id ?? '', (kim) => ({ ...kim, disabled: true }))
    expect(await readSingleSignOnUser(world.store, { email: 'kim@acme.test' })).toBeNull()
  })
})
