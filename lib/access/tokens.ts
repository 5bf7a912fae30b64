import { hash as digest, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type ApiToken, GLOBAL, members, tokenHashes, tokens } from '@/lib/access/collections'
import { lowerRole, type Principal, type Role } from '@/lib/access/types'
import { findUser } from '@/lib/access/users'
import { conflict, notFound } from '@/lib/errors'
import { newResourceId } from '@/lib/ids'
import type { Versioned } from '@/lib/stores/collection'
import { commitOrThrow } from '@/lib/stores/commit'
import type { Operation, Store } from '@/lib/stores/contract'

/** What a token's value looks like. */
export const TOKEN_VALUE = /^lw_[A-Za-z0-9_-]{29,253}$/

/** `lastUsedAt` is written at most this often. */
const USE_RESOLUTION = 60_000

/** SHA-256: a token is random, so that a slow hash would add nothing. */
export const hashToken = (value: string) => digest('sha256', value, 'hex')
export const tokenPrefix = (value: string) => value.slice(0, 7)

export const isLive = (token: ApiToken, now = Date.now()) =>
  token.revokedAt === null && (token.expiresAt === null || token.expiresAt > now)

export interface NewToken {
  name: string
  role: Role
  /** Milliseconds since 1970; null: never. */
  expiresAt?: number | null
  /** The user whose it is; without one it is nobody's. */
  createdBy?: string | null
}

/**
 * Creates a token, together with what `alongside` gives for the organisation; its value is shown this once and kept
 * nowhere. Throws `conflict` when `alongside` is refused.
 */
export async function createToken(
  store: Store,
  organisationId: string,
  input: NewToken,
  alongside: (token: ApiToken) => Promise<Operation[]> = async () => [],
): Promise<{ token: ApiToken; value: string }> {
  const value = `lw_${randomBytes(32).toString('base64url')}`
  const token: ApiToken = {
    id: newResourceId('tok', organisationId),
    name: input.name,
    role: input.role,
    hash: hashToken(value),
    prefix: tokenPrefix(value),
    expiresAt: input.expiresAt ?? null,
    lastUsedAt: null,
    revokedAt: null,
    provisioned: false,
    createdBy: input.createdBy ?? null,
    createdAt: Date.now(),
  }
  await claimTokenHash(store, organisationId, token)
  await commitOrThrow(store, {
    partition: organisationId,
    operationId: randomUUID(),
    operations: [tokens.put(token.id, token, { ifAbsent: true }), ...(await alongside(token))],
  })
  return { token, value }
}

/**
 * Says in the global partition whose token a hash is; it comes before the token itself. Throws `conflict` when the
 * value belongs to another token that lives. A hash whose token is gone or dead can be claimed.
 */
export async function claimTokenHash(
  store: Store,
  organisationId: string,
  token: { id: string; hash: string },
): Promise<void> {
  const entry = { organisationId, tokenId: token.id }
  for (;;) {
    const before = await tokenHashes.get(store, GLOBAL, token.hash)
    if (before && before.body.organisationId === organisationId && before.body.tokenId === token.id) return
    if (before) {
      const other = await findLiveToken(store, before.body.organisationId, before.body.tokenId)
      if (other?.body.hash === token.hash) throw conflict('Another token has this value already.')
    }
    const condition = before ? { ifVersion: before.version } : { ifAbsent: true as const }
    const result = await store.commit({
      partition: GLOBAL,
      operationId: randomUUID(),
      operations: [tokenHashes.put(token.hash, entry, condition)],
    })
    if (result.status === 'applied') return
  }
}

/** The token of this id if it is neither revoked nor expired. */
export async function findLiveToken(
  store: Store,
  organisationId: string,
  tokenId: string,
): Promise<Versioned<ApiToken> | null> {
  const found = await tokens.get(store, organisationId, tokenId)
  return found && isLive(found.body) ? found : null
}

/** Whose a token was when it was last read: so that its creator is read meanwhile, and the token itself decides. */
const creators = new WeakMap<Store, LRUCache<string, string>>()

export interface TokenAccess {
  token: Versioned<ApiToken>
  role: Role
}

/**
 * A live token, and what it may do now: its own role, and never more than its creator's; null once the creator is no
 * member, or is disabled.
 */
