import type { NextAuthOptions } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import type { StoredUser } from '@/lib/access/collections'
import { findUser, verifyPassword } from '@/lib/access/users'
import { authCookies } from '@/lib/auth/cookies'
import { SESSION_SECONDS } from '@/lib/auth/session'
import { findSignedOn, signOn, singleSignOnProvider } from '@/lib/auth/single-sign-on'
import { admitSignIn } from '@/lib/auth/throttle'
import { withBasePath } from '@/lib/base-path'
import type { Services } from '@/lib/context'
import { env } from '@/lib/env'

/** What the sign-in page shows as "too many attempts". */
export const THROTTLED = 'Throttled'

export interface SignInRequest {
  address: string
  secure: boolean
  /** Told when an attempt was refused for its number. */
  onThrottled: (retryAfterSeconds: number) => void
}

/** next-auth for one request. The browser's token carries the user's id and sign-in generation, nothing else. */
export function authOptions(services: Services, request: SignInRequest): NextAuthOptions {
  const { store, logger } = services
  const { oidc, sessionSecret } = env()
  return {
    secret: sessionSecret,
    useSecureCookies: request.secure,
    cookies: authCookies(request.secure),
    session: { strategy: 'jwt', maxAge: SESSION_SECONDS },
    pages: { signIn: withBasePath('/sign-in'), error: withBasePath('/sign-in') },
    providers: [
      CredentialsProvider({
        name: 'E-mail and password',
        credentials: { email: { type: 'email' }, password: { type: 'password' } },
        authorize: async (credentials) => {
          const { email, password } = credentials ?? {}
          if (typeof email !== 'string' || typeof password !== 'string' || !email || !password) return null
          const attempt = await admitSignIn(store, email, request.address)
          if (!attempt.admitted) {
            request.onThrottled(attempt.retryAfterSeconds)
            throw new Error(THROTTLED)
          }
          const user = await verifyPassword(store, email, password)
          if (user) await attempt.forgive()
          return user && { id: user.id }
        },
      }),
      ...(oidc ? [singleSignOnProvider(oidc)] : []),
    ],
    callbacks: {
      signIn: async ({ account, profile }) => {
        if (account?.provider === 'credentials') return true
        const result = await signOn(services, profile)
        if ('user' in result) return true
        logger.warn({ refusal: result.refusal }, 'Somebody whom the single sign-on knows was not let in')
        return withBasePath(`/sign-in?error=${result.refusal}`)
      },
      jwt: async ({ token, user, account, profile }) => {
        if (!user) return { sub: token.sub, version: token.version }
        const signedIn: StoredUser | null | undefined =
          account?.provider === 'credentials'
            ? (await findUser(store, user.id))?.body
            : await findSignedOn(store, profile?.sub)
        return signedIn ? { sub: signedIn.id, version: signedIn.sessionVersion } : {}
      },
      // Who that is, `/api/me` says.
      session: ({ session }) => ({ expires: session.expires }),
    },
    logger: {
      // Its metadata may hold what a provider answered: the code says enough.
      error: (code, metadata) =>
        logger.warn({ authError: code, err: 'error' in metadata ? metadata.error : metadata }, 'Sign-in failed'),
      warn: () => undefined,
      debug: () => undefined,
    },
  }
}
