import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { changeMemberRole, listMembers } from '@/lib/access/member-administration'
import { membershipIn, membershipsOf } from '@/lib/access/memberships'
import { putMember } from '@/lib/access/organisations'
import { makeWorld, type World } from '@/lib/access/testing/world'
import type { Organisation, Principal } from '@/lib/access/types'
import { createUser, findUserByEmail, updateUser, verifyPassword } from '@/lib/access/users'
import { Browser } from '@/lib/auth/testing/browser'
import { Issuer } from '@/lib/auth/testing/issuer'
import { provideEnv } from '@/lib/env'

const CLIENT = { clientId: 'longwatch', clientSecret: 'a secret of the client' }
const REDIRECT = 'http://watch.test/api/auth/callback/oidc'

let issuer: Issuer
let world: World
let acme: Organisation
let root: string
beforeAll(async () => {
  issuer = await Issuer.start(() => ({ ...CLIENT, redirectUris: [REDIRECT] }))
  world = await makeWorld({
    OIDC_ISSUER: issuer.url,
    OIDC_CLIENT_ID: CLIENT.clientId,
    OIDC_CLIENT_SECRET: CLIENT.clientSecret,
    OIDC_ROLE_CLAIM: 'groups',
  })
  // Runs are stopped when a claim takes a membership away.
  Object.assign(world.services, { supervisor: { accepts: () => true, execute: () => undefined } })
})
afterAll(async () => {
  await issuer.close()
  await world.end()
})

let visits = 0
const browser = () => new Browser(world.services, `10.9.0.${visits++ % 250}`)
const person = (login: string, claims: Record<string, unknown> = {}) =>
  issuer.accounts.set(login, { email: `${login}@acme.test`, email_verified: true, name: login, ...claims })
const userOfAddress = async (email: string) => (await findUserByEmail(world.store, email))?.body ?? expect.fail()
const roleOf = async (email: string) =>
  (await membershipIn(world.store, { kind: 'user', id: (await userOfAddress(email)).id }, acme.id))?.role ?? null
async function signedOn(login: string): Promise<Principal> {
  const visitor = browser()
  expect(await visitor.signOn(login)).toBe('/o/acme')
  return (await visitor.principal()) ?? expect.fail()
}

describe('signing in at a real OpenID provider', () => {
  it('lets nobody in before the set-up', async () => {
    person('early')
    const visitor = browser()
    expect(await visitor.signOn('early')).toBe('/sign-in?error=AccessDenied')
    expect(await visitor.principal()).toBeNull()
    root = await world.user('root@acme.test')
    acme = await world.organisation('acme', { [root]: 'admin' })
    await world.organisation('globex')
  })

  it('makes an account with the role that the claim names, in the first organisation only', async () => {
    person('ada', { email: 'Ada@acme.test', name: 'Ada', groups: ['viewer', 'staff', 'editor'] })
    const principal = await signedOn('ada')
    expect(await userOfAddress('ada@acme.test')).toMatchObject({ id: principal.id, name: 'Ada', password: null })
    const memberships = await membershipsOf(world.store, principal)
    expect(memberships.map(({ organisation, role }) => [organisation.slug, role])).toEqual([['acme', 'editor']])
    const admin = { services: world.services, principal: { kind: 'user', id: root } as const, requestId: 'r' }
    const { records } = await listAudit(admin, { organisationId: acme.id, target: principal.id, limit: 5 })
    expect(records).toMatchObject([{ action: 'member.add', actor: { key: 'system' }, after: { role: 'editor' } }])
  })

  it('follows the claim at each sign-in, up, down and away, and the admin page leaves the role to it', async () => {
    person('cleo', { groups: 'viewer' })
    const { id } = await signedOn('cleo')
    expect(await roleOf('cleo@acme.test')).toBe('viewer')
    person('cleo', { groups: ['admin'] })
    await signedOn('cleo')
    expect(await roleOf('cleo@acme.test')).toBe('admin')
    const ctx = { services: world.services, principal: { kind: 'user', id: root } as const, requestId: 'r' }
    const change = changeMemberRole(ctx, { org: 'acme', userId: id, role: 'viewer' })
    await expect(change).rejects.toMatchObject({ code: 'conflict', message: /single sign-on/ })
    const { members } = await listMembers(ctx, { org: 'acme', limit: 50 })
    expect(members.find(({ user }) => user.id === id)).toMatchObject({ source: 'single-sign-on', hasPassword: false })
    person('cleo', { groups: ['something else'] })
    await signedOn('cleo')
    expect(await roleOf('cleo@acme.test')).toBeNull()
  })

  it('gives no membership for a value that is no role, and leaves alone what an admin gave', async () => {
    person('dan', { groups: ['Admin', 'owner', ''] })
    const dan = await signedOn('dan')
    expect(await membershipsOf(world.store, dan)).toEqual([])
    await putMember(world.store, acme.id, { userId: dan.id, role: 'editor' })
    await signedOn('dan')
    expect(await roleOf('dan@acme.test')).toBe('editor')
  })

  it('neither changes what a provisioning file gave nor takes away the last admin', async () => {
    const { id } = await createUser(world.store, {
      email: 'pro@acme.test',
      name: 'Pro',
      password: 'correct horse',
      provisioned: true,
      emailVouched: true,
    })
    await putMember(world.store, acme.id, { userId: id, role: 'editor', provisioned: true })
    person('pro', { groups: 'viewer' })
    expect((await signedOn('pro')).id).toBe(id)
    expect(await roleOf('pro@acme.test')).toBe('editor')
    expect(await verifyPassword(world.store, 'pro@acme.test', 'correct horse')).not.toBeNull()

    person('solo', { groups: 'admin' })
    const solo = await signedOn('solo')
    await putMember(world.store, acme.id, { userId: root, role: 'viewer' })
    person('solo', { groups: 'viewer' })
    await signedOn('solo')
    expect(await roleOf('solo@acme.test')).toBe('admin')
    await putMember(world.store, acme.id, { userId: root, role: 'admin' })
    await signedOn('solo')
    expect(await roleOf('solo@acme.test')).toBe('viewer')
    expect(solo.kind).toBe('user')
  })

  it('leads to the same account when the address changes at the issuer', async () => {
    person('eva')
    const before = await signedOn('eva')
    person('eva', { email: 'eva.maria@acme.test' })
    expect(await signedOn('eva')).toEqual(before)
  })

  it('makes one account of two first sign-ins at the same time', async () => {
    person('fay')
    const [one, two] = await Promise.all([signedOn('fay'), signedOn('fay')])
    expect(one).toEqual(two)
  })

  it('does not let a disabled person in', async () => {
    person('gil')
    const { id } = await signedOn('gil')
    await updateUser(world.store, id, (user) => ({ ...user, disabled: true }))
    expect(await browser().signOn('gil')).toBe('/sign-in?error=AccessDenied')
  })

  it('reads the claims out of an ID token that carries them, and from userinfo otherwise', async () => {
    const whole = await Issuer.start(() => ({ ...CLIENT, redirectUris: [REDIRECT], claimsInIdToken: true }))
    const oidc = world.env.oidc ?? expect.fail()
    provideEnv({ ...world.env, oidc: { ...oidc, issuer: whole.url } })
    try {
      whole.accounts.set('hal', { email: 'hal@acme.test', email_verified: true, name: 'Hal', groups: ['editor'] })
      await signedOn('hal')
      expect(await roleOf('hal@acme.test')).toBe('editor')
    } finally {
      provideEnv(world.env)
      await whole.close()
    }
  })
})

