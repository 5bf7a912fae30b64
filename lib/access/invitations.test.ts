import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import {
  type AcceptInput,
  acceptInvitation,
  invite,
  listInvitations,
  readInvitation,
  revokeInvitation,
} from '@/lib/access/invitations'
import { changeMemberRole, expelMember } from '@/lib/access/member-administration'
import { membershipIn, membershipsOf } from '@/lib/access/memberships'
import { createOrganisation, putMember } from '@/lib/access/organisations'
import { passwordCost } from '@/lib/access/passwords'
import { createToken } from '@/lib/access/tokens'
import type { Organisation, Principal } from '@/lib/access/types'
import { createUser, findUserByEmail, verifyPassword } from '@/lib/access/users'
import { randomId } from '@/lib/ids'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { Collection } from '@/lib/stores/collection'

describe.each(STORES)('over %s', (kind) => {
  let world: World
  let one: Instance
  let two: Instance
  let org: Organisation
  let ann: Principal

  beforeAll(async () => {
    Object.assign(passwordCost, { logarithm: 4, parallelism: 1 })
    world = await World.create({}, kind)
    one = await world.process()
    two = await world.process()
    org = await createOrganisation(store(), { slug: 'guests', name: 'Guests' })
    ann = await person('ann@guests.test')
    await putMember(store(), org.id, { userId: ann.id, role: 'admin' })
  })
  afterAll(() => world.close())

  const store = () => one.services.store
  const person = async (email: string): Promise<Principal> => {
    const { id } = await createUser(store(), { email, name: email.split('@')[0] ?? email, password: null })
    return { kind: 'user', id }
  }
  const anybody = () => person(`${randomId(8)}@guests.test`)
  const inviting = (input: { email?: string; role?: 'viewer' | 'editor' | 'admin'; expiresInDays?: number } = {}) =>
    invite(one.as(ann), { org: org.id, role: 'editor', ...input })
  const accept = (input: AcceptInput, by = one) =>
    acceptInvitation({ services: by.services, requestId: 'r', origin: { address: '192.0.2.1', requestId: 'r' } }, input)
  const account = (email = `${randomId(8)}@guests.test`) => ({ email, name: 'New', password: 'correct horse' })
  const useless = { code: 'not_found', message: /^No such invitation/ }

  it('makes a member of whoever is signed in, with its role, once', async () => {
    const { secret, invitation } = await inviting()
    expect(await readInvitation(one, secret)).toMatchObject({ organisation: { slug: 'guests' }, role: 'editor' })
    const max = await anybody()
    expect(await accept({ secret, principal: max })).toMatchObject({ organisation: { id: org.id }, role: 'editor' })
    expect(await membershipIn(store(), max, org.id)).toMatchObject({ role: 'editor' })
    expect((await membershipsOf(store(), max)).map(({ organisation }) => organisation.id)).toEqual([org.id])
    await expect(accept({ secret, principal: await anybody() })).rejects.toMatchObject(useless)
    await expect(readInvitation(one, secret)).rejects.toMatchObject(useless)
    const { records } = await listAudit(one.as(ann), { organisationId: org.id, limit: 2 })
    expect(records).toMatchObject([
      { action: 'invitation.accept', actor: { key: `user:${max.id}` }, target: { id: max.id } },
      { action: 'invitation.create', actor: { name: 'ann' }, target: { id: invitation.id } },
    ])
  })

  it('makes an account that can sign in', async () => {
    const { secret } = await inviting()
    const wanted = account()
    const { userId } = await accept({ secret, principal: null, account: wanted })
    expect((await verifyPassword(store(), wanted.email, 'correct horse'))?.id).toBe(userId)
    expect(await membershipIn(store(), { kind: 'user', id: userId }, org.id)).toMatchObject({ role: 'editor' })
  })

  it('is accepted once, whoever tries at the same time in two processes, and leaves no account behind', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { secret } = await inviting()
      const people = await Promise.all([anybody(), anybody(), anybody()])
      const accounts = [account(), account(), account()]
      const results = await Promise.allSettled([
        ...people.map((principal, index) => accept({ secret, principal }, index % 2 ? one : two)),
        ...accounts.map((wanted, index) => accept({ secret, principal: null, account: wanted }, index % 2 ? two : one)),
      ])
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(useless)
      const joined = await Promise.all(people.map((max) => membershipIn(store(), max, org.id)))
      const made = await Promise.all(accounts.map(({ email }) => findUserByEmail(store(), email)))
      expect([...joined, ...made].filter((one) => one !== null)).toHaveLength(1)
    }
  })

  it('is either accepted or revoked, when both happen at once', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { secret, invitation } = await inviting()
      const max = await anybody()
      const [accepted, revoked] = await Promise.allSettled([
        accept({ secret, principal: max }),
        revokeInvitation(two.as(ann), { invitationId: invitation.id }),
      ])
      expect([accepted.status, revoked.status].sort()).toEqual(['fulfilled', 'rejected'])
      expect((await membershipIn(store(), max, org.id)) !== null).toBe(accepted.status === 'fulfilled')
    }
  })

  it('says the same of a link that is wrong, revoked, used up or made up', async () => {
    const { secret, invitation } = await inviting()
    await revokeInvitation(one.as(ann), { invitationId: invitation.id })
    const other = await inviting()
    const messages = new Set<string>()
    for (const link of [
      secret,
      `${other.invitation.id}.${'A'.repeat(43)}`,
      other.secret.slice(0, -1),
      `${other.invitation.id}.`,
      'inv_x.y',
      '',
      `inv_${org.id}_${'0'.repeat(21)}.${'x'.repeat(43)}`,
      `${'x'.repeat(10_000)}.${'x'.repeat(43)}`,
    ])
      await readInvitation(one, link).catch((error) => {
        expect(error).toMatchObject(useless)
        messages.add(error.message)
      })
    expect(messages.size).toBe(1)
    expect(await readInvitation(one, other.secret)).toMatchObject({ role: 'editor' })
  })

  it('expires', async () => {
    const { secret, invitation } = await inviting({ expiresInDays: 1 })
    // A day later, as far as the record goes.
    const records = new Collection<{ expiresAt: number }>({ name: 'invitations', v: 1 })
    const stored = await records.get(store(), org.id, invitation.id)
    await store().commit({
      partition: org.id,
      operationId: randomUUID(),
      operations: [
        {
          ...records.put(invitation.id, { ...(stored?.body as { expiresAt: number }), expiresAt: Date.now() - 1 }),
          indexes: [{ index: 'all', group: 'all', sort: invitation.createdAt }],
        } as ReturnType<typeof records.put>,
      ],
    })
    await expect(accept({ secret, principal: await anybody() })).rejects.toMatchObject(useless)
    const { invitations } = await listInvitations(one.as(ann), { org: org.id, limit: 1 })
    expect(invitations).toMatchObject([{ id: invitation.id, status: 'expired' }])
  })

  it('for an address is for its person only', async () => {
    const { secret } = await inviting({ email: ' Kim@Guests.test' })
    await expect(accept({ secret, principal: await anybody() })).rejects.toMatchObject({ code: 'forbidden' })
    const mallory = accept({ secret, principal: null, account: account('mallory@guests.test') })
    await expect(mallory).rejects.toMatchObject({ code: 'bad_request', field: 'account.email' })
    const { userId } = await accept({ secret, principal: null, account: account('KIM@guests.test') })
    expect(await membershipIn(store(), { kind: 'user', id: userId }, org.id)).toMatchObject({ role: 'editor' })
    const again = await inviting({ email: 'kim@guests.test' })
    const member = accept({ secret: again.secret, principal: { kind: 'user', id: userId } })
    await expect(member).rejects.toMatchObject({ code: 'conflict', message: /member of this organisation already/ })
    expect(await readInvitation(one, again.secret)).toMatchObject({ email: 'kim@guests.test' })
  })

  it('never sets the password of an account that exists', async () => {
    await createUser(store(), { email: 'old@guests.test', name: 'Old', password: 'an old password' })
    const { secret } = await inviting()
    const attempt = accept({ secret, principal: null, account: account('OLD@guests.test') })
    await expect(attempt).rejects.toMatchObject({ code: 'bad_request', field: 'account.email' })
    expect(await verifyPassword(store(), 'old@guests.test', 'correct horse')).toBeNull()
    expect(await verifyPassword(store(), 'old@guests.test', 'an old password')).not.toBeNull()
    expect(await readInvitation(one, secret)).toMatchObject({ role: 'editor' })
  })

  it('ends when its maker is no admin any more', async () => {
    const bob = await anybody()
    await putMember(store(), org.id, { userId: bob.id, role: 'admin' })
    const first = await invite(one.as(bob), { org: org.id, role: 'admin' })
    const second = await invite(one.as(bob), { org: org.id, role: 'admin' })
    await changeMemberRole(one.as(ann), { org: org.id, userId: bob.id, role: 'editor' })
    await expect(accept({ secret: first.secret, principal: await anybody() })).rejects.toMatchObject(useless)
    await expelMember(one.as(ann), { org: org.id, userId: bob.id })
    await expect(accept({ secret: second.secret, principal: bob })).rejects.toMatchObject(useless)
    expect(await membershipIn(store(), bob, org.id)).toBeNull()
  })

  it('is made and accepted by people, not by API tokens, and only admins make them', async () => {
    const { token } = await createToken(store(), org.id, { name: 'ci', role: 'admin' })
    const acting: Principal = { kind: 'token', id: token.id, organisationId: org.id }
    await expect(invite(one.as(acting), { role: 'viewer' })).rejects.toMatchObject({ code: 'forbidden' })
    const { secret } = await inviting()
    await expect(accept({ secret, principal: acting })).rejects.toMatchObject({ code: 'forbidden' })
    const eve = await anybody()
    await putMember(store(), org.id, { userId: eve.id, role: 'editor' })
    await expect(invite(one.as(eve), { org: org.id, role: 'viewer' })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('keeps no secret in the store, the list or the audit log', async () => {
    const { secret } = await inviting()
    const random = secret.split('.')[1] as string
    const listed = await listInvitations(one.as(ann), { org: org.id, limit: 5 })
    const audited = await listAudit(one.as(ann), { organisationId: org.id, limit: 5 })
    const stored = await store().get(org.id, 'invitations', secret.split('.')[0] as string)
    const { hash } = (stored ?? expect.fail()).body as { hash: string }
    for (const kept of [listed, audited]) {
      expect(JSON.stringify(kept)).not.toContain(random)
      expect(JSON.stringify(kept)).not.toContain(hash)
    }
    expect(JSON.stringify(stored)).not.toContain(random)
  })
})
