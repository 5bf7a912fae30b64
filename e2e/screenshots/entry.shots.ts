import { invitationLink, PASSWORD } from '../support/people.ts'
import { World } from '../support/world.ts'
import { call, expect, test } from './shots.ts'

test('signing in, and what can go wrong', async ({ openPage, shoot }) => {
  const page = await openPage()
  await page.goto('/sign-in')
  await shoot(page, 'sign-in')
  await page.getByLabel('E-mail').fill('ada@acme.test')
  await page.getByLabel('Password').fill('not-her-password')
  await page.getByTestId('sign-in').click()
  await expect(page.getByRole('alert').filter({ visible: true }).first()).toBeVisible()
  await shoot(page, 'sign-in-error')
})

test('invitations and new passwords', async ({ open, openPage, shoot }) => {
  const admin = await open('ada')
  const link = await invitationLink(admin.page, { role: 'editor', email: 'lena@acme.test' })
  const page = await openPage()
  await page.goto(link)
  await shoot(page, 'invitation')
  await page.getByLabel('Your name').fill('Lena Lind')
  await page.getByLabel('Password').fill('short')
  await page.getByTestId('create-account').click()
  await shoot(page, 'invitation-error')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByTestId('create-account').click()
  await expect(page.getByTestId('user-menu')).toContainText('Lena')
  const late = await openPage()
  await late.goto(link)
  await expect(late.getByTestId('useless-link')).toBeVisible()
  await shoot(late, 'useless-link')
  await page.goto(await invitationLink(admin.page, { role: 'editor' }))
  await expect(page.getByText('You are signed in as')).toBeVisible()
  await shoot(page, 'invitation-signed-in')

  const { members } = (await call(admin.page, 'GET', '/api/members?org=acme')) as {
    members: { user: { id: string; email: string } }[]
  }
  const lena = members.find(({ user }) => user.email === 'lena@acme.test')?.user.id
  const { url } = (await call(admin.page, 'POST', `/api/members/${lena}/password-reset?org=acme`)) as { url: string }
  await late.goto(url)
  await shoot(late, 'reset')
})

test('places that are not there', async ({ open, shoot }) => {
  const { page } = await open('vera')
  await page.goto('/nowhere')
  await shoot(page, 'not-found')
  await page.goto('/o/strangers')
  await shoot(page, 'not-found-organisation')
  await page.goto('/o/acme/settings/members')
  await expect(page.getByTestId('may-not')).toBeVisible()
  await shoot(page, 'no-permission')
})

test('the first start', async ({ browser, shoot }) => {
  const world = await World.start({ provisioned: false })
  try {
    const page = await (await browser.newContext({ baseURL: world.url })).newPage()
    await page.goto('/')
    await expect(page).toHaveURL(/\/setup$/)
    await shoot(page, 'setup')
    await page.getByLabel('One-time code').fill('not-the-code')
    await page.getByLabel('Organisation').fill('Initech')
    await page.getByLabel('Your name').fill('Peter')
    await page.getByLabel('E-mail').fill('peter@initech.test')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByTestId('finish-setup').click()
    await expect(page.getByText('This code is not valid.')).toBeVisible()
    await shoot(page, 'setup-error')
    await page.getByLabel('One-time code').fill(/"setupCode":"([^"]+)"/.exec(world.log.join('\n'))?.[1] ?? '')
    await page.getByTestId('finish-setup').click()
    await expect(page).toHaveURL(/\/o\/initech$/)
    await expect(page.getByTestId('model-label')).toHaveText('no model configured')
    await shoot(page, 'nothing-configured')
    for (const name of ['models', 'mcp', 'tools', 'tokens', 'runs', 'usage', 'members']) {
      await page.goto(`/o/initech/settings/${name}`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await shoot(page, `settings-${name}-empty`)
    }
    await page.context().close()
  } finally {
    await world.stop()
  }
})
