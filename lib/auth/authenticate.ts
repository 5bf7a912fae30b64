import { findPrincipalByToken, likelyPrincipal } from '@/lib/access/tokens'
import type { Principal } from '@/lib/access/types'
import { readSession } from '@/lib/auth/session'
import type { Services } from '@/lib/context'
import { LongwatchError } from '@/lib/errors'

/**
 * Who makes this request: a bearer token's principal, else the signed-in user, else null. A bearer token that is
 * wrong, revoked or expired throws `unauthenticated`; the cookie is not looked at then.
 */
export async function authenticate(
  services: Pick<Services, 'store'>,
  request: Pick<Request, 'headers'>,
): Promise<Principal | null> {
  if (usesBearer(request)) {
    const value = bearerOf(request)
    const principal = value ? await findPrincipalByToken(services.store, value) : null
    if (!principal) throw new LongwatchError('unauthenticated', 'This token is not valid.')
    return principal
  }
  return readSession(services.store, request.headers.get('cookie'))
}

/** Who seems to make the request, as far as this process remembers: to ask ahead by, never to let anybody in. */
export function likelyAsker({ store }: Pick<Services, 'store'>, request: Pick<Request, 'headers'>): Principal | null {
  const value = bearerOf(request)
  return value ? likelyPrincipal(store, value) : null
}

const bearerOf = (request: Pick<Request, 'headers'>) =>
  /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '')?.[1]

/** Whether the request names its own credentials, so that a browser's cookie has no say. */
export const usesBearer = (request: Pick<Request, 'headers'>) =>
  /^Bearer\b/i.test(request.headers.get('authorization') ?? '')
