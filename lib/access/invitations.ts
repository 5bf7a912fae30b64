import { randomUUID } from 'node:crypto'
import { auditOperation, auditOperationOf } from '@/lib/access/audit'
import { GLOBAL, members, users } from '@/lib/access/collections'
import { changeMembership } from '@/lib/access/membership-change'
import { chooseWithRole, membershipIn, requireMembership, requirePerson } from '@/lib/access/memberships'
import { nextMoment } from '@/lib/access/moment'
import { findOrganisation } from '@/lib/access/organisations'
import { joinLink, matchesLink, newLinkSecret, splitLink } from '@/lib/access/secret-link'
import type { Organisation, Principal, Role } from '@/lib/access/types'
import { createUser, discardUser, findUser, findUserByEmail, normaliseEmail } from '@/lib/access/users'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict, forbidden, notFound } from '@/lib/errors'
import { newResourceId, organisationOf } from '@/lib/ids'
import { Collection, type Versioned } from '@/lib/stores/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Operation, Store } from '@/lib/stores/contract'

const DAY = 24 * 3_600_000
export const INVITATION_DAYS = { usual: 7, most: 30 }
/** What became of an invitation can be read so long after its end. */
const KEPT = 30 * DAY

type InvitationState =
  | { status: 'open' }
  | { status: 'accepted'; userId: string; at: number }
  | { status: 'revoked'; at: number }

export interface Invitation {
  id: string
  /** Of the secret in the link, which itself is kept nowhere. */
  hash: string
  role: Role
  /** Only the person of this address may accept; null: whoever has the link. */
  email: string | null
  createdBy: string
  createdAt: number
  expiresAt: number
  state: InvitationState
}

/** Of an organisation. */
const invitations = new Collection<Invitation>({
  name: 'invitations',
  v: 1,
  indexes: (invitation) => [{ index: 'all', group: 'all', sort: invitation.createdAt }],
})

const put = (invitation: Invitation, condition: { ifVersion: number } | { ifAbsent: true }): Operation =>
  invitations.put(invitation.id, invitation, {
    ...condition,
    expiresIn: Math.max(invitation.expiresAt - Date.now(), 0) + KEPT,
  })

export interface InvitationView {
  id: string
  role: Role
  email: string | null
  status: 'open' | 'accepted' | 'revoked' | 'expired'
  createdBy: { id: string; name: string }
  acceptedBy: { id: string; name: string } | null
  createdAt: number
  expiresAt: number
}

/** `GET /api/invitations`, for admins: newest first, those that ended in the last month included. */
export async function listInvitations(
  ctx: Ctx,
  input: { org?: string; cursor?: string; limit: number },
): Promise<{ invitations: InvitationView[]; nextCursor: string | null }> {
  const { organisation } = await chooseWithRole(ctx, input.org, 'admin')
  const page = await invitations.list(ctx.services.store, organisation.id, {
    index: 'all',
    group: 'all',
    order: 'descending',
    limit: input.limit,
    cursor: input.cursor,
  })
  const views = await viewsOf(
    ctx.services.store,
    page.items.map(({ body }) => body),
  )
  return { invitations: views, nextCursor: page.nextCursor }
}

export interface InviteInput {
  org?: string
  role: Role
  email?: string
  expiresInDays?: number
}

/**
 * `POST /api/invitations`: the link's secret is in this answer and nowhere else. Throws `forbidden` for all but admins
 * who are people.
 */
