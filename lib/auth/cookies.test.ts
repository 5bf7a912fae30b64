import { expect, test } from 'vitest'
import { authCookies, cookieName } from '@/lib/auth/cookies'

test('at the root next-auth’s own cookies stand', () => {
  expect(authCookies(true, '/', '')).toEqual({})
  expect(cookieName('session-token', true, '')).toBe('__Secure-next-auth.session-token')
})

test('under a path they are for that path alone, under names that no neighbour has', () => {
  const cookies = authCookies(true, '/tools/longwatch', 'tools.longwatch.')
  const names = Object.values(cookies).map((cookie) => cookie?.name)
  expect(new Set(names).size).toBe(6)
  for (const cookie of Object.values(cookies)) {
    expect(cookie?.name).toMatch(/^__Secure-next-auth\.tools\.longwatch\./)
    expect(cookie?.options).toMatchObject({ path: '/tools/longwatch', httpOnly: true, sameSite: 'lax', secure: true })
  }
  expect(authCookies(false, '/longwatch', 'longwatch.').sessionToken?.name).toBe('next-auth.longwatch.session-token')
})
