import type { Organisation, Role } from '@/lib/access/types'
import { Collection } from '@/lib/stores/collection'

/** The partition of what belongs to no organisation. It is written first, and verified against the organisation on read. */
export const GLOBAL = 'global'

export interface StoredUser {
  id: string
  /** As `normaliseEmail` leaves it. */
  email: string
  name: string
  /** See `lib/access/passwords.ts`; null: cannot sign in by password. */
  password: string | null
  /** Part of every sign-in cookie; raising it signs out everywhere. */
  sessionVersion: number
  provisioned: boolean
  /** Left the provisioning file: may do nothing, but keeps the id in case of a return. */
  disabled: boolean
  /** May create organisations. */
  serverAdmin?: boolean
  /** Somebody vouches that the address is this person's: an operator, an admin who invited it, a single sign-on. */
  emailVouched?: boolean
  /** Who this is at the single sign-on. */
  identity?: { issuer: string; subject: string } | null
  createdAt: number
}

/** Global. */
export const users = new Collection<StoredUser>({
  name: 'users',
  v: 1,
  indexes: (user) => [{ index: 'all', group: 'all', sort: user.createdAt }],
})

/** Global; the id is the normalised address: it makes addresses unique. */
export const userEmails = new Collection<{ userId: string }>({ name: 'user-emails', v: 1 })

/** Global; the id is a digest of issuer and subject: the account that a single sign-on leads to. */
export const identities = new Collection<{ userId: string }>({ name: 'identities', v: 1 })

/** Global; where to look for a user's memberships. The organisation's `members` decides. */
export const membershipHints = new Collection<{ userId: string; organisationId: string; createdAt: number }>({
  name: 'membership-hints',
  v: 1,
  indexes: (hint) => [{ index: 'user', group: hint.userId, sort: hint.createdAt }],
})

/** Global; the list of organisations, by creation. */
export const organisationList = new Collection<{ slug: string; createdAt: number }>({
  name: 'organisation-list',
  v: 1,
  indexes: (entry) => [{ index: 'all', group: 'all', sort: entry.createdAt }],
})

/** Global; the id is the slug: it makes slugs unique. */
export const organisationSlugs = new Collection<{ organisationId: string }>({ name: 'organisation-slugs', v: 1 })

/** Global; the id is the SHA-256 of a token's value. The organisation's `tokens` decides. */
export const tokenHashes = new Collection<{ organisationId: string; tokenId: string }>({ name: 'token-hashes', v: 1 })

/** The organisation's own record is the only document of this collection in its partition. */
export const organisations = new Collection<Organisation>({ name: 'organisation', v: 1 })
export const ORGANISATION_DOCUMENT = 'organisation'

export interface Member {
  userId: string
  role: Role
  provisioned: boolean
  /** The role follows the claim of the single sign-on. */
  fromClaim?: boolean
  createdAt: number
}

/** Of an organisation; the id is the user's. */
export const members = new Collection<Member>({
  name: 'members',
  v: 1,
  indexes: (member) => [{ index: 'all', group: 'all', sort: member.createdAt }],
})

/**
 * Of an organisation: who its admins are, one document. It is rewritten, under its version, with every change of an
 * admin, so that two who leave at the same time cannot both be the last one but one.
 */
export const adminLists = new Collection<{ userIds: string[] }>({ name: 'admins', v: 1 })
export const ADMIN_LIST = 'admins'

export interface ApiToken {
  id: string
  name: string
  role: Role
  /** SHA-256 of the value, which itself is kept nowhere. */
  hash: string
  /** The value's first characters, to tell tokens apart. */
  prefix: string
  expiresAt: number | null
  lastUsedAt: number | null
  revokedAt: number | null
  provisioned: boolean
  /** The user whose it is: the token never may more than they, and ends with their membership. Null: nobody's. */
  createdBy?: string | null
  createdAt: number
}

/** Of an organisation. */
export const tokens = new Collection<ApiToken>({
  name: 'tokens',
  v: 1,
  indexes: (token) => [
    { index: 'all', group: 'all', sort: token.createdAt },
    ...(token.createdBy ? [{ index: 'creator', group: token.createdBy, sort: token.createdAt }] : []),
  ],
})
