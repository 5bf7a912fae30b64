import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NextRequest } from 'next/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeWorld, type World } from '@/lib/access/testing/world'
import { demoAccounts } from '@/lib/auth/demo-accounts'
import { encodeSession } from '@/lib/auth/session'
import { provideEnv } from '@/lib/env'
import middleware from '@/middleware'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

const visit = (path: string, cookie = '') =>
  middleware(new NextRequest(`http://watch.test${path}`, { headers: { cookie } }))

describe('a page', () => {
  it('sends strangers to sign in, and remembers where they were going', async () => {
    const response = await visit('/o/acme/sessions/ses_1?tab=a&b=c')
    expect(response.status).toBe(307)
    const target = new URL(response.headers.get('location') ?? '')
    expect([target.pathname, target.searchParams.get('next')]).toEqual(['/sign-in', '/o/acme/sessions/ses_1?tab=a&b=c'])
    expect((await visit('/', 'next-auth.session-token=forged')).status).toBe(307)
    expect((await visit('/sign-in')).status).toBe(200)
    expect((await visit('/setup')).status).toBe(200)
    expect((await visit('/setup-of-another-kind')).status).toBe(307)
  })

  it('runs scripts of its own nonce only, another one each time, and hands the nonce to the renderer', async () => {
    provideEnv({ ...world.env, production: true })
    const cookie = `next-auth.session-token=${await encodeSession({ id: 'usr_1', sessionVersion: 1 })}`
    const [one, two] = await Promise.all([visit('/o/acme', cookie), visit('/o/acme', cookie)])
    const policy = one.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe-eval')
    expect(one.headers.get('x-middleware-request-x-nonce')).toBe(nonce)
    expect(one.headers.get('x-middleware-request-content-security-policy')).toBe(policy)
    expect(two.headers.get('content-security-policy')).not.toBe(policy)
    expect(one.headers.get('x-content-type-options')).toBe('nosniff')
    provideEnv(world.env)
  })
})

describe('the demo’s accounts', () => {
  it('are offered in the demo on this machine only', async () => {
    const provisioning = join(world.folder, 'demo.yaml')
    await writeFile(
      provisioning,
      `users:
  - { email: ada@acme.test, name: Ada, password: correct horse }
  - { email: sso@acme.test, name: Sam }
organisations:
  - { slug: acme, name: Acme, members: [{ email: Ada@acme.test, role: admin }] }
  - { slug: globex, name: Globex, members: [{ email: ada@acme.test, role: viewer }] }
`,
    )
    const offered = async (demo: boolean, host: string) => {
      provideEnv({ ...world.env, provisioning, demo, host })
      return demoAccounts()
    }
    expect(await offered(true, '127.0.0.1')).toEqual([
      {
        email: 'ada@acme.test',
        name: 'Ada',
        password: 'correct horse',
        memberships: [
          { organisation: 'Acme', role: 'admin' },
          { organisation: 'Globex', role: 'viewer' },
        ],
      },
    ])
    expect(await offered(true, '0.0.0.0')).toEqual([])
    expect(await offered(false, '127.0.0.1')).toEqual([])
    provideEnv(world.env)
  })
})
