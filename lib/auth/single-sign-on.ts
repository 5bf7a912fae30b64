import { createHash } from 'node:crypto'
import type { Profile } from 'next-auth'
import type { OAuthConfig } from 'next-auth/providers/oauth'
import { z } from 'zod'
import { auditOperationOf } from '@/lib/access/audit'
import { GLOBAL, identities, type StoredUser } from '@/lib/access/collections'
import { endWhatMemberLeft } from '@/lib/access/member-administration'
import { changeMembership } from '@/lib/access/membership-change'
import { nextMoment } from '@/lib/access/moment'
import { listOrganisations } from '@/lib/access/organisations'
import { isSetupOpen } from '@/lib/access/setup'
import { ROLES, type Role } from '@/lib/access/types'
import { createUser, findUser, findUserByEmail, newUserId, updateUser } from '@/lib/access/users'
import type { Services } from '@/lib/context'
import { type Env, env } from '@/lib/env'
import { LongwatchError } from '@/lib/errors'
import type { Operation, Store } from '@/lib/stores/contract'

type Oidc = NonNullable<Env['oidc']>

/** How long the issuer may take for each of its answers. */
const ISSUER_TIMEOUT = 10_000

/** The OpenID Connect provider of `OIDC_*`, with PKCE, state and nonce. */
export function singleSignOnProvider(oidc: Oidc): OAuthConfig<Profile> {
  return {
    id: 'oidc',
    name: 'Single sign-on',
    type: 'oauth',
    issuer: oidc.issuer,
    wellKnown: `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    clientId: oidc.clientId,
    clientSecret: oidc.clientSecret,
    authorization: { params: { scope: 'openid email profile' } },
    idToken: true,
    checks: ['pkce', 'state', 'nonce'],
    httpOptions: { timeout: ISSUER_TIMEOUT },
    userinfo: {
      // Many issuers keep the ID token small and tell address and groups at the userinfo endpoint only.
      request: async ({ tokens, client }) => {
        const claimed = 'claims' in tokens && typeof tokens.claims === 'function' ? tokens.claims() : {}
        const wanted = ['email', 'email_verified', 'name', ...(oidc.roleClaim ? [oidc.roleClaim] : [])]
        const isWhole = wanted.every((claim) => claim in claimed)
        if (isWhole || !client.issuer.metadata.userinfo_endpoint || !tokens.access_token) return claimed
        return { ...(await client.userinfo(tokens.access_token)), ...claimed }
      },
    },
    profile: (profile) => ({ id: profile.sub ?? '' }),
  }
}

const claims = z.looseObject({
  sub: z.string().min(1).max(255),
  email: z.email().max(254).optional().catch(undefined),
  // Some issuers send it as a text.
  email_verified: z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .optional()
    .catch(false),
  name: z.string().trim().min(1).max(100).optional().catch(undefined),
})
type Claims = z.output<typeof claims>

/** Why somebody whom the issuer signed in is not let in; the sign-in page puts it in words. */
export type SignOnRefusal = 'AccessDenied' | 'EmailNotVerified' | 'OtherIdentity'

export type SignOn = { user: StoredUser } | { refusal: SignOnRefusal }

/**
 * Lets in whom the issuer signed in. It is the account of this issuer and subject; at the first time the one whose address
 * the issuer vouches for, else a new one. With `OIDC_ROLE_CLAIM` the role in the first organisation follows the claim.
 */
export async function signOn(services: Services, profile: unknown): Promise<SignOn> {
  const { oidc } = env()
  const parsed = claims.safeParse(profile)
  if (!oidc || !parsed.success) return { refusal: 'AccessDenied' }
  // Before the set-up there is no organisation to be in, and a first user would close it.
  if (await isSetupOpen(services.store)) return { refusal: 'AccessDenied' }
  const found = await findAccount(services.store, oidc, parsed.data)
  if ('refusal' in found) return found
  if (oidc.roleClaim) await followClaim(services, found.user, roleFrom(parsed.data, oidc.roleClaim))
  return found
}

/** The account that this issuer and subject led to; null when they are unknown, or it is disabled. */
export async function findSignedOn(store: Store, subject: unknown): Promise<StoredUser | null> {
  const { oidc } = env()
  if (!oidc || typeof subject !== 'string') return null
  const identity = await identities.get(store, GLOBAL, identityId(oidc.issuer, subject))
  return (identity && (await findUser(store, identity.body.userId))?.body) ?? null
}

const identityId = (issuer: string, subject: string) =>
  createHash('sha256').update(`${issuer}\0${subject}`).digest('hex')

async function findAccount(store: Store, oidc: Oidc, profile: Claims): Promise<SignOn> {
  for (let attempt = 1; ; attempt += 1) {
    const id = identityId(oidc.issuer, profile.sub)
    if (await identities.get(store, GLOBAL, id)) {
      const known = await findSignedOn(store, profile.sub)
      return known ? { user: known } : { refusal: 'AccessDenied' }
    }
    const { email } = profile
    // Whoever can claim any address at the issuer must not get the account of that address here.
    if (!email || !(profile.email_verified ?? oidc.trustEmail)) return { refusal: 'EmailNotVerified' }
    const identity = { issuer: oidc.issuer, subject: profile.sub }
    const bind = (userId: string): Operation => identities.put(id, { userId }, { ifAbsent: true })
    try {
      const existing = await findUserByEmail(store, email)
      if (existing) return await bindAccount(store, existing.body, identity, bind(existing.id))
      const made = { email, name: profile.name ?? email, password: null, emailVouched: true, identity }
      return { user: await createWith(store, made, bind) }
    } catch (error) {
      // Another first sign-in of the same person was faster: it is found now.
      if (!(error instanceof LongwatchError && error.code === 'conflict') || attempt >= 5) throw error
    }
  }
}

async function createWith(
  store: Store,
  made: Parameters<typeof createUser>[1],
  bind: (userId: string) => Operation,
): Promise<StoredUser> {
  const id = newUserId()
  return createUser(store, { ...made, id }, [bind(id)])
}

/**
 * Makes an account that exists the issuer's person's. If nobody vouched for its address when it was made, whoever made
 * it may be somebody else: their password and their sign-ins end.
 */
async function bindAccount(
  store: Store,
  user: StoredUser,
  identity: { issuer: string; subject: string },
  bind: Operation,
): Promise<SignOn> {
  if (user.disabled) return { refusal: 'AccessDenied' }
  // The address went to another person at the issuer: the account did not.
  if (user.identity?.issuer === identity.issuer) return { refusal: 'OtherIdentity' }
  const change = (before: StoredUser): StoredUser =>
    before.emailVouched === false
      ? { ...before, identity, emailVouched: true, password: null, sessionVersion: before.sessionVersion + 1 }
      : { ...before, identity }
  return { user: await updateUser(store, user.id, change, [bind]) }
}

/** The highest role that the claim names. */
function roleFrom(profile: Claims, claim: string): Role | null {
  const value = profile[claim]
  const named = Array.isArray(value) ? value : [value]
  return [...ROLES].reverse().find((role) => named.includes(role)) ?? null
}

/**
 * Gives the role in the first organisation, and takes away what an earlier claim gave when this one names none. What a
 * provisioning file says stays, as does what an admin gave somebody whose claim names no role, and the last admin.
 */
async function followClaim(services: Services, user: StoredUser, role: Role | null): Promise<void> {
  const { store, logger } = services
  const [organisation] = await listOrganisations(store)
  if (!organisation) return
  const organisationId = organisation.id
  try {
    const { before, after } = await changeMembership(store, organisationId, user.id, {
      change: (member) => {
        if (member?.provisioned) return member
        if (!role) return member?.fromClaim ? null : member
        if (member?.role === role && member.fromClaim) return member
        const createdAt = member?.createdAt ?? nextMoment()
        return { userId: user.id, role, provisioned: false, fromClaim: true, createdAt }
      },
      alongside: async (change) => {
        const verb = change.after ? (change.before ? 'change-role' : 'add') : 'remove'
        const target = { kind: 'user', id: user.id, name: user.name }
        const input = { organisationId, action: `member.${verb}`, target, ...change }
        return [await auditOperationOf(services, { principal: null, origin: null }, input)]
      },
    })
    if (before && !after) await endWhatMemberLeft(services, { organisationId, userId: user.id, by: 'single-sign-on' })
  } catch (error) {
    if (!(error instanceof LongwatchError && error.code === 'conflict')) throw error
    logger.warn({ userId: user.id, organisationId, role }, 'The single sign-on’s claim would leave no admin: kept')
  }
}
