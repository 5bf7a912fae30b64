import type { Page } from '@playwright/test'
import { AT_1280, CALM, findsNothing, go } from './support/axe.ts'
import { pagesOfTheApplication } from './support/pages.ts'
import { invitationLink, joinAs, somebody } from './support/people.ts'
import { readyOf } from './support/settings.ts'
import { expect, test } from './support/test.ts'
import { Troubles } from './support/troubles.ts'
import { World } from './support/world.ts'

/** A page without a special state: where it is, and what is there once it stands. */
interface Visit {
  path: (page: Page) => Promise<string> | string
  ready: string
}

const settings = (name: string): Visit => ({ path: () => `/o/acme/settings/${name}`, ready: readyOf(name) })
async function firstId(page: Page, list: string, key: string): Promise<string> {
  const answer = (await (await page.request.get(list)).json()) as Record<string, { id: string }[]>
  return answer[key]?.[0]?.id ?? ''
}

/** Ada's pages. Those of strangers and those of nobody's organisation have tests of their own below. */
const VISITS: Record<string, Visit> = {
  '/o/[slug]': { path: () => '/o/acme', ready: '[data-testid=example]' },
  '/o/[slug]/approvals': { path: () => '/o/acme/approvals', ready: '[data-testid=no-approvals]' },
  '/o/[slug]/settings/audit': settings('audit'),
  '/o/[slug]/settings/diagnostics': settings('diagnostics'),
  '/o/[slug]/settings/general': settings('general'),
  '/o/[slug]/settings/mcp': settings('mcp'),
  '/o/[slug]/settings/mcp/[serverId]': {
    path: async (page) => `/o/acme/settings/mcp/${await firstId(page, '/api/mcp/servers?org=acme', 'servers')}`,
    ready: '[data-tool]',
  },
  '/o/[slug]/settings/mcp/new': settings('mcp/new'),
  '/o/[slug]/settings/members': settings('members'),
  '/o/[slug]/settings/models': settings('models'),
  '/o/[slug]/settings/models/[modelId]': {
    path: async (page) => `/o/acme/settings/models/${await firstId(page, '/api/models/configs?org=acme', 'models')}`,
    ready: 'h1',
  },
  '/o/[slug]/settings/models/new': settings('models/new'),
  '/o/[slug]/settings/profile': settings('profile'),
  '/o/[slug]/settings/prompts': settings('prompts'),
  '/o/[slug]/settings/runs': settings('runs'),
  '/o/[slug]/settings/tokens': settings('tokens'),
  '/o/[slug]/settings/tools': settings('tools'),
  '/o/[slug]/settings/usage': settings('usage'),
}
/** Looked at by the named tests of this file. */
const ELSEWHERE = ['/', '/invite/[secret]', '/o/[slug]/s/[sessionId]', '/o/[slug]/shared/[shareId]']
const BEFORE_SIGNING_IN = ['/reset/[secret]', '/setup', '/sign-in']
/** Leads to the first page that the role may open. */
const REDIRECTS = ['/o/[slug]/settings']

test('every page of the application is looked at here', () => {
  const looked = [...Object.keys(VISITS), ...ELSEWHERE, ...BEFORE_SIGNING_IN, ...REDIRECTS].sort()
  expect(looked).toEqual(pagesOfTheApplication())
})

test('axe finds nothing on the pages of an organisation and its settings', async ({ open }) => {
  test.setTimeout(240_000)
  const { page } = await open('ada', CALM)
  for (const [route, { path, ready }] of Object.entries(VISITS)) {
    await go(page, route, await path(page), ready)
    await findsNothing(page, route)
  }
})