export async function invite(ctx: Ctx, input: InviteInput): Promise<{ invitation: InvitationView; secret: string }> {
  const createdBy = requirePerson(ctx.principal)
  const { organisation } = await chooseWithRole(ctx, input.org, 'admin')
  const { secret, hash } = newLinkSecret()
  const createdAt = nextMoment()
  const invitation: Invitation = {
    id: newResourceId('inv', organisation.id),
    hash,
    role: input.role,
    email: input.email === undefined ? null : normaliseEmail(input.email),
    createdBy,
    createdAt,
    expiresAt: createdAt + (input.expiresInDays ?? INVITATION_DAYS.usual) * DAY,
    state: { status: 'open' },
  }
  await commitOrThrow(ctx.services.store, {
    partition: organisation.id,
    operationId: randomUUID(),
    operations: [
      put(invitation, { ifAbsent: true }),
      await auditOperation(ctx, {
        organisationId: organisation.id,
        action: 'invitation.create',
        target: targetOf(invitation),
        after: invitation,
      }),
    ],
  })
  const [view] = await viewsOf(ctx.services.store, [invitation])
  return { invitation: view as InvitationView, secret: joinLink(invitation.id, secret) }
}

/** `DELETE /api/invitations/{id}`, for admins. Throws `not_found`, `conflict` when it was accepted. */
export async function revokeInvitation(ctx: Ctx, input: { invitationId: string }): Promise<void> {
  const { store } = ctx.services
  const organisationId = organisationOf('inv', input.invitationId)
  if (!organisationId) throw notFound('invitation')
  await requireMembership(ctx, organisationId, 'admin', 'invitation')
  await retryOnConflict(10, async () => {
    const found = await invitations.get(store, organisationId, input.invitationId)
    if (!found) throw notFound('invitation')
    const { state } = found.body
    if (state.status === 'accepted') throw conflict('Somebody accepted this invitation already.')
    if (state.status === 'revoked') return
    const after: Invitation = { ...found.body, state: { status: 'revoked', at: Date.now() } }
    await commitOrThrow(store, {
      partition: organisationId,
      operationId: randomUUID(),
      operations: [
        put(after, { ifVersion: found.version }),
        await auditOperation(ctx, {
          organisationId,
          action: 'invitation.revoke',
          target: targetOf(after),
          before: found.body,
          after,
        }),
      ],
    })
  })
}

/** What whoever has the link may know. */
export interface OpenInvitation {
  organisation: Pick<Organisation, 'id' | 'slug' | 'name'>
  role: Role
  email: string | null
  expiresAt: number
}

/** What an invitation is to. Throws `not_found`, the same for a link that is wrong, used, revoked or expired. */
export async function readInvitation({ services }: Pick<Ctx, 'services'>, link: string): Promise<OpenInvitation> {
  const { organisation, invitation } = await findOpen(services.store, link)
  return pictureOf(organisation, invitation.body)
}

export interface AcceptInput {
  secret: string
  /** Null: nobody is signed in, and an account is made. */
  principal: Principal | null
  account?: { email: string; name: string; password: string }
}

/**
 * `POST /api/invitations/accept`: the caller becomes a member, or an account is made that is one; once, whoever tries
 * at the same time. Throws `not_found` for a link that is of no use, `forbidden` for another person's, `conflict` for
 * members and for an address that has an account, `bad_request` for what is wrong with a new account.
 */
export async function acceptInvitation(
  ctx: Pick<Ctx, 'services' | 'requestId' | 'origin'>,
  input: AcceptInput,
): Promise<OpenInvitation & { userId: string }> {
  const { store } = ctx.services
  const { invitation, organisation } = await findOpen(store, input.secret)
  if (input.principal) {
    const userId = requirePerson(input.principal)
    const user = await findUser(store, userId)
    const { email } = invitation.body
    if (!user || (email !== null && user.body.email !== email))
      throw forbidden('This invitation is for another address. Sign in as the person whom it is for.')
    await join(ctx, { organisation, invitation: invitation.body, link: input.secret, userId, name: user.body.name })
    return { ...pictureOf(organisation, invitation.body), userId }
  }
  const { account } = input
  if (!account) throw badRequest('account', 'Sign in, or give a name, an address and a password for a new account.')
  if (invitation.body.email !== null && normaliseEmail(account.email) !== invitation.body.email)
    throw badRequest('account.email', 'This invitation is for another address.')
  if (await findUserByEmail(store, account.email))
    throw badRequest('account.email', 'There is an account with this address: sign in to accept the invitation.')
  // The account comes first: one whose acceptance was killed can sign in and open the link again.
  const user = await createUser(store, { ...account, emailVouched: invitation.body.email !== null })
  try {
    await join(ctx, { organisation, invitation: invitation.body, link: input.secret, userId: user.id, name: user.name })
  } catch (error) {
    await discardUser(store, user)
    throw error
  }
  return { ...pictureOf(organisation, invitation.body), userId: user.id }
}

