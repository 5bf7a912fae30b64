import { auditOperation } from '@/lib/access/audit'
import { type ApiToken, GLOBAL, members, tokens, users } from '@/lib/access/collections'
import { chooseWithRole, requireMembership, requirePerson } from '@/lib/access/memberships'
import { createToken, isLive, revokeToken } from '@/lib/access/tokens'
import { type Role, roleAtLeast } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { badRequest, forbidden, notFound } from '@/lib/errors'
import { organisationOf } from '@/lib/ids'
import type { Store } from '@/lib/stores/contract'

const DAY = 24 * 3_600_000

export interface TokenView {
  id: string
  name: string
  role: Role
  prefix: string
  status: 'live' | 'expired' | 'revoked'
  /** Null: of a provisioning file, or of a time before tokens were somebody's. */
  createdBy: { id: string; name: string } | null
  provisioned: boolean
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
  revokedAt: number | null
}

/** `GET /api/tokens`, newest first: a member's own; for admins all of the organisation. */
export async function listTokens(
  ctx: Ctx,
  input: { org?: string; cursor?: string; limit: number },
): Promise<{ tokens: TokenView[]; nextCursor: string | null }> {
  const userId = requirePerson(ctx.principal)
  const { organisation, role } = await chooseWithRole(ctx, input.org, 'viewer')
  const { store } = ctx.services
  const page = await tokens.list(store, organisation.id, {
    index: role === 'admin' ? 'all' : 'creator',
    group: role === 'admin' ? 'all' : userId,
    order: 'descending',
    limit: input.limit,
    cursor: input.cursor,
  })
  const found = page.items.map(({ body }) => body)
  const names = await namesOf(store, found)
  return { tokens: found.map((token) => viewOf(token, names)), nextCursor: page.nextCursor }
}

export interface IssueTokenInput {
  org?: string
  name: string
  role: Role
  /** Null: never. */
  expiresInDays: number | null
}

/**
 * `POST /api/tokens`: a token of the caller's, with at most the caller's role. Its value is in this answer and nowhere
 * else. Throws `bad_request` (`role`), `forbidden` for callers that are tokens.
 */
export async function issueToken(ctx: Ctx, input: IssueTokenInput): Promise<{ token: TokenView; value: string }> {
  const userId = requirePerson(ctx.principal)
  const { organisation, role } = await chooseWithRole(ctx, input.org, 'viewer')
  if (!roleAtLeast(role, input.role)) throw badRequest('role', `You are ${role} here: a token of yours may not more.`)
  const { store } = ctx.services
  const member = await members.get(store, organisation.id, userId)
  if (!member) throw notFound('organisation')
  const { token, value } = await createToken(
    store,
    organisation.id,
    {
      name: input.name,
      role: input.role,
      expiresAt: input.expiresInDays === null ? null : Date.now() + input.expiresInDays * DAY,
      createdBy: userId,
    },
    async (made) => [
      // Whoever was removed, or got another role, in between makes none.
      members.check(userId, member.version),
      await auditOperation(ctx, {
        organisationId: organisation.id,
        action: 'token.create',
        target: { kind: 'token', id: made.id, name: made.name },
        after: made,
      }),
    ],
  )
  return { token: viewOf(token, await namesOf(store, [token])), value }
}

/** `DELETE /api/tokens/{id}`, by whose it is or an admin. Throws `not_found`, `forbidden`. */
export async function endToken(ctx: Ctx, input: { tokenId: string }): Promise<void> {
  const { store } = ctx.services
  const organisationId = organisationOf('tok', input.tokenId)
  if (!organisationId) throw notFound('token')
  const { role } = await requireMembership(ctx, organisationId, 'viewer', 'token')
  const found = await tokens.get(store, organisationId, input.tokenId)
  const isOwn = ctx.principal.kind === 'user' && found?.body.createdBy === ctx.principal.id
  const isItself = ctx.principal.kind === 'token' && ctx.principal.id === input.tokenId
  // Other people's tokens are for admins to see.
  if (!found || (!isOwn && !isItself && role !== 'admin')) {
    if (role !== 'admin') throw forbidden('Only its owner or an admin may revoke a token.')
    throw notFound('token')
  }
  if (found.body.revokedAt !== null) return
  const audit = await auditOperation(ctx, {
    organisationId,
    action: 'token.revoke',
    target: { kind: 'token', id: found.id, name: found.body.name },
    before: found.body,
    after: { ...found.body, revokedAt: Date.now() },
  })
  await revokeToken(store, organisationId, input.tokenId, [audit])
}

function viewOf(token: ApiToken, names: Map<string, string>): TokenView {
  const { id, name, role, prefix, provisioned, createdAt, expiresAt, lastUsedAt, revokedAt, createdBy } = token
  return {
    id,
    name,
    role,
    prefix,
    status: revokedAt !== null ? 'revoked' : isLive(token) ? 'live' : 'expired',
    createdBy: createdBy ? { id: createdBy, name: names.get(createdBy) ?? createdBy } : null,
    provisioned,
    createdAt,
    expiresAt,
    lastUsedAt,
    revokedAt,
  }
}

async function namesOf(store: Store, found: ApiToken[]): Promise<Map<string, string>> {
  const ids = [...new Set(found.flatMap(({ createdBy }) => (createdBy ? [createdBy] : [])))]
  const people = await users.getMany(store, GLOBAL, ids)
  return new Map(people.flatMap((user) => (user ? [[user.id, user.body.name]] : [])))
}
