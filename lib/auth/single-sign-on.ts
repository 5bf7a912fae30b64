import type { Profile } from 'next-auth'
import type { OAuthConfig } from 'next-auth/providers/oauth'
import { z } from 'zod'
import type { StoredUser } from '@/lib/access/collections'
import { listOrganisations, putMember } from '@/lib/access/organisations'
import { isSetupOpen } from '@/lib/access/setup'
import { ROLES, type Role } from '@/lib/access/types'
import { createUser, findUser, findUserByEmail } from '@/lib/access/users'
import { type Env, env } from '@/lib/env'
import type { Store } from '@/lib/stores/contract'

/** The OpenID Connect provider of `OIDC_*`, with PKCE, state and nonce. */
export function singleSignOnProvider(oidc: NonNullable<Env['oidc']>): OAuthConfig<Profile> {
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
    profile: (profile) => ({ id: profile.sub ?? '' }),
  }
}

const claims = z.looseObject({
  email: z.email(),
  email_verified: z.boolean().optional(),
  name: z.string().trim().min(1).max(100).optional().catch(undefined),
})

/**
 * The user whom the provider vouches for by e-mail address, made at the first sign-in. With `OIDC_ROLE_CLAIM`, the highest
 * role that the claim names is the user's in the only (else the first) organisation. Null when the address is missing or
 * not verified, the user is disabled, or nothing has been set up yet.
 */
export async function readSingleSignOnUser(store: Store, profile: unknown): Promise<StoredUser | null> {
  const parsed = claims.safeParse(profile)
  if (!parsed.success || parsed.data.email_verified === false) return null
  const { email, name } = parsed.data
  // Before the set-up there is no organisation to be in, and a first user would close it.
  if (await isSetupOpen(store)) return null
  const existing = await findUserByEmail(store, email)
  const user = existing?.body ?? (await createUser(store, { email, name: name ?? email, password: null }))
  if (!(await findUser(store, user.id))) return null
  const role = roleFrom(parsed.data)
  const [organisation] = role ? await listOrganisations(store) : []
  if (role && organisation) await putMember(store, organisation.id, { userId: user.id, role })
  return user
}

function roleFrom(profile: Record<string, unknown>): Role | null {
  const claim = env().oidc?.roleClaim
  const value = claim ? profile[claim] : null
  const named = Array.isArray(value) ? value : [value]
  return [...ROLES].reverse().find((role) => named.includes(role)) ?? null
}
