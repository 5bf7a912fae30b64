import type { CookiesOptions } from 'next-auth'
import { COOKIE_PATH, COOKIE_SCOPE } from '@/lib/base-path'

const MINUTES = 60

/** next-auth's own name at the root of an address; under a base path one that no application above or beside it has. */
export const cookieName = (name: string, secure: boolean, scope = COOKIE_SCOPE): string =>
  `${secure ? '__Secure-' : ''}next-auth.${scope}${name}`

/**
 * next-auth's cookies, for this application's paths alone. At the root its own choice stands, whose token against forged
 * forms is bound to the host; that needs the path `/`.
 */
export function authCookies(secure: boolean, path = COOKIE_PATH, scope = COOKIE_SCOPE): Partial<CookiesOptions> {
  if (path === '/') return {}
  const options = { httpOnly: true, sameSite: 'lax', path, secure } as const
  const cookie = (name: string, more: { maxAge?: number } = {}) => ({
    name: cookieName(name, secure, scope),
    options: { ...options, ...more },
  })
  return {
    sessionToken: cookie('session-token'),
    callbackUrl: cookie('callback-url'),
    csrfToken: cookie('csrf-token'),
    pkceCodeVerifier: cookie('pkce.code_verifier', { maxAge: 15 * MINUTES }),
    state: cookie('state', { maxAge: 15 * MINUTES }),
    nonce: cookie('nonce'),
  }
}
