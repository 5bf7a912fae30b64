import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { createUser, updateUser } from '@/lib/access/users'
import { isSignedInCookie } from '@/lib/auth/session'
import { Browser } from '@/lib/auth/testing/browser'
import { SIGN_IN_LIMITS } from '@/lib/auth/throttle'
import { provideEnv } from '@/lib/env'

let world: World
beforeAll(async () => {
  world = await makeWorld()
  await createUser(world.store, { email: 'ada@acme.test', name: 'Ada', password: 'correct horse' })
})
afterAll(() => world.end())

const browserAt = (address: string, origin?: string) => new Browser(world.services, address, origin)

describe('signing in', () => {
  it('gives a cookie that carries the user’s id, and signing out takes it back', async () => {
    const browser = browserAt('10.0.0.1')
    expect(await browser.signIn('ADA@acme.test', 'correct horse')).toMatchObject({
      status: 200,
      url: 'http://watch.test/o/acme',
    })
    expect(await browser.principal()).toMatchObject({ kind: 'user' })
    expect(await isSignedInCookie(browser.cookie)).toBe(true)
    const session = browser.set.find((line) => line.startsWith('next-auth.session-token=')) ?? ''
    expect(session).toMatch(/HttpOnly/i)
    expect(session).toMatch(/SameSite=Lax/i)
    expect(session).not.toMatch(/Secure/i)
    expect(session).not.toContain('acme')
    const { csrfToken } = await (await browser.request('/api/auth/csrf')).json()
    await browser.request('/api/auth/signout', { csrfToken, json: 'true' })
    expect(await browser.principal()).toBeNull()
  })

  it('keeps the user across a renewal, and a sign-out everywhere ends it', async () => {
    const browser = browserAt('10.0.0.2')
    await browser.signIn('ada@acme.test', 'correct horse')
    const before = await browser.principal()
    expect(Object.keys(await (await browser.request('/api/auth/session')).json())).toEqual(['expires'])
    expect(await browser.principal()).toEqual(before)
    await updateUser(world.store, before?.id ?? '', (user) => ({ ...user, sessionVersion: user.sessionVersion + 1 }))
    expect(await browser.principal()).toBeNull()
    await browser.request('/api/auth/session')
    expect(await browser.principal()).toBeNull()
  })

  it('sets Secure cookies over https, and then believes no other', async () => {
    provideEnv({ ...world.env, baseUrl: 'https://watch.test' })
    try {
      const browser = browserAt('10.0.0.3', 'https://watch.test')
      await browser.signIn('ada@acme.test', 'correct horse')
      const session = browser.set.find((line) => line.startsWith('__Secure-next-auth.session-token=')) ?? ''
      expect(session).toMatch(/; Secure/i)
      expect(await browser.principal()).toMatchObject({ kind: 'user' })
      const token = browser.cookies.get('__Secure-next-auth.session-token') ?? ''
      expect(await isSignedInCookie(`next-auth.session-token=${token}`)).toBe(false)
    } finally {
      provideEnv(world.env)
    }
  })

  it('answers a wrong password and an unknown address alike', async () => {
    const wrong = await browserAt('10.0.0.4').signIn('ada@acme.test', 'wrong horse')
    const unknown = await browserAt('10.0.0.4').signIn('nobody@acme.test', 'wrong horse')
    expect(wrong.status).toBe(401)
    expect([unknown.status, unknown.url]).toEqual([wrong.status, wrong.url])
    expect(wrong.url).toContain('error=CredentialsSignin')
  })

  it('does not lead to a foreign site, and wants the page’s own token', async () => {
    const browser = browserAt('10.0.0.5')
    const { csrfToken } = await (await browser.request('/api/auth/csrf')).json()
    const form = { csrfToken, email: 'ada@acme.test', password: 'correct horse', json: 'true' }
    const away = await browser.request('/api/auth/callback/credentials', { ...form, callbackUrl: 'https://evil.test/' })
    expect((await away.json()).url).not.toContain('evil')
    const other = browserAt('10.0.0.5')
    await other.request('/api/auth/callback/credentials', { ...form, csrfToken: 'forged' })
    expect(await other.principal()).toBeNull()
  })

  it('does not let a session be edited or log lines be written', async () => {
    const browser = browserAt('10.0.0.6')
    await expect(browser.request('/api/auth/_log', { level: 'error' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(browser.request('/api/auth/session', { a: 'b' })).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('guessing', () => {
  it('ends with 429 for an address, right password or not, also when all guesses come at once', async () => {
    await createUser(world.store, { email: 'kim@acme.test', name: 'Kim', password: 'correct horse' })
    const guesses = await Promise.all(
      Array.from({ length: SIGN_IN_LIMITS.email + 5 }, (_, guess) =>
        browserAt(`10.1.0.${guess}`).signIn('kim@acme.test', `guess number ${guess}`),
      ),
    )
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(SIGN_IN_LIMITS.email)
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(5)
    const right = await browserAt('10.1.1.1').signIn(' KIM@acme.test', 'correct horse')
    expect(right.status).toBe(429)
    expect(right.url).toContain('error=Throttled')
    expect(Number(right.response.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('is counted per network address too', async () => {
    const statuses: number[] = []
    for (let guess = 0; guess < SIGN_IN_LIMITS.address + 2; guess += 1) {
      const browser = browserAt('10.2.0.1')
      statuses.push((await browser.signIn(`person${guess}@acme.test`, 'wrong horse')).status)
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
  })

  it('does not count who signs in rightly', async () => {
    for (let visit = 0; visit < SIGN_IN_LIMITS.email + 2; visit += 1)
      expect((await browserAt('10.3.0.1').signIn('ada@acme.test', 'correct horse')).status).toBe(200)
  })
})
