import { refusedToken } from './support/settings.ts'
import { expect, test } from './support/test.ts'

const PATH = '/o/acme/settings/tokens'

test('a token is shown once, acts, tells when it was used, and ends when it is revoked', async ({ open }) => {
  const { page } = await open('eddie')
  await page.goto(PATH)
  await page.getByTestId('create-token').click()
  await page.getByLabel('Name').fill('nightly')
  await expect(page.getByLabel('Role').locator('option')).toHaveText(['viewer', 'editor'])
  await page.getByLabel('Role').selectOption('editor')
  await page.getByTestId('save-settings').click()
  const value = await page.getByTestId('secret-once').inputValue()
  expect(value).toMatch(/^lw_/)
  await page.getByTestId('secret-done').click()

  const row = page.locator('[data-token=nightly]')
  await expect(row).toContainText('never')
  await expect(row).toContainText(`${value.slice(0, 7)}…`)
  const call = () => page.request.get('/api/me', { headers: { authorization: `Bearer ${value}` } })
  const answer = await call()
  expect(await answer.json()).toMatchObject({ principal: { kind: 'token' }, memberships: [{ role: 'editor' }] })
  await page.reload()
  await expect(row).not.toContainText('never')
  expect(await page.content()).not.toContain(value)

  await row.getByRole('button', { name: 'Revoke' }).click()
  await page.getByTestId('confirm').click()
  await expect(row).toHaveAttribute('data-status', 'revoked')
  expect((await call()).status()).toBe(401)
})

test('a form that is refused keeps what was typed', async ({ open, troubles }) => {
  troubles.provoke(/status of 400/)
  const { page } = await open('eddie')
  await refusedToken(page)
  await expect(page.getByLabel('Name')).toHaveValue('too long')
})

test('viewers see and make their own, and admins see everybody’s and whose they are', async ({ open }) => {
  const { page: veras } = await open('vera')
  await veras.goto(PATH)
  await expect(veras.locator('[data-token=demo]')).toHaveCount(0)
  await veras.getByTestId('create-token').click()
  await expect(veras.getByLabel('Role').locator('option')).toHaveText(['viewer'])
  await veras.getByLabel('Name').fill('of vera')
  await veras.getByTestId('save-settings').click()
  await veras.getByTestId('secret-done').click()
  await expect(veras.locator('[data-token="of vera"]')).toHaveAttribute('data-status', 'live')

  const { page } = await open('ada')
  await page.goto(PATH)
  await expect(page.locator('[data-token=demo]')).toContainText('a provisioning file')
  await expect(page.locator('[data-token="of vera"]')).toContainText('Vera Viewer')
  await page.locator('[data-token="of vera"]').getByRole('button', { name: 'Revoke' }).click()
  await page.getByTestId('confirm').click()
  await expect(page.locator('[data-token="of vera"]')).toHaveAttribute('data-status', 'revoked')
})
