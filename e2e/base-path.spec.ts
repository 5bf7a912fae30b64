import { Issuer } from '../lib/auth/testing/issuer.ts'
import { ensureBuild } from '../scripts/lib.mjs'
import { Chat } from './support/chat.ts'
import { NeighbourProxy } from './support/neighbour-proxy.ts'
import { joinAs, somebody } from './support/people.ts'
import { expect, signInAs, test } from './support/test.ts'
import { Troubles } from './support/troubles.ts'
import { World } from './support/world.ts'

const BASE = '/tools/longwatch'
const BUILD = { basePath: BASE, buildDirectory: '.next-base-path' }

test.beforeAll(async () => {
  test.setTimeout(240_000)
  await ensureBuild({ basePath: BASE, directory: BUILD.buildDirectory })
})

/** The application under its path, behind a proxy that has something else at the root, and single sign-on. */
async function underPath() {
  let target = ''
  let issuer: Issuer | undefined
  const proxy = await NeighbourProxy.start(BASE, () => target)
  const world = await World.start({
    ...BUILD,
    provisioned: true,
    settings: async (url) => {
      target = new URL(url).origin
      issuer ??= await Issuer.start(() => ({
        clientId: 'longwatch',
        clientSecret: 'the secret of the client',
        redirectUris: [`${proxy.url}${BASE}/api/auth/callback/oidc`],
      }))
      return {
        NEXTAUTH_URL: `${proxy.url}${BASE}`,
        OIDC_ISSUER: issuer.url,
        OIDC_CLIENT_ID: 'longwatch',
        OIDC_CLIENT_SECRET: 'the secret of the client',
        OIDC_ROLE_CLAIM: 'groups',
      }
    },
  })
  const end = async () => {
    await world.stop()
    await issuer?.close()
    await proxy.close()
  }
  return { world, proxy, issuer: issuer as unknown as Issuer, home: `${proxy.url}${BASE}`, end }
}

