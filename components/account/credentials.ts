import { RequestError } from '@/components/api/request'
import { apiUrl, siteUrl } from '@/components/site'

const UNREACHABLE = 'The server cannot be reached. Check the connection and try again.'

async function post(path: `/api/${string}`, fields: Record<string, string>): Promise<{ url?: string }> {
  try {
    const csrf = (await (await fetch(apiUrl('/api/auth/csrf'))).json()) as { csrfToken?: string }
    const response = await fetch(apiUrl(path), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, csrfToken: csrf.csrfToken ?? '', json: 'true' }),
    })
    const answer = (await response.json().catch(() => ({}))) as { url?: string }
    if (response.status === 429) {
      throw new RequestError('rate_limited', 429, 'Too many attempts. Wait a few minutes and try again.')
    }
    if (response.status >= 500) throw new RequestError('internal', response.status, 'The server could not sign you in.')
    return answer
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw new RequestError('unreachable', 0, UNREACHABLE)
  }
}

const REASONS: Record<string, string> = {
  CredentialsSignin: 'E-mail or password is wrong.',
  AccessDenied: 'This account has no access. Ask an administrator to add you.',
  EmailNotVerified: 'Your single sign-on does not vouch for your e-mail address, so that no account is opened for it.',
  OtherIdentity: 'There is an account with your e-mail address that belongs to another person of your single sign-on.',
  OAuthSignin: 'The single sign-on cannot be reached. Try again later, or sign in with a password.',
  OAuthCallback: 'The single sign-on did not confirm who you are. Try again.',
  Callback: 'The single sign-on did not let you in.',
  Throttled: 'Too many attempts. Wait a few minutes and try again.',
}

/** Why next-auth refused, in words. A code that is no word of ours is not shown. */
export function signInRefusal(code: string): string {
  return REASONS[code] ?? 'You could not be signed in. Try again.'
}

/** Signs in through next-auth's own routes. Throws `RequestError` with the reason in words. */
export async function signIn(email: string, password: string): Promise<void> {
  const { url } = await post('/api/auth/callback/credentials', { email, password, callbackUrl: siteUrl() })
  const code = url ? new URL(url, window.location.origin).searchParams.get('error') : 'CredentialsSignin'
  if (code) throw new RequestError('unauthenticated', 401, signInRefusal(code))
}

/** Leaves for the single sign-on, to come back to a path of this site. Throws `RequestError` with the reason in words. */
export async function signInElsewhere(destination: string): Promise<void> {
  const { url } = await post('/api/auth/signin/oidc', {
    callbackUrl: siteUrl(destination),
  })
  const target = url ? new URL(url, window.location.origin) : null
  const code = target?.origin === window.location.origin ? target.searchParams.get('error') : null
  if (!target || code) throw new RequestError('unavailable', 503, signInRefusal(code ?? 'OAuthSignin'))
  window.location.assign(target.href)
}

/** Ends this browser's session. */
export async function signOut(): Promise<void> {
  await post('/api/auth/signout', { callbackUrl: siteUrl() })
}
