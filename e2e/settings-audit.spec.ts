import { readFileSync } from 'node:fs'
import { expect, test } from './support/test.ts'

const PATH = '/o/acme/settings/audit'

test('an admin finds what was changed, before and after, filters it, and takes it away as CSV', async ({ open }) => {
  const { page } = await open('ada')
  const change = async (path: string, data: object) => {
    const headers = { origin: new URL(page.url()).origin }
    expect((await page.request.patch(path, { data, headers })).status()).toBe(200)
  }
  await change('/api/settings/general?org=acme', { limits: { stepsPerRun: 31 } })
  await change('/api/settings/general?org=acme', { limits: { stepsPerRun: 32 } })
  await change('/api/settings/prompts?org=acme', { investigation: 'Investigate {{organisation}}.' })
  await change('/api/settings/prompts?org=acme', { investigation: null })

  await page.goto(PATH)
  const rows = page.getByTestId('audit-row')
  await expect(rows.first()).toHaveAttribute('data-action', 'prompts.update')
  const latest = rows.and(page.locator('[data-action="organisation.update"]')).first()
  await expect(latest).toContainText('Ada Admin')
  await latest.getByTestId('audit-details').click()
  const record = page.getByTestId('audit-record')
  await expect(record).toContainText('limits.stepsPerRun')
  await expect(record.getByRole('listitem').first()).toContainText(/Before:\s*31/)
  await expect(record.getByRole('listitem').first()).toContainText(/After:\s*32/)
  await page.getByRole('button', { name: 'Close' }).click()

  await page.getByLabel('Action').fill('prompts')
  await page.getByRole('button', { name: 'Filter' }).click()
  await expect(page).toHaveURL(/action=prompts/)
  await expect(rows.first()).toHaveAttribute('data-action', 'prompts.update')
  await expect(rows.and(page.locator('[data-action="organisation.update"]'))).toHaveCount(0)
  await rows.first().getByRole('link', { name: 'Ada Admin' }).click()
  await expect(page).toHaveURL(/action=prompts.*actor=user/)

  const download = page.waitForEvent('download')
  await page.getByTestId('audit-export').click()
  const csv = readFileSync(await (await download).path(), 'utf8')
  expect(csv.split('\r\n')[0]).toContain('time,actor,')
  expect(csv).toContain('"prompts.update"')
  expect(csv).not.toContain('"organisation.update"')

  await page.getByLabel('To', { exact: true }).fill('2001-01-01')
  await page.getByRole('button', { name: 'Filter' }).click()
  await expect(page.getByText('Nothing was recorded.')).toBeVisible()
})

test('an editor is told that the page is not for their role', async ({ open, troubles }) => {
  troubles.provoke(/status of 403/)
  const { page } = await open('eddie')
  await page.goto(PATH)
  await expect(page.getByTestId('may-not')).toBeVisible()
  expect((await page.request.get('/api/audit/export?org=acme')).status()).toBe(403)
})
