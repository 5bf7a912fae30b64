import { recordAudit } from '@/lib/access/audit'
import type { StoredUser } from '@/lib/access/collections'
import { membershipsOf, requirePerson } from '@/lib/access/memberships'
import { changePassword, endSignIns, findUser, updateUser, verifyPasswordOf } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict, notFound } from '@/lib/errors'

export interface Profile {
  id: string
  name: string
  email: string
  /** False: this person signs in through the single sign-on only. */
  hasPassword: boolean
  singleSignOn: boolean
  /** A provisioning file decides over name and password. */
  provisioned: boolean
  serverAdmin: boolean
}

/** `GET /api/profile`. Throws `forbidden` for API tokens. */
export async function getProfile(ctx: Ctx): Promise<Profile> {
  return profileOf(await ownUser(ctx))
}

/** `PATCH /api/profile`. Throws `conflict` for provisioned people. */
export async function changeProfile(ctx: Ctx, input: { name: string }): Promise<Profile> {
  const user = await ownUser(ctx)
  const before = { name: user.name }
  const changed = await updateUser(ctx.services.store, user.id, (stored) => {
    requireUnprovisioned(stored)
    return stored.name === input.name ? stored : { ...stored, name: input.name }
  })
  if (before.name !== changed.name) await recordEverywhere(ctx, user, 'profile.change', before, { name: changed.name })
  return profileOf(changed)
}

/**
 * `POST /api/profile/password`: another password, against the one until now; it ends all sign-ins, the caller's too.
 * Throws `bad_request` (`current`, `password`), `conflict` for provisioned people and those who have no password.
 */
export async function changeOwnPassword(ctx: Ctx, input: { current: string; password: string }): Promise<void> {
  const user = await ownUser(ctx)
  requireUnprovisioned(user)
  if (user.password === null) throw conflict('You sign in through the single sign-on: there is no password here.')
  if (!(await verifyPasswordOf(user, input.current)))
    throw badRequest('current', 'This is not your password until now.')
  await changePassword(ctx.services.store, user.id, input.password, {
    // Somebody else's change in between: the password that was checked is not the one that would be replaced.
    check: (now) => {
      if (now.password !== user.password) throw badRequest('current', 'This is not your password until now.')
    },
  })
  await recordEverywhere(ctx, user, 'password.change')
}

/** `POST /api/profile/sign-out-everywhere`: ends every sign-in, on every device, the caller's too. */
export async function signOutEverywhere(ctx: Ctx): Promise<void> {
  const user = await ownUser(ctx)
  await endSignIns(ctx.services.store, user.id)
  await recordEverywhere(ctx, user, 'sign-in.end-all')
}

async function ownUser(ctx: Ctx): Promise<StoredUser> {
  const user = await findUser(ctx.services.store, requirePerson(ctx.principal))
  if (!user) throw notFound('user')
  return user.body
}

function requireUnprovisioned(user: StoredUser): void {
  if (user.provisioned) throw conflict('A provisioning file manages this account; change it there.')
}

/** An account is nobody's but the person's; every organisation that they are in shall know. */
async function recordEverywhere(ctx: Ctx, user: StoredUser, action: string, before?: object, after?: object) {
  for (const { organisation } of await membershipsOf(ctx.services.store, ctx.principal)) {
    await recordAudit(ctx, {
      organisationId: organisation.id,
      action,
      target: { kind: 'user', id: user.id, name: user.name },
      before,
      after,
    })
  }
}

const profileOf = (user: StoredUser): Profile => ({
  id: user.id,
  name: user.name,
  email: user.email,
  hasPassword: user.password !== null,
  singleSignOn: user.identity != null,
  provisioned: user.provisioned,
  serverAdmin: user.serverAdmin === true,
})
