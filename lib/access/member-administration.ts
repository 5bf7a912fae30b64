import { auditOperation } from '@/lib/access/audit'
import { GLOBAL, type Member, members, type StoredUser, tokens, users } from '@/lib/access/collections'
import { changeMembership } from '@/lib/access/membership-change'
import { chooseWithRole } from '@/lib/access/memberships'
import { listAll } from '@/lib/access/provisioning/reconcile'
import { revokeToken } from '@/lib/access/tokens'
import { type Principal, principalKey, type Role } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { env } from '@/lib/env'
import { conflict, notFound } from '@/lib/errors'
import { stopRunsOf } from '@/lib/runs/stop-all'
import type { Store } from '@/lib/stores/contract'

/** What decides over a membership: an admin here, a provisioning file, or the claim of the single sign-on. */
export type MembershipSource = 'admin' | 'provisioning' | 'single-sign-on'

export interface MemberView {
  user: { id: string; name: string; email: string }
  role: Role
  source: MembershipSource
  /** The account cannot sign in. */
  disabled: boolean
  /** An administrator can hand over a link to a new password, as far as the account itself goes. */
  hasPassword: boolean
  createdAt: number
}

/** `GET /api/members`, for admins: the oldest membership first. */
export async function listMembers(
  ctx: Ctx,
  input: { org?: string; cursor?: string; limit: number },
): Promise<{ members: MemberView[]; nextCursor: string | null }> {
  const { organisation } = await chooseWithRole(ctx, input.org, 'admin')
  const { store } = ctx.services
  const page = await members.list(store, organisation.id, {
    index: 'all',
    group: 'all',
    order: 'ascending',
    limit: input.limit,
    cursor: input.cursor,
  })
  const people = await users.getMany(
    store,
    GLOBAL,
    page.items.map(({ id }) => id),
  )
  const views = page.items.flatMap(({ body }, index) => {
    const user = people[index]
    return user ? [viewOf(body, user.body)] : []
  })
  return { members: views, nextCursor: page.nextCursor }
}

/** `PATCH /api/members/{userId}`. Throws `not_found`, `forbidden`, `conflict` for the last admin and where a file decides. */
export async function changeMemberRole(
  ctx: Ctx,
  input: { org?: string; userId: string; role: Role },
): Promise<MemberView> {
  const { organisation } = await chooseWithRole(ctx, input.org, 'admin')
  const { store } = ctx.services
  const { userId, role } = input
  const user = await findPerson(store, userId)
  const { after } = await changeMembership(store, organisation.id, userId, {
    change: (before) => {
      if (!before || !user) throw notFound('member')
      const source = sourceOf(before)
      if (source === 'provisioning') throw conflict(PROVISIONED)
      if (source === 'single-sign-on')
        throw conflict('The single sign-on decides over this role; change the claim there.')
      return before.role === role ? before : { ...before, role, fromClaim: false }
    },
    alongside: async ({ before, after }) => [
      await auditOperation(ctx, {
        organisationId: organisation.id,
        action: 'member.change-role',
        target: { kind: 'user', id: userId, name: user?.name ?? userId },
        before,
        after,
      }),
    ],
  })
  return viewOf(after as Member, user as StoredUser)
}

/**
 * `DELETE /api/members/{userId}`: at once, and for every request that follows. The member's tokens end and their runs
 * stop; conversations stay. Throws as `changeMemberRole`.
 */
export async function expelMember(ctx: Ctx, input: { org?: string; userId: string }): Promise<void> {
  const { organisation } = await chooseWithRole(ctx, input.org, 'admin')
  const { store } = ctx.services
  const { userId } = input
  const user = await findPerson(store, userId)
  await changeMembership(store, organisation.id, userId, {
    change: (before) => {
      if (!before) throw notFound('member')
      if (before.provisioned) throw conflict(PROVISIONED)
      return null
    },
    alongside: async ({ before, after }) => [
      await auditOperation(ctx, {
        organisationId: organisation.id,
        action: 'member.remove',
        target: { kind: 'user', id: userId, name: user?.name ?? userId },
        before,
        after,
      }),
    ],
  })
  await endWhatMemberLeft(ctx.services, { organisationId: organisation.id, userId, by: principalKey(ctx.principal) })
}

/**
 * After a membership ended: revokes the tokens that the member made, and stops what runs for them. None of it can do
 * anything any more even when this is killed half-way: tokens follow their creator, runs look at each step.
 */
export async function endWhatMemberLeft(
  services: Ctx['services'],
  input: { organisationId: string; userId: string; by: string },
): Promise<void> {
  const { organisationId, userId, by } = input
  const own = await listAll(services.store, organisationId, tokens, { index: 'creator', group: userId })
  for (const { id } of own) await revokeToken(services.store, organisationId, id)
  const principals: Principal[] = own.map(({ id }) => ({ kind: 'token', id, organisationId }))
  await stopRunsOf(services, { organisationId, principals: [{ kind: 'user', id: userId }, ...principals], by })
}

const PROVISIONED = 'A provisioning file manages this membership; change it there.'

/** Without a claim in the environment nobody else decides any more. */
function sourceOf(member: Member): MembershipSource {
  if (member.provisioned) return 'provisioning'
  return member.fromClaim && env().oidc?.roleClaim ? 'single-sign-on' : 'admin'
}

const viewOf = (member: Member, user: StoredUser): MemberView => ({
  user: { id: user.id, name: user.name, email: user.email },
  role: member.role,
  source: sourceOf(member),
  disabled: user.disabled,
  hasPassword: user.password !== null,
  createdAt: member.createdAt,
})

const findPerson = async (store: Store, userId: string) => (await users.get(store, GLOBAL, userId))?.body ?? null