test('under a base path everything works and nothing leaves it', async ({ browser }) => {
  test.setTimeout(240_000)
  const { world, proxy, issuer, home, end } = await underPath()
  const troubles = new Troubles(world)
  troubles.provoke(/DEP0169/)
  const context = await browser.newContext()
  troubles.watch(context)
  try {
    const page = await context.newPage()
    await page.goto(home)
    await expect(page).toHaveURL(`${home}/sign-in`)
    await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', `${BASE}/icon.svg`)
    await signInAs(page, 'ada')
    await expect(page).toHaveURL(`${home}/o/acme`)
    const chat = new Chat(page)

    // Asking gives the chat an address of its own; a reload in mid-answer goes on.
    await chat.ask('[[words:120]] [[rate:40]] under a path')
    await expect(page).toHaveURL(new RegExp(`^${home}/o/acme/s/ses_`))
    await chat.untilWords(10)
    await page.reload()
    await chat.showsWordsOnce(120)
    const { sessionId, sessionPath } = chat
    await page.getByRole('link', { name: 'New chat' }).first().click()
    await expect(page).toHaveURL(`${home}/o/acme`)
    await chat.link(sessionId).click()
    await expect(page).toHaveURL(`${proxy.url}${sessionPath}`)
    await chat.showsWordsOnce(120)

    // Taken along as a file, and shared with a second tab over the one connection.
    const download = page.waitForEvent('download')
    await page.getByTestId('session-menu').click()
    await chat.chooseMenuItem('Export as Markdown')
    expect((await download).url()).toBe(`${home}/api/sessions/${sessionId}/export?format=markdown`)
    await page.getByTestId('session-menu').click()
    await chat.chooseMenuItem('Share…')
    await page.getByTestId('create-share').click()
    const shared = page.getByTestId('share').getByRole('link')
    await expect(shared).toHaveAttribute('href', new RegExp(`^${BASE}/o/acme/shared/`))
    const reader = await context.newPage()
    await reader.goto(`${proxy.url}${await shared.getAttribute('href')}`)
    await expect(reader.getByText('under a path').first()).toBeVisible()
    await reader.close()
    await page.keyboard.press('Escape')

    // An invitation leads here, and joining; settings are saved.
    const invitation = await page.request.post(`${home}/api/invitations?org=acme`, {
      headers: { origin: proxy.url },
      data: { role: 'viewer' },
    })
    const { url: link } = (await invitation.json()) as { url: string }
    expect(link).toMatch(new RegExp(`^${home}/invite/`))
    const guest = await browser.newContext()
    troubles.watch(guest)
    const guestPage = await guest.newPage()
    await joinAs(guestPage, link, somebody('Gustav'))
    await expect(guestPage).toHaveURL(`${home}/o/acme`)
    await guestPage.goto(`${home}/o/acme/settings/profile`)
    await guestPage.getByLabel('Name', { exact: true }).fill('Gustav under a Path')
    await guestPage.getByTestId('save-settings').first().click()
    await expect(guestPage.getByText('Your profile is saved.')).toBeVisible()
    await guestPage.reload()
    await expect(guestPage.getByTestId('user-menu')).toContainText('Gustav under a Path')
    await guestPage.getByLabel('Name', { exact: true }).fill('Not saved')
    await guestPage.getByRole('link', { name: 'Approvals' }).click()
    await guestPage.getByRole('button', { name: 'Leave' }).click()
    await expect(guestPage).toHaveURL(`${home}/o/acme/approvals`)
    await guest.close()

    // What the browser keeps is this application's alone.
    const kept = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])
    expect(kept.length).toBeGreaterThan(0)
    for (const key of kept) expect(key).toMatch(/^longwatch:tools\.longwatch:/)
    const cookies = await context.cookies()
    expect(cookies.length).toBeGreaterThan(2)
    for (const cookie of cookies) {
      expect(cookie.path).toBe(BASE)
      expect(cookie.name).toContain('tools.longwatch.')
    }
    const description = (await (await page.request.get(`${home}/api/openapi.json`)).json()) as { servers: unknown }
    expect(description.servers).toEqual([{ url: BASE }])
    expect((await page.request.get(`${home}/api/ready`)).status()).toBe(200)

    // Out, and where one wanted to go is known after the next sign-in.
    await page.getByTestId('user-menu').click()
    await page.getByTestId('sign-out').click()
    await expect(page).toHaveURL(`${home}/sign-in`)
    await page.goto(`${proxy.url}${sessionPath}`)
    await expect(page).toHaveURL(`${home}/sign-in?${new URLSearchParams({ next: sessionPath.slice(BASE.length) })}`)
    await page.locator('[data-testid=demo-account][data-email="ada@acme.test"]').click()
    await expect(page).toHaveURL(`${proxy.url}${sessionPath}`)
    await chat.showsWordsOnce(120)

    // Single sign-on comes back to its address under the path, refusals too.
    issuer.accounts.set('sofia', { email: 'sofia@acme.test', email_verified: true, name: 'Sofia', groups: ['editor'] })
    issuer.accounts.set('mallory', { email: 'ada@acme.test', email_verified: false, name: 'Mallory' })
    for (const login of ['mallory', 'sofia']) {
      await page.goto('about:blank')
      await context.clearCookies()
      await page.goto(`${home}/sign-in`)
      await page.getByTestId('single-sign-on').click()
      await page.getByLabel('Login').fill(login)
      await page.getByRole('button', { name: 'Continue' }).click()
      if (login === 'mallory') await expect(page.getByText('does not vouch for your e-mail address')).toBeVisible()
    }
    await expect(page).toHaveURL(`${home}/o/acme`)
    await expect(page.getByTestId('user-menu')).toContainText('Sofia')
    expect(proxy.strays).toEqual([])
  } finally {
    await context.close()
    await end()
  }
  expect(troubles.unexpected()).toEqual([])
})

test('a start that is told another path than the build’s is refused with a sentence', async () => {
  await expect(World.start({ provisioned: false, buildDirectory: BUILD.buildDirectory })).rejects.toThrow(
    /LONGWATCH_BASE_PATH: expected \/tools\/longwatch, as when it was built/,
  )
})