describe('an account', () => {
  it('is not taken over by an address that the issuer does not vouch for', async () => {
    await createUser(world.store, { email: 'boss@acme.test', name: 'Boss', password: 'correct horse' })
    for (const claims of [{ email_verified: false }, { email_verified: undefined }, { email_verified: 'no' }]) {
      person('mallory', { email: 'boss@acme.test', groups: ['admin'], ...claims })
      const visitor = browser()
      expect(await visitor.signOn('mallory')).toBe('/sign-in?error=EmailNotVerified')
      expect(await visitor.principal()).toBeNull()
    }
    expect(await userOfAddress('boss@acme.test')).toMatchObject({ identity: null, sessionVersion: 1 })
    expect(await roleOf('boss@acme.test')).toBeNull()
    expect(await verifyPassword(world.store, 'boss@acme.test', 'correct horse')).not.toBeNull()
  })

  it('without a vouched address is made for nobody, unless OIDC_TRUST_EMAIL says so of an issuer that is silent', async () => {
    person('silent', { email_verified: undefined })
    expect(await browser().signOn('silent')).toBe('/sign-in?error=EmailNotVerified')
    const oidc = world.env.oidc ?? expect.fail()
    provideEnv({ ...world.env, oidc: { ...oidc, trustEmail: true } })
    try {
      await signedOn('silent')
      person('liar', { email_verified: false })
      expect(await browser().signOn('liar')).toBe('/sign-in?error=EmailNotVerified')
    } finally {
      provideEnv(world.env)
    }
  })

  it('does not pass to somebody else who gets its address at the issuer', async () => {
    person('ida', { email: 'shared@acme.test' })
    const { id } = await signedOn('ida')
    person('jon', { email: 'shared@acme.test' })
    const visitor = browser()
    expect(await visitor.signOn('jon')).toBe('/sign-in?error=OtherIdentity')
    expect(await visitor.principal()).toBeNull()
    expect((await userOfAddress('shared@acme.test')).id).toBe(id)
  })

  it('that somebody made in another’s name loses its password and its sign-ins to the person', async () => {
    const { id } = await createUser(world.store, {
      email: 'kai@acme.test',
      name: 'Squatter',
      password: 'correct horse',
    })
    person('kai')
    expect((await signedOn('kai')).id).toBe(id)
    expect(await verifyPassword(world.store, 'kai@acme.test', 'correct horse')).toBeNull()
    expect(await userOfAddress('kai@acme.test')).toMatchObject({ sessionVersion: 2 })
  })

  it('that an operator or an invitation vouched for keeps its password beside the single sign-on', async () => {
    const vouched = { email: 'lea@acme.test', name: 'Lea', password: 'correct horse', emailVouched: true }
    const { id } = await createUser(world.store, vouched)
    person('lea')
    expect((await signedOn('lea')).id).toBe(id)
    expect((await verifyPassword(world.store, 'lea@acme.test', 'correct horse'))?.id).toBe(id)
  })
})

describe('an issuer', () => {
  it('that refuses, or is away, leads back to the sign-in page with a reason', async () => {
    expect(await browser().signOn('nobody-knows')).toMatch(/^\/sign-in\?.*error=(OAuthCallback|Callback)/)
    const oidc = world.env.oidc ?? expect.fail()
    provideEnv({ ...world.env, oidc: { ...oidc, issuer: 'http://127.0.0.1:9' } })
    try {
      expect(await browser().signOn('ada')).toMatch(/^\/sign-in\?.*error=OAuthSignin/)
    } finally {
      provideEnv(world.env)
    }
  })

  it('is not believed when the answer is not to this browser’s question', async () => {
    person('max')
    const visitor = browser()
    await visitor.signOn('max')
    const stranger = browser()
    const forged = await stranger.request('/api/auth/callback/oidc?code=stolen&state=forged')
    expect(forged.headers.get('location')).toContain('error=OAuthCallback')
    expect(await stranger.principal()).toBeNull()
  })
})
