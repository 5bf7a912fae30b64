import { invitationLink, joinAs, PASSWORD, signInWith, somebody } from './support/people.ts'
import { expect, test } from './support/test.ts'

const PATH = '/o/acme/settings/profile'

test('a person changes name and password; other devices are signed out, this one stays', async ({
  open,
  openPage,
  troubles,
}) => {
  troubles.provoke(/status of 40[01]/)
  const { page: adas } = await open('ada')
  const tom = somebody('Tom')
  const page = await openPage()
  await joinAs(page, await invitationLink(adas, { role: 'viewer' }), tom)
  const elsewhere = await openPage()
  await signInWith(elsewhere, tom.email, PASSWORD)
  await expect(elsewhere.getByTestId('user-menu')).toContainText('Tom')

  await page.getByTestId('user-menu').click()
  await page.getByTestId('menu-profile').click()
  await page.getByLabel('Name', { exact: true }).fill('Thomas')
  await page.getByTestId('save-settings').first().click()
  await expect(page.getByText('Your profile is saved.')).toBeVisible()
  await page.reload()
  await expect(page.getByTestId('user-menu')).toContainText('Thomas')

  const change = page.getByRole('button', { name: 'Change the password' })
  await page.getByLabel('Password until now').fill('not-the-password')
  await page.getByLabel('New password').fill('another-long-password')
  await change.click()
  await expect(page.getByText('This is not your password until now.')).toBeVisible()
  await expect(page.getByLabel('New password')).toHaveValue('another-long-password')
  await page.getByLabel('Password until now').fill(PASSWORD)
  await change.click()
  await expect(page.getByText('Your password is changed.')).toBeVisible()
  expect((await page.request.get('/api/me')).status()).toBe(200)
  expect((await elsewhere.request.get('/api/me')).status()).toBe(401)

  await signInWith(elsewhere, tom.email, PASSWORD)
  await expect(elsewhere.getByText('E-mail or password is wrong.')).toBeVisible()
  await signInWith(elsewhere, tom.email, 'another-long-password')
  await expect(elsewhere.getByTestId('user-menu')).toContainText('Thomas')
})

test('signing out everywhere ends every device’s sign-in, this one’s too', async ({ open, openPage, troubles }) => {
  troubles.provoke(/status of 401/)
  const { page: adas } = await open('ada')
  const uma = somebody('Uma')
  const page = await openPage()
  await joinAs(page, await invitationLink(adas, { role: 'viewer' }), uma)
  const elsewhere = await openPage()
  await signInWith(elsewhere, uma.email, PASSWORD)
  await expect(elsewhere.getByTestId('user-menu')).toContainText('Uma')

  await page.goto(PATH)
  await page.getByTestId('sign-out-everywhere').click()
  await page.getByTestId('confirm').click()
  await expect(page).toHaveURL(/\/sign-in/)
  expect((await page.request.get('/api/me')).status()).toBe(401)
  // The other device's open page learns it from its event stream, without a reload.
  await expect(elsewhere).toHaveURL(/\/sign-in/, { timeout: 40_000 })
})

test('what a provisioning file manages is shown locked', async ({ open }) => {
  const { page } = await open('vera')
  await page.goto(PATH)
  await expect(page.getByTestId('locked-note')).toHaveCount(2)
  await expect(page.getByLabel('Name', { exact: true })).toHaveAttribute('readonly', '')
  await expect(page.getByLabel('New password')).toHaveCount(0)
})
