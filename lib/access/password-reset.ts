import { randomUUID } from 'node:crypto'
import { auditOperationOf, recordAudit } from '@/lib/access/audit'
import { GLOBAL, type StoredUser } from '@/lib/access/collections'
import { chooseWithRole, membershipIn, membershipsOf, requirePerson } from '@/lib/access/memberships'
import { joinLink, matchesLink, newLinkSecret, splitLink } from '@/lib/access/secret-link'
import type { Principal } from '@/lib/access/types'
import { changePassword, findUser, isServerAdmin } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { conflict, forbidden, LongwatchError, notFound } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import { Collection, type Versioned } from '@/lib/stores/collection'
import { commitOrThrow } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'

export const RESET_LIFE = 24 * 3_600_000

interface PasswordReset {
  /** Of the secret in the link, which itself is kept nowhere. */
  hash: string
  userId: string
  /** Any change of the password, and any sign-out everywhere, makes the link useless. */
  sessionVersion: number
  organisationId: string
  createdBy: string
  expiresAt: number
}

/** Global: it changes a user. */
const resets = new Collection<PasswordReset>({ name: 'password-resets', v: 1 })

/**
 * `POST /api/members/{userId}/password-reset`: a link by which the person sets a new password, for the admin to hand over.
 * Its secret is in this answer and nowhere else. Throws `not_found`, `forbidden` where it would give the admin more than
 * they have, `conflict` for people who have no password here.
 */
export async function offerPasswordReset(
  ctx: Ctx,
  input: { org?: string; userId: string },
): Promise<{ secret: string; expiresAt: number }> {
  const { store } = ctx.services
  const createdBy = requirePerson(ctx.principal)
  const { organisation } = await chooseWithRole(ctx, input.org, 'admin')
  const membership = await membershipIn(store, { kind: 'user', id: input.userId }, organisation.id)
  const user = membership && (await findUser(store, input.userId))
  if (!user) throw notFound('member')
  if (user.id === createdBy) throw conflict('Change your own password in your profile.')
  await requireReach(store, { adminId: createdBy, organisationId: organisation.id, user: user.body })
  const { secret, hash } = newLinkSecret()
  const id = `rst_${randomId(20)}`
  const expiresAt = Date.now() + RESET_LIFE
  // The record comes first: there must be no link that nobody can read about.
  await recordEverywhere(ctx, user.body)
  const { sessionVersion } = user.body
  await commitOrThrow(store, {
    partition: GLOBAL,
    operationId: randomUUID(),
    operations: [
      resets.put(
        id,
        { hash, userId: user.id, sessionVersion, organisationId: organisation.id, createdBy, expiresAt },
        { ifAbsent: true, expiresIn: RESET_LIFE },
      ),
    ],
  })
  return { secret: joinLink(id, secret), expiresAt }
}

/** Whose password the link sets. Throws `not_found`, the same for a link that is wrong, used or expired. */
export async function readPasswordReset(
  { services }: Pick<Ctx, 'services'>,
  link: string,
): Promise<{ name: string; email: string }> {
  const { user } = await findUsable(services.store, link)
  return { name: user.name, email: user.email }
}

/**
 * `POST /api/password-reset`: sets the password and ends all sign-ins, once, whoever tries at the same time. Throws
 * `not_found` for a link that is of no use, `bad_request` (`password`).
 */
export async function resetPassword(
  ctx: Pick<Ctx, 'services' | 'origin'>,
  input: { secret: string; password: string },
): Promise<{ email: string }> {
  const { store } = ctx.services
  const { reset, user } = await findUsable(store, input.secret)
  await changePassword(store, user.id, input.password, {
    check: (now) => {
      if (now.disabled || now.sessionVersion !== reset.body.sessionVersion) throw useless()
    },
    alongside: [resets.delete(reset.id, reset.version)],
  }).catch((error) => {
    throw error instanceof LongwatchError && error.code === 'conflict' ? useless() : error
  })
  const principal: Principal = { kind: 'user', id: user.id }
  for (const { organisation } of await membershipsOf(store, principal)) {
    const input = { organisationId: organisation.id, action: 'password-reset.use', target: targetOf(user) }
    const operation = await auditOperationOf(ctx.services, { principal, origin: ctx.origin ?? null }, input)
    await store.commit({ partition: organisation.id, operationId: randomUUID(), operations: [operation] })
  }
  return { email: user.email }
}

const useless = () => notFound('link: it was used, is no longer valid, or is not complete')

async function findUsable(store: Store, link: string): Promise<{ reset: Versioned<PasswordReset>; user: StoredUser }> {
  const parts = splitLink(link)
  const reset = parts && (await resets.get(store, GLOBAL, parts.id))
  if (!parts || !reset || !matchesLink(parts.secret, reset.body.hash)) throw useless()
  const { userId, sessionVersion, expiresAt, createdBy, organisationId } = reset.body
  const user = await findUser(store, userId)
  if (!user || user.body.sessionVersion !== sessionVersion || expiresAt <= Date.now()) throw useless()
  try {
    // As it is now: the person may have become somebody over whom this admin has no say, the admin none at all.
    await requireReach(store, { adminId: createdBy, organisationId, user: user.body })
  } catch (error) {
    throw error instanceof LongwatchError && error.code !== 'unavailable' ? useless() : error
  }
  return { reset, user: user.body }
}

/**
 * Whoever has the link can become the person. So an admin may only make one for somebody who is nowhere more than the
 * admin is: in no organisation where the admin is none, and no server administrator. Server administrators may for all
 * members of an organisation where they are admin.
 */
async function requireReach(
  store: Store,
  { adminId, organisationId, user }: { adminId: string; organisationId: string; user: StoredUser },
): Promise<void> {
  const admin: Principal = { kind: 'user', id: adminId }
  const person: Principal = { kind: 'user', id: user.id }
  const [own, theirs] = await Promise.all([membershipsOf(store, admin), membershipsOf(store, person)])
  const administered = new Set(own.filter(({ role }) => role === 'admin').map(({ organisation }) => organisation.id))
  if (!administered.has(organisationId)) throw forbidden('This needs the role admin in the organisation.')
  if (!theirs.some(({ organisation }) => organisation.id === organisationId)) throw notFound('member')
  if (user.provisioned) throw conflict('A provisioning file manages this account; set the password there.')
  if (user.password === null)
    throw conflict('This person signs in through the single sign-on and has no password here.')
  if (await isServerAdmin(store, admin)) return
  if (user.serverAdmin || theirs.some(({ organisation }) => !administered.has(organisation.id)))
    throw forbidden(
      'This account reaches further than you administer: it is a server administrator’s, or belongs to an organisation where you are no admin. A server administrator who is an admin here can make the link.',
    )
}

const targetOf = ({ id, name }: StoredUser) => ({ kind: 'user', id, name })

/** In each of the person's organisations: the link opens all of them. */
async function recordEverywhere(ctx: Ctx, user: StoredUser): Promise<void> {
  for (const { organisation } of await membershipsOf(ctx.services.store, { kind: 'user', id: user.id }))
    await recordAudit(ctx, {
      organisationId: organisation.id,
      action: 'password-reset.create',
      target: targetOf(user),
    })
}