test('axe finds nothing before one has signed in', async ({ open, openPage, troubles }) => {
  test.setTimeout(180_000)
  troubles.provoke(/status of 40[0149]/)
  const page = await openPage(CALM)
  await go(page, '/sign-in', '/sign-in', '[data-testid=demo-account]')
  await findsNothing(page, 'signing in')
  await page.getByLabel('E-mail').fill('nobody@acme.test')
  await page.getByLabel('Password').fill('wrong')
  await page.getByTestId('sign-in').click()
  await expect(page.getByText('E-mail or password is wrong.')).toBeVisible()
  await findsNothing(page, 'a refused sign-in')

  const ada = (await open('ada', CALM)).page
  const link = await invitationLink(ada, { role: 'viewer' })
  await go(page, '/invite/[secret]', link, '[data-testid=create-account]')
  await findsNothing(page, 'an invitation')
  await page.getByLabel('Your name').fill('Not Ada')
  await page.getByLabel('E-mail').fill('ada@acme.test')
  await page.getByLabel('Password').fill('a-long-enough-password')
  await page.getByTestId('create-account').click()
  await expect(page.getByText('There is an account with this address')).toBeVisible()
  await findsNothing(page, 'a refused account')
  await go(ada, '/invite/[secret]', link, 'h1')
  await findsNothing(ada, 'an invitation, signed in')
  await go(page, '/invite/[secret]', '/invite/inv_no-such-thing', '[data-testid=useless-link]')
  await findsNothing(page, 'a useless link')

  const kim = somebody('Kim')
  await joinAs(page, link, kim)
  await ada.goto('/o/acme/settings/members')
  const row = ada.locator(`[data-member="${kim.email}"]`)
  await row.getByTestId('member-menu').click()
  await findsNothing(ada, 'the menu of a member', AT_1280)
  await ada.getByRole('menuitem', { name: 'Link to a new password' }).click()
  await findsNothing(ada, 'a question before something is done')
  await ada.getByTestId('confirm').click()
  const reset = await ada.getByTestId('secret-once').inputValue()
  await findsNothing(ada, 'a secret that is shown once')
  await ada.getByTestId('secret-done').click()
  const strangers = await openPage(CALM)
  await go(strangers, '/reset/[secret]', reset, '[data-testid=set-password]')
  await findsNothing(strangers, 'a new password')

  await row.getByTestId('member-menu').click()
  await ada.getByRole('menuitem', { name: 'Remove from the organisation' }).click()
  await ada.getByTestId('confirm').click()
  await expect(row).toHaveCount(0)
  await go(page, '/', '/', 'h1')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('No organisation yet')
  await findsNothing(page, 'nobody’s member')
})

test('axe finds nothing on an empty server’s first page', async ({ browser }) => {
  const world = await World.start({ provisioned: false })
  const troubles = new Troubles(world)
  troubles.provoke(/status of 400/)
  const context = await browser.newContext({ baseURL: world.url, ...CALM })
  try {
    troubles.watch(context)
    const page = await context.newPage()
    await go(page, '/setup', '/', 'h1')
    await findsNothing(page, 'the set-up')
    await page.getByLabel('One-time code').fill('not-the-code')
    await page.getByLabel('Organisation').fill('Initech')
    await page.getByLabel('Your name').fill('Peter')
    await page.getByLabel('E-mail').fill('peter@initech.test')
    await page.getByLabel('Password').fill('a-long-enough-password')
    await page.getByTestId('finish-setup').click()
    await expect(page.getByText('This code is not valid.')).toBeVisible()
    await findsNothing(page, 'a refused set-up')
  } finally {
    await context.close()
    await world.stop()
  }
  expect(troubles.unexpected()).toEqual([])
})

test('axe finds nothing where there is nothing, where one may not be, and where a page broke', async ({
  open,
  troubles,
}) => {
  test.setTimeout(120_000)
  // React tells of what was thrown, in its own words.
  troubles.provoke(/status of 404/, /TypeError/, /error occurred/i)
  const { page } = await open('vera', CALM)
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here')
  await findsNothing(page, 'no page')
  await page.goto('/o/somebody-elses')
  await findsNothing(page, 'no organisation of yours')
  await page.goto('/o/acme/s/ses_no-such-session')
  await expect(page.getByText('This session does not exist')).toBeVisible()
  await findsNothing(page, 'no session')
  await page.goto('/o/acme/settings/members')
  await expect(page.getByTestId('may-not')).toBeVisible()
  await findsNothing(page, 'a page that is not for the role')

  // The server's answers as they never are: the page breaks while it is drawn.
  await page.route('**/api/suggestions*', (route) => route.fulfill({ json: { suggestions: [null] } }))
  await page.goto('/o/acme')
  await expect(page.getByText('This page could not be shown')).toBeVisible()
  await findsNothing(page, 'a broken page')
  // And where the organisation's own frame breaks, the whole application's stands in.
  await page.route('**/api/sessions?*', (route) => route.fulfill({ json: { sessions: [null], nextCursor: null } }))
  await page.goto('/o/acme/settings/profile')
  await expect(page.locator('main')).toHaveCount(1)
  await findsNothing(page, 'a list that broke')
})
