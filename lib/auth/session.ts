import { decode, encode } from 'next-auth/jwt'
import { z } from 'zod'
import type { StoredUser } from '@/lib/access/collections'
import type { Principal } from '@/lib/access/types'
import { findUser } from '@/lib/access/users'
import { cookieName } from '@/lib/auth/cookies'
import { env } from '@/lib/env'
import type { Store } from '@/lib/stores/contract'

/** How long a sign-in lasts without a visit. */
export const SESSION_SECONDS = 30 * 24 * 60 * 60

/** What the browser's token says: who, and of which generation of sign-ins. Roles are never in it. */
const claims = z.object({ sub: z.string().min(1), version: z.number().int() })

const PLAIN_COOKIE = cookieName('session-token', false)
const SECURE_COOKIE = cookieName('session-token', true)

/** next-auth's two names. A site that is known to be https does not believe the plain one, which others could plant. */
const cookieNames = () => (env().baseUrl?.startsWith('https:') ? [SECURE_COOKIE] : [SECURE_COOKIE, PLAIN_COOKIE])

/** Whether the cookie is a sign-in of ours that has not expired, as far as that shows without the store. */
export async function isSignedInCookie(cookieHeader: string | null): Promise<boolean> {
  const cookies = parseCookies(cookieHeader ?? '')
  for (const name of cookieNames()) if (await readClaims(joinChunks(cookies, name))) return true
  return false
}

/** The signed-in user's principal; null when the cookie is missing, forged, expired, or from before a sign-out everywhere. */
export async function readSession(store: Store, cookieHeader: string | null): Promise<Principal | null> {
  const cookies = parseCookies(cookieHeader ?? '')
  for (const name of cookieNames()) {
    const session = await readClaims(joinChunks(cookies, name))
    if (!session) continue
    const user = await findUser(store, session.sub)
    if (user && user.body.sessionVersion === session.version) return { kind: 'user', id: user.id }
  }
  return null
}

/** A browser token for the user, as the sign-in sets it. */
export const encodeSession = (user: Pick<StoredUser, 'id' | 'sessionVersion'>) =>
  encode({
    token: { sub: user.id, version: user.sessionVersion },
    secret: env().sessionSecret,
    maxAge: SESSION_SECONDS,
  })

async function readClaims(token: string) {
  if (!token) return null
  try {
    const parsed = claims.safeParse(await decode({ token, secret: env().sessionSecret }))
    return parsed.success ? parsed.data : null
  } catch {
    // Forged, expired, or sealed with another secret: nobody is signed in.
    return null
  }
}

function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const part of header.split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0) cookies.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  return cookies
}

/** A large token comes as `name.0`, `name.1` … */
function joinChunks(cookies: Map<string, string>, name: string): string {
  const whole = cookies.get(name)
  if (whole) return whole
  let joined = ''
  for (let chunk = 0; cookies.has(`${name}.${chunk}`); chunk += 1) joined += cookies.get(`${name}.${chunk}`)
  return joined
}
