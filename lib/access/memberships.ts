import { GLOBAL, members, membershipHints } from '@/lib/access/collections'
import { findOrganisation } from '@/lib/access/organisations'
import { findTokenAccess } from '@/lib/access/tokens'
import type { Membership, Principal, Role } from '@/lib/access/types'
import { roleAtLeast } from '@/lib/access/types'
import { findUser } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { badRequest, forbidden, notFound } from '@/lib/errors'
import { looksLikeOrganisationId } from '@/lib/ids'
import type { Store } from '@/lib/stores/contract'

/** More organisations than this nobody is in; the list is read whole. */
const MOST_MEMBERSHIPS = 500

/** Every organisation that the principal is in, with the role as it is now; the oldest membership first. */
export async function membershipsOf(store: Store, principal: Principal): Promise<Membership[]> {
  if (principal.kind === 'token') {
    const membership = await membershipIn(store, principal, principal.organisationId)
    return membership ? [membership] : []
  }
  const hints = await membershipHints.list(store, GLOBAL, {
    index: 'user',
    group: principal.id,
    order: 'ascending',
    limit: MOST_MEMBERSHIPS,
  })
  const found = await Promise.all(hints.items.map(({ body }) => membershipIn(store, principal, body.organisationId)))
  return found.filter((membership) => membership !== null)
}

/** The principal's role in the organisation, read now; null without one, and for disabled users and dead tokens. */
export async function membershipIn(
  store: Store,
  principal: Principal,
  organisationId: string,
): Promise<Membership | null> {
  const [organisation, role] = await Promise.all([
    findOrganisation(store, organisationId),
    roleIn(store, principal, organisationId),
  ])
  return organisation && role && { organisation, role }
}

async function roleIn(store: Store, principal: Principal, organisationId: string): Promise<Role | null> {
  if (principal.kind === 'token') {
    if (principal.organisationId !== organisationId) return null
    return (await findTokenAccess(store, organisationId, principal.id))?.role ?? null
  }
  const [user, member] = await Promise.all([
    findUser(store, principal.id),
    members.get(store, organisationId, principal.id),
  ])
  return user && member ? member.body.role : null
}

/**
 * The caller's membership in the organisation that a resource belongs to. Throws `not_found(what)` for a stranger, for
 * whom the resource does not exist, and `forbidden` when the role is lower than `minimum`.
 */
export async function requireMembership(
  ctx: Ctx,
  organisationId: string,
  minimum: Role = 'viewer',
  what = 'organisation',
): Promise<Membership> {
  const membership = await membershipIn(ctx.services.store, ctx.principal, organisationId)
  if (!membership) throw notFound(what)
  if (!roleAtLeast(membership.role, minimum)) throw forbidden(`This needs the role ${minimum} in the organisation.`)
  return membership
}

/** As `chooseOrganisation`; throws `forbidden` too when the role is lower than `minimum`. */
export async function chooseWithRole(ctx: Ctx, organisation: string | undefined, minimum: Role): Promise<Membership> {
  const membership = await chooseOrganisation(ctx, organisation)
  if (!roleAtLeast(membership.role, minimum)) throw forbidden(`This needs the role ${minimum} in the organisation.`)
  return membership
}

/**
 * The signed-in person who calls. Throws `forbidden` for API tokens: what gives somebody access (an invitation, a
 * token, a way to a new password) must not come from a key that may have leaked, and outlive it.
 */
export function requirePerson(principal: Principal): string {
  if (principal.kind !== 'user') throw forbidden('This needs a person who is signed in; an API token may not.')
  return principal.id
}

/**
 * The one of the caller's organisations that a request means, by id or slug. Throws `not_found` for a foreign one,
 * `bad_request` (field `org`) when none is named and the caller has several, `forbidden` when the caller has none.
 */
export async function chooseOrganisation(ctx: Ctx, organisation?: string): Promise<Membership> {
  const { store } = ctx.services
  // By its id it is found without the list of all.
  const byId =
    organisation !== undefined && looksLikeOrganisationId(organisation)
      ? await membershipIn(store, ctx.principal, organisation)
      : null
  if (byId) return byId
  const memberships = await membershipsOf(store, ctx.principal)
  if (organisation !== undefined) {
    const named = (test: (membership: Membership) => boolean) => memberships.find(test)
    const chosen =
      named((membership) => membership.organisation.id === organisation) ??
      named((membership) => membership.organisation.slug === organisation)
    if (!chosen) throw notFound('organisation')
    return chosen
  }
  const [first, ...others] = memberships
  if (!first) throw forbidden('You are not a member of any organisation.')
  if (others.length > 0) throw badRequest('org', 'You are in several organisations: name one, by id or slug.')
  return first
}
