import { RequestError } from '@/components/api/request'

const UNREACHABLE = 'The server cannot be reached. Check the connection and try again.'

async function post(path: string, fields: Record<string, string>): Promise<{ url?: string }> {
  try {
    const csrf = (await (await fetch('/api/auth/csrf')).json()) as { csrfToken?: string }
    const response = await fetch(path, {
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
  Throttled: 'Too many attempts. Wait a few minutes and try again.',
}

/** Why next-auth refused, in words. A code that is no word of ours is not shown. */
export function signInRefusal(code: string): string {
  return REASONS[code] ?? 'You could not be signed in. Try again.'
}

/** Signs in through next-auth's own routes. Throws `RequestError` with the reason in words. */
export async function signIn(email: string, password: string): Promise<void> {
  const { url } = await post('/api/auth/callback/credentials', { email, password, callbackUrl: window.location.origin })
  const code = url ? new URL(url, window.location.origin).searchParams.get('error') : 'CredentialsSignin'
  if (code) throw new RequestError('unauthenticated', 401, signInRefusal(code))
}

/** Ends this browser's session. */
export async function signOut(): Promise<void> {
  await post('/api/auth/signout', { callbackUrl: window.location.origin })
}
