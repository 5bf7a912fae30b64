import { invitationLink, joinAs, PASSWORD, signInWith, somebody } from './support/people.ts'
import { expect, test } from './support/test.ts'

const PATH = '/o/acme/settings/members'

test('an admin invites somebody, changes their role and removes them', async ({ open, openPage, troubles }) => {
  troubles.provoke(/status of 404/)
  const { page } = await open('ada')
  await page.getByTestId('open-settings').click()
  await page.locator('[data-testid=settings-link][data-page=members]').click()
  await expect(page.locator('[data-member="eddie@acme.test"]')).toContainText('a provisioning file')
  await expect(page.locator('[data-member="eddie@acme.test"] select')).toHaveCount(0)

  const grace = somebody('Grace')
  await page.getByTestId('invite').click()
  await page.getByLabel('Role', { exact: true }).selectOption('viewer')
  await page.getByLabel('E-mail').fill(grace.email)
  await page.getByTestId('save-settings').click()
  const link = await page.getByTestId('secret-once').inputValue()
  expect(link).toContain('/invite/')
  await page.getByTestId('secret-done').click()
  await expect(page.locator(`[data-invitation="${grace.email}"]`)).toHaveAttribute('data-status', 'open')
  await page.reload()
  expect(await page.content()).not.toContain(link.split('/').at(-1))

  const hers = await openPage()
  await joinAs(hers, link, grace)
  await expect(hers.getByTestId('user-menu')).toContainText('viewer')
  await page.reload()
  await expect(page.locator(`[data-invitation="${grace.email}"]`)).toContainText('Grace')
  await page.getByLabel('Role of Grace').selectOption('editor')
  await expect(page.getByText('Grace is editor now.')).toBeVisible()
  await hers.reload()
  await expect(hers.getByTestId('user-menu')).toContainText('editor')

  const row = page.locator(`[data-member="${grace.email}"]`)
  await row.getByTestId('member-menu').click()
  await page.getByRole('menuitem', { name: 'Remove from the organisation' }).click()
  await page.getByTestId('confirm').click()
  await expect(row).toHaveCount(0)
  await hers.goto('/o/acme')
  await expect(hers.getByTestId('composer')).toHaveCount(0)
  const me = (await (await hers.request.get('/api/me')).json()) as { memberships: unknown[] }
  expect(me.memberships).toEqual([])
})

test('a removed member’s run stops, and what they made for scripts ends', async ({
  open,
  openPage,
  world,
  troubles,
}) => {
  // His page may ask for something of the organisation in the moment in which he is removed.
  troubles.provoke(/status of 40[14]/)
  const { page } = await open('ada')
  const max = somebody('Max')
  const his = await openPage()
  await joinAs(his, await invitationLink(page, { role: 'editor' }), max)
  const origin = new URL(page.url()).origin
  const made = await his.request.post('/api/tokens?org=acme', {
    headers: { origin },
    data: { name: 'ci', role: 'editor', expiresInDays: 1 },
  })
  const { value } = (await made.json()) as { value: string }
  const asScript = { authorization: `Bearer ${value}` }
  const run = await page.request.post('/api/agent/runs', {
    headers: asScript,
    data: { message: '[[words:4000]] for as long as I may' },
  })
  const { runId } = (await run.json()) as { runId: string }
  const { principal } = (await (await his.request.get('/api/me')).json()) as { principal: { id: string } }
  await expect.poll(async () => (await world.modelRequests('for as long as I may')).length).toBe(1)
  const removed = await page.request.delete(`/api/members/${principal.id}?org=acme`, { headers: { origin } })
  expect(removed.status()).toBe(204)
  expect((await page.request.get('/api/me', { headers: asScript })).status()).toBe(401)
  expect((await page.request.get(`/api/agent/runs/${runId}`, { headers: asScript })).status()).toBe(401)
  // The model's endpoint is let go of: nobody goes on asking it.
  await expect
    .poll(async () => (await world.modelRequests('for as long as I may')).map(({ status }) => status))
    .toEqual(['aborted'])
})

test('a link to a new password works once, and ends the person’s sign-ins', async ({ open, openPage, troubles }) => {
  troubles.provoke(/status of 40[14]/)
  const { page } = await open('ada')
  const kim = somebody('Kim')
  const hers = await openPage()
  await joinAs(hers, await invitationLink(page, { role: 'viewer' }), kim)
  await page.goto(PATH)
  await page.locator(`[data-member="${kim.email}"]`).getByTestId('member-menu').click()
  await page.getByRole('menuitem', { name: 'Link to a new password' }).click()
  await page.getByTestId('confirm').click()
  const link = await page.getByTestId('secret-once').inputValue()

  const other = await openPage()
  const response = await other.goto(link)
  expect(response?.headers()['referrer-policy']).toBe('no-referrer')
  await expect(other.getByLabel('E-mail')).toHaveValue(kim.email)
  await other.getByLabel('New password').fill('another-long-password')
  await other.getByTestId('set-password').click()
  await expect(other.getByTestId('user-menu')).toContainText('Kim')
  expect((await hers.request.get('/api/me')).status()).toBe(401)
  await other.goto(link)
  await expect(other.getByTestId('useless-link')).toBeVisible()

  const third = await openPage()
  await signInWith(third, kim.email, PASSWORD)
  await expect(third.getByText('E-mail or password is wrong.')).toBeVisible()
})

test('the last admin stays: a server administrator founds an organisation and cannot leave it without one', async ({
  open,
  troubles,
}) => {
  troubles.provoke(/status of 409/)
  const { page } = await open('ada')
  const name = somebody('Founders')
  const slug = name.email.split('@')[0] as string
  await page.getByTestId('org-switch').click()
  await page.getByTestId('create-organisation').click()
  await page.getByLabel('Name', { exact: true }).fill('Founders')
  await page.getByLabel('Short name in addresses').fill(slug)
  await page.getByTestId('save-settings').click()
  await expect(page).toHaveURL(new RegExp(`/o/${slug}$`))
  await expect(page.getByTestId('user-menu')).toContainText('admin')

  await page.goto(`/o/${slug}/settings/members`)
  const role = page.getByLabel('Role of Ada Admin')
  await role.selectOption('viewer')
  await expect(page.getByText('keeps at least one admin')).toBeVisible()
  await expect(role).toHaveValue('admin')
})

test('editors and viewers have no members page, and create no organisations', async ({ open }) => {
  for (const person of ['eddie', 'vera'] as const) {
    const { page } = await open(person)
    await page.goto(PATH)
    await expect(page.getByTestId('may-not')).toBeVisible()
    await expect(page.getByTestId('invite')).toHaveCount(0)
    await page.goto('/o/acme')
    await page.getByTestId('org-switch').click()
    await expect(page.getByTestId('create-organisation')).toHaveCount(0)
  }
})
