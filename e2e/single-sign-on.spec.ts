import { Issuer } from '../lib/auth/testing/issuer.ts'
import { expect, test } from './support/test.ts'
import { Troubles } from './support/troubles.ts'
import { World } from './support/world.ts'

test('people come by single sign-on, with the role that their claim names at that time', async ({ browser }) => {
  let issuer: Issuer | undefined
  const world = await World.start({
    provisioned: true,
    settings: async (url) => {
      issuer ??= await Issuer.start(() => ({
        clientId: 'longwatch',
        clientSecret: 'the secret of the client',
        redirectUris: [`${url}/api/auth/callback/oidc`],
      }))
      return {
        OIDC_ISSUER: issuer.url,
        OIDC_CLIENT_ID: 'longwatch',
        OIDC_CLIENT_SECRET: 'the secret of the client',
        OIDC_ROLE_CLAIM: 'groups',
      }
    },
  })
  const accounts = (issuer as Issuer).accounts
  const troubles = new Troubles(world)
  // Of the OpenID client that next-auth uses, once per process.
  troubles.provoke(/DEP0169/)
  const context = await browser.newContext({ baseURL: world.url })
  troubles.watch(context)
  const page = await context.newPage()
  const comeAs = async (login: string) => {
    // An open workspace would itself leave for the sign-in page as soon as its cookie is gone.
    await page.goto('about:blank')
    await context.clearCookies()
    await page.goto('/sign-in')
    await page.getByTestId('single-sign-on').click()
    await page.getByLabel('Login').fill(login)
    await page.getByRole('button', { name: 'Continue' }).click()
  }
  try {
    accounts.set('sofia', { email: 'sofia@acme.test', email_verified: true, name: 'Sofia', groups: ['editor'] })
    await comeAs('sofia')
    await expect(page).toHaveURL(/\/o\/acme$/)
    await expect(page.getByTestId('user-menu')).toContainText('Sofia')
    await expect(page.getByTestId('user-menu')).toContainText('editor')
    await page.goto('/o/acme/settings/profile')
    await expect(page.getByText('You sign in through the single sign-on')).toBeVisible()

    accounts.set('sofia', { email: 'sofia@acme.test', email_verified: true, name: 'Sofia', groups: ['viewer'] })
    await comeAs('sofia')
    await expect(page.getByTestId('user-menu')).toContainText('viewer')

    accounts.set('sofia', { email: 'sofia@acme.test', email_verified: true, name: 'Sofia', groups: ['something else'] })
    await comeAs('sofia')
    await expect(page.getByText('No organisation yet')).toBeVisible()

    accounts.set('mallory', { email: 'ada@acme.test', email_verified: false, name: 'Mallory', groups: ['admin'] })
    await comeAs('mallory')
    await expect(page.getByText('does not vouch for your e-mail address')).toBeVisible()
    expect((await page.request.get('/api/me')).status()).toBe(401)

    await comeAs('a-login-that-does-not-exist')
    await expect(page.getByText('The single sign-on did not let you in.')).toBeVisible()

    await issuer?.close()
    await page.goto('/sign-in')
    await page.getByTestId('single-sign-on').click()
    await expect(page.getByText('The single sign-on cannot be reached.')).toBeVisible()
    await expect(page.getByLabel('Password')).toBeVisible()
  } finally {
    await context.close()
    await world.stop()
    await issuer?.close().catch(() => undefined)
  }
  expect(troubles.unexpected()).toEqual([])
})
