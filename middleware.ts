import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { isSignedInCookie } from '@/lib/auth/session'
import { env } from '@/lib/env'
import { contentSecurityPolicy } from '@/lib/http/content-security-policy'

/** Pages only: every handler and every page authorises for itself. */
export const config = {
  runtime: 'nodejs',
  // Under a base path the second one alone would leave the start out.
  matcher: ['/', '/((?!api/|_next/|favicon|icon|apple-icon|robots.txt|manifest).*)'],
}

const PUBLIC_PAGES = ['/sign-in', '/setup', '/invite', '/reset']
/** Their addresses carry a secret: no page and no server that a link leads to is told where the visitor came from. */
const SECRET_PAGES = ['/invite/', '/reset/']

/** Sends visitors who are not signed in to the sign-in page, and gives every page its security headers. */
export default async function middleware(request: NextRequest): Promise<NextResponse> {
  const nonce = randomBytes(16).toString('base64')
  const policy = contentSecurityPolicy(nonce, env().production)
  const { pathname, search } = request.nextUrl
  const open = PUBLIC_PAGES.some((page) => pathname === page || pathname.startsWith(`${page}/`))
  if (!open && !(await isSignedInCookie(request.headers.get('cookie')))) {
    const target = request.nextUrl.clone()
    target.pathname = '/sign-in'
    target.search = pathname === '/' ? '' : `?${new URLSearchParams({ next: pathname + search })}`
    return secured(NextResponse.redirect(target), { policy, pathname })
  }
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  // Next.js takes the nonce of its own scripts from here.
  headers.set('content-security-policy', policy)
  return secured(NextResponse.next({ request: { headers } }), { policy, pathname })
}

function secured(response: NextResponse, { policy, pathname }: { policy: string; pathname: string }): NextResponse {
  const hasSecret = SECRET_PAGES.some((page) => pathname.startsWith(page))
  response.headers.set('content-security-policy', policy)
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('referrer-policy', hasSecret ? 'no-referrer' : 'strict-origin-when-cross-origin')
  response.headers.set('cross-origin-opener-policy', 'same-origin')
  return response
}