export async function findTokenAccess(
  store: Store,
  organisationId: string,
  tokenId: string,
): Promise<TokenAccess | null> {
  const known = creators.get(store) ?? new LRUCache<string, string>({ max: LOOKED_UP })
  creators.set(store, known)
  const expected = known.get(tokenId)
  const finding = findLiveToken(store, organisationId, tokenId)
  const ahead = expected === undefined ? undefined : roleOfUser(store, organisationId, expected)
  ahead?.catch(() => undefined)
  const token = await finding
  if (!token) return null
  const { role, createdBy } = token.body
  if (!createdBy) return { token, role }
  known.set(tokenId, createdBy)
  const limit = await (createdBy === expected ? ahead : roleOfUser(store, organisationId, createdBy))
  return limit ? { token, role: lowerRole(role, limit) } : null
}

async function roleOfUser(store: Store, organisationId: string, userId: string): Promise<Role | null> {
  const [user, member] = await Promise.all([findUser(store, userId), members.get(store, organisationId, userId)])
  return user && member ? member.body.role : null
}

/** The principal whose token has this value; null when it is unknown, revoked or expired. Notes the use. */
export async function findPrincipalByToken(store: Store, value: string): Promise<Principal | null> {
  if (!TOKEN_VALUE.test(value)) return null
  const hash = hashToken(value)
  const found = await findByHash(store, hash)
  if (!found) return null
  const { organisationId, token } = found
  await noteUse(store, organisationId, token)
  return { kind: 'token', id: token.id, organisationId }
}

type HashEntry = { organisationId: string; tokenId: string }
/** Whose token a hash was when it was last looked up; only where to look, the organisation's record decides. */
const lookedUp = new WeakMap<Store, LRUCache<string, HashEntry>>()
const LOOKED_UP = 10_000

/** Whose this value was when it was last looked up: a guess, to ask ahead by; it lets nobody in. Null: not seen yet. */
export function likelyPrincipal(store: Store, value: string): Principal | null {
  const place = lookedUp.get(store)?.get(hashToken(value))
  return place ? { kind: 'token', id: place.tokenId, organisationId: place.organisationId } : null
}

/** The token of this hash, as it is stored now, if it may do anything. */
async function findByHash(
  store: Store,
  hash: string,
): Promise<{ organisationId: string; token: Versioned<ApiToken> } | null> {
  const known = lookedUp.get(store) ?? new LRUCache<string, HashEntry>({ max: LOOKED_UP })
  lookedUp.set(store, known)
  const expected = Buffer.from(hash)
  const look = async (entry: HashEntry | undefined) => {
    const access = entry && (await findTokenAccess(store, entry.organisationId, entry.tokenId))
    // The global entry may be left over from a token that has another value now.
    if (!access || !timingSafeEqual(Buffer.from(access.token.body.hash), expected)) return null
    return { organisationId: entry.organisationId, token: access.token }
  }
  const place = known.get(hash)
  const remembered = place && (await look(place))
  if (remembered) return remembered
  known.delete(hash)
  const entry = (await tokenHashes.get(store, GLOBAL, hash))?.body
  const found = await look(entry)
  if (found && entry) known.set(hash, entry)
  return found
}

async function noteUse(store: Store, organisationId: string, token: Versioned<ApiToken>): Promise<void> {
  const now = Date.now()
  if (token.body.lastUsedAt !== null && now - token.body.lastUsedAt < USE_RESOLUTION) return
  // Refused when somebody else changed the token meanwhile: the next use notes itself.
  await store.commit({
    partition: organisationId,
    operationId: randomUUID(),
    operations: [tokens.put(token.id, { ...token.body, lastUsedAt: now }, { ifVersion: token.version })],
  })
}

/** Ends a token, together with `alongside`, at once and for every request that follows. Throws `not_found`. */
export async function revokeToken(
  store: Store,
  organisationId: string,
  tokenId: string,
  alongside: Operation[] = [],
): Promise<void> {
  for (;;) {
    const found = await tokens.get(store, organisationId, tokenId)
    if (!found) throw notFound('token')
    if (found.body.revokedAt !== null) return
    const result = await store.commit({
      partition: organisationId,
      operationId: randomUUID(),
      operations: [
        tokens.put(tokenId, { ...found.body, revokedAt: Date.now() }, { ifVersion: found.version }),
        ...alongside,
      ],
    })
    if (result.status === 'applied') return
  }
}