async function join(
  ctx: Pick<Ctx, 'services' | 'origin'>,
  input: { organisation: Organisation; invitation: Invitation; link: string; userId: string; name: string },
): Promise<void> {
  const { organisation, link, userId, name } = input
  const { role } = input.invitation
  const { store } = ctx.services
  const principal: Principal = { kind: 'user', id: userId }
  const by = { principal, origin: ctx.origin ?? null }
  await changeMembership(store, organisation.id, userId, {
    change: (before) => {
      if (before) throw conflict('You are a member of this organisation already.')
      return { userId, role, provisioned: false, createdAt: nextMoment() }
    },
    // Read anew at each attempt: the invitation may have been accepted or revoked, its maker's role taken, meanwhile.
    alongside: async () => {
      const { invitation, maker } = await findOpen(store, link)
      return [
        put(
          { ...invitation.body, state: { status: 'accepted', userId, at: Date.now() } },
          { ifVersion: invitation.version },
        ),
        members.check(invitation.body.createdBy, maker),
        await auditOperationOf(ctx.services, by, {
          organisationId: organisation.id,
          action: 'invitation.accept',
          target: { kind: 'user', id: userId, name },
          after: { invitation: invitation.id, role },
        }),
      ]
    },
  })
}

interface Found {
  organisation: Organisation
  invitation: Versioned<Invitation>
  /** The version of its maker's membership. */
  maker: number
}

/** An invitation is worth what its maker may give: it ends when they are no admin any more. */
async function findOpen(store: Store, link: string): Promise<Found> {
  const none = notFound('invitation: the link was used, revoked, has expired, or is not complete')
  const parts = splitLink(link)
  const organisationId = parts && organisationOf('inv', parts.id)
  if (!parts || !organisationId) throw none
  const invitation = await invitations.get(store, organisationId, parts.id)
  if (!invitation || !matchesLink(parts.secret, invitation.body.hash)) throw none
  const { createdBy, state, expiresAt } = invitation.body
  if (state.status !== 'open' || expiresAt <= Date.now()) throw none
  const [organisation, maker, membership] = await Promise.all([
    findOrganisation(store, organisationId),
    members.get(store, organisationId, createdBy),
    membershipIn(store, { kind: 'user', id: createdBy }, organisationId),
  ])
  if (!organisation || !maker || membership?.role !== 'admin') throw none
  return { organisation, invitation, maker: maker.version }
}

function pictureOf({ id, slug, name }: Organisation, { role, email, expiresAt }: Invitation): OpenInvitation {
  return { organisation: { id, slug, name }, role, email, expiresAt }
}

const targetOf = ({ id, email, role }: Invitation) => ({
  kind: 'invitation',
  id,
  name: email ? `${role} for ${email}` : role,
})

async function viewsOf(store: Store, found: Invitation[]): Promise<InvitationView[]> {
  const ids = found.flatMap(({ createdBy, state }) => [createdBy, ...('userId' in state ? [state.userId] : [])])
  const people = await users.getMany(store, GLOBAL, [...new Set(ids)])
  const names = new Map(people.flatMap((user) => (user ? [[user.id, user.body.name]] : [])))
  const named = (id: string) => ({ id, name: names.get(id) ?? id })
  return found.map(({ id, role, email, createdBy, createdAt, expiresAt, state }) => ({
    id,
    role,
    email,
    status: state.status === 'open' && expiresAt <= Date.now() ? 'expired' : state.status,
    createdBy: named(createdBy),
    acceptedBy: 'userId' in state ? named(state.userId) : null,
    createdAt,
    expiresAt,
  }))
}
