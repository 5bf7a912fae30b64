import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAudit } from '@/lib/access/audit'
import { adminLists, members } from '@/lib/access/collections'
import { changeMemberRole, expelMember, listMembers } from '@/lib/access/member-administration'
import { membershipIn, membershipsOf } from '@/lib/access/memberships'
import { createOrganisation, putMember } from '@/lib/access/organisations'
import { issueToken, listTokens } from '@/lib/access/token-administration'
import { findPrincipalByToken } from '@/lib/access/tokens'
import type { Organisation, Principal, Role } from '@/lib/access/types'
import { createUser, updateUser } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { loadEnv, provideEnv } from '@/lib/env'
import { randomId } from '@/lib/ids'
import { text, untilCancelled } from '@/lib/mcp/testing/script'
import { getRun } from '@/lib/runs/get'
import { startRun } from '@/lib/runs/start'
import { gate } from '@/lib/runs/testing/model-server'
import { type Instance, STORES, World } from '@/lib/runs/testing/world'
import { changeSession } from '@/lib/sessions/change'

describe.each(STORES)('over %s', (kind) => {
  let world: World
  let one: Instance
  let two: Instance

  beforeAll(async () => {
    provideEnv(
      loadEnv({
        NEXTAUTH_SECRET: 'x'.repeat(48),
        LONGWATCH_SECRET_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
      }),
    )
    world = await World.create({}, kind)
    world.tools.add('hang', { annotations: { readOnlyHint: true } }, untilCancelled)
    one = await world.process()
    two = await world.process()
  })
  afterAll(() => world.close())

  const store = () => one.services.store
  async function person(name: string, memberships: [Organisation, Role][] = []): Promise<Principal> {
    const email = `${name}-${randomId(6)}@acme.test`
    const { id } = await createUser(store(), { email, name, password: null })
    for (const [organisation, role] of memberships) await putMember(store(), organisation.id, { userId: id, role })
    return { kind: 'user', id }
  }
  const organisation = () => createOrganisation(store(), { slug: `org-${randomId(8)}`, name: 'Org' })
  const roleOf = async (principal: Principal, { id }: Organisation) =>
    (await membershipIn(store(), principal, id))?.role ?? null

  describe('the last admin', () => {
    it('stays when two admins take each other’s role, or leave, in two processes at once', async () => {
      for (let round = 0; round < 12; round += 1) {
        const org = await organisation()
        const [ann, bob] = [await person('ann', [[org, 'admin']]), await person('bob', [[org, 'admin']])]
        const demote = (ctx: Ctx, { id: userId }: Principal) =>
          changeMemberRole(ctx, { org: org.id, userId, role: 'viewer' })
        const remove = (ctx: Ctx, { id: userId }: Principal) => expelMember(ctx, { org: org.id, userId })
        const [first, second] = [round % 2 ? demote : remove, round % 3 ? demote : remove]
        // Each their own membership in half of the rounds, each other's in the rest.
        const [mine, theirs] = round % 4 < 2 ? [ann, bob] : [bob, ann]
        const results = await Promise.allSettled([first(one.as(ann), mine), second(two.as(bob), theirs)])
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        const admins = [await roleOf(ann, org), await roleOf(bob, org)].filter((role) => role === 'admin')
        expect(admins).toHaveLength(1)
      }
    })

    it('stays when all of ten admins go at once', async () => {
      const org = await organisation()
      const admins = await Promise.all(Array.from({ length: 10 }, () => person('adm', [[org, 'admin']])))
      const results = await Promise.allSettled(
        admins.map((admin, index) => expelMember((index % 2 ? one : two).as(admin), { org: org.id, userId: admin.id })),
      )
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1)
      const left = (await Promise.all(admins.map((admin) => roleOf(admin, org)))).filter((role) => role === 'admin')
      expect(left).toHaveLength(1)
    })

    it('is told so, and does not count who cannot sign in', async () => {
      const org = await organisation()
      const [ann, gone] = [await person('ann', [[org, 'admin']]), await person('gone', [[org, 'admin']])]
      await updateUser(store(), gone.id, (user) => ({ ...user, disabled: true }))
      const demotion = changeMemberRole(one.as(ann), { org: org.id, userId: ann.id, role: 'editor' })
      await expect(demotion).rejects.toMatchObject({ code: 'conflict', message: /keeps at least one admin/ })
      await changeMemberRole(one.as(ann), { org: org.id, userId: gone.id, role: 'viewer' })
      expect((await adminLists.get(store(), org.id, 'admins'))?.body).toEqual({ userIds: [ann.id] })
    })

    it('is known in an organisation from before there was a list of admins', async () => {
      const org = await organisation()
      const ann = await person('ann', [[org, 'admin']])
      await store().commit({
        partition: org.id,
        operationId: randomId(12),
        operations: [adminLists.delete('admins')],
      })
      const removal = expelMember(one.as(ann), { org: org.id, userId: ann.id })
      await expect(removal).rejects.toMatchObject({ code: 'conflict' })
    })
  })

  describe('a member who is removed', () => {
    it('loses running, queued and waiting runs, theirs and their tokens’, private sessions included', async () => {
      const max = await person('max', [[world.organisation, 'editor']])
      const hold = gate()
      world.model.answer(async function* () {
        yield { text: 'Begun' }
        yield { wait: hold.promise }
      })
      const running = await startRun(one.as(max), { message: 'Hold' })
      const queued = await startRun(one.as(max), { message: 'Later', sessionId: running.sessionId })
      const { value } = await issueToken(one.as(max), { name: 'ci', role: 'editor', expiresInDays: 1 })
      const token = (await findPrincipalByToken(store(), value)) as Principal
      const automatic = await startRun(one.as(token), { message: 'By script' })
      for (const { runId } of [running, automatic])
        await expect.poll(async () => JSON.stringify(await world.log(one, runId))).toContain('Begun')
      world.model.answer(() => [{ call: 'shop__hang', arguments: '{}' }])
      const calling = await startRun(two.as(max), { message: 'Call' })
      const shared = await startRun(one.as(world.ada), { message: 'Mine' })
      await changeSession(one.as(world.ada), { sessionId: shared.sessionId, visibility: 'organisation' })
      const behindMine = await startRun(one.as(max), { message: 'Behind', sessionId: shared.sessionId })
      await expect.poll(() => world.tools.calls.length).toBeGreaterThan(1)

      await expelMember(two.as(world.ada), { userId: max.id })

      for (const { runId } of [queued, running, automatic, calling, behindMine])
        expect((await world.ended(one, runId)).at(-1)?.type).toBe('abort')
      const stored = async (runId: string) => (await getRun(one.as(world.ada), { runId })).status
      expect(await stored(behindMine.runId)).toBe('cancelled')
      expect(await stored(shared.runId)).toBe('running')
      hold.open()
      await expect(getRun(one.as(max), { runId: running.runId })).rejects.toMatchObject({ code: 'not_found' })
      await expect(startRun(one.as(max), { message: 'Again' })).rejects.toMatchObject({ code: 'forbidden' })
    })

    it('leaves no token that acts, also not when they come back', async () => {
      const org = await organisation()
      const ann = await person('ann', [[org, 'admin']])
      const max = await person('max', [[org, 'editor']])
      const { value } = await issueToken(one.as(max), { org: org.id, name: 'ci', role: 'editor', expiresInDays: null })
      expect(await findPrincipalByToken(store(), value)).not.toBeNull()
      await expelMember(one.as(ann), { org: org.id, userId: max.id })
      expect(await findPrincipalByToken(store(), value)).toBeNull()
      await putMember(store(), org.id, { userId: max.id, role: 'editor' })
      expect(await findPrincipalByToken(store(), value)).toBeNull()
      expect((await listTokens(one.as(ann), { org: org.id, limit: 10 })).tokens).toMatchObject([{ status: 'revoked' }])
    })

    it('makes no token that outlives the removal, however close the two come', async () => {
      for (let round = 0; round < 8; round += 1) {
        const org = await organisation()
        const ann = await person('ann', [[org, 'admin']])
        const max = await person('max', [[org, 'editor']])
        const [made] = await Promise.allSettled([
          issueToken(one.as(max), { org: org.id, name: 'ci', role: 'editor', expiresInDays: 1 }),
          expelMember(two.as(ann), { org: org.id, userId: max.id }),
        ])
        if (made.status === 'fulfilled') expect(await findPrincipalByToken(store(), made.value.value)).toBeNull()
      }
    })

    it('stands in the audit log, and is not in the list', async () => {
      const org = await organisation()
      const ann = await person('ann', [[org, 'admin']])
      const max = await person('max', [[org, 'viewer']])
      await changeMemberRole(one.as(ann), { org: org.id, userId: max.id, role: 'editor' })
      await expelMember(one.as(ann), { org: org.id, userId: max.id })
      const { records } = await listAudit(one.as(ann), { organisationId: org.id, limit: 10 })
      expect(records).toMatchObject([
        { action: 'member.remove', target: { name: 'max' }, before: { role: 'editor' }, after: null },
        { action: 'member.change-role', before: { role: 'viewer' }, after: { role: 'editor' } },
      ])
      const { members: listed } = await listMembers(one.as(ann), { org: org.id, limit: 10 })
      expect(listed).toMatchObject([{ user: { name: 'ann' }, role: 'admin', source: 'admin' }])
      expect(await membershipsOf(store(), max)).toEqual([])
    })
  })

  describe('a role', () => {
    it('counts from the next tool call on, in the middle of a run', async () => {
      const max = await person('max', [[world.organisation, 'admin']])
      world.tools.add('look', { annotations: { readOnlyHint: true } }, async () => {
        await changeMemberRole(two.as(world.ada), { userId: max.id, role: 'viewer' })
        return text('Seen.')
      })
      world.tools.add('restart', { annotations: { readOnlyHint: false } }, () => text('Restarted.'))
      world.model.answerInTurn(
        () => [{ call: 'shop__look', arguments: '{}' }],
        () => [{ call: 'shop__restart', arguments: '{}' }],
        () => [{ text: 'I may not.' }],
      )
      const { runId } = await startRun(one.as(max), { message: 'Look, then restart' })
      const log = JSON.stringify(await world.ended(one, runId))
      expect(log).toContain('I may not.')
      expect(log).toMatch(/not permitted for the asker's role \(viewer\)|no tool named shop__restart/)
      expect(world.tools.calls.filter(({ tool }) => tool === 'restart')).toEqual([])
    })

    it('of a token is never more than its creator’s at that moment', async () => {
      const org = await organisation()
      const ann = await person('ann', [[org, 'admin']])
      const max = await person('max', [[org, 'editor']])
      const { value } = await issueToken(one.as(max), { org: org.id, name: 'ci', role: 'editor', expiresInDays: 1 })
      const token = (await findPrincipalByToken(store(), value)) as Principal
      expect(await roleOf(token, org)).toBe('editor')
      await changeMemberRole(one.as(ann), { org: org.id, userId: max.id, role: 'viewer' })
      expect(await roleOf(token, org)).toBe('viewer')
      await changeMemberRole(one.as(ann), { org: org.id, userId: max.id, role: 'admin' })
      expect(await roleOf(token, org)).toBe('editor')
      await updateUser(store(), max.id, (user) => ({ ...user, disabled: true }))
      expect(await findPrincipalByToken(store(), value)).toBeNull()
    })

    it('that a provisioning file gave is changed there, as is the membership', async () => {
      const org = await organisation()
      const ann = await person('ann', [[org, 'admin']])
      const pro = await person('pro')
      await putMember(store(), org.id, { userId: pro.id, role: 'editor', provisioned: true })
      for (const attempt of [
        changeMemberRole(one.as(ann), { org: org.id, userId: pro.id, role: 'viewer' }),
        expelMember(one.as(ann), { org: org.id, userId: pro.id }),
      ])
        await expect(attempt).rejects.toMatchObject({ code: 'conflict', message: /provisioning file/ })
      expect((await members.get(store(), org.id, pro.id))?.body).toMatchObject({ role: 'editor', provisioned: true })
    })
  })
})
