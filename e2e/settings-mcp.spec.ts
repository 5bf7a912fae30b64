import type { Locator, Page } from '@playwright/test'
import { expect, test } from './support/test.ts'

const row = (page: Page, name: string): Locator => page.locator(`[data-server="${name}"]`)
const headerValue = (page: Page, index: number): Locator =>
  page.getByTestId('header').nth(index).getByLabel('Value', { exact: true })

test('an administrator adds a server, and nothing that was typed is lost when it is refused', async ({
  open,
  world,
  troubles,
}) => {
  troubles.provoke(/status of 400/)
  const { page } = await open('ada')
  await page.goto('/o/acme/settings/mcp')
  await page.getByTestId('add-server').click()
  await page.getByTestId('preset-other').click()
  await page.getByLabel('Name', { exact: true }).fill('second')
  await page.getByLabel('Address').fill('http://169.254.169.254/mcp')
  await page.getByRole('button', { name: 'Add a header' }).click()
  await page.getByTestId('header').getByLabel('Name').fill('X-Token')
  await headerValue(page, 0).fill('t0ps3cret')
  await page.getByTestId('save-settings').click()
  await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByText('metadata service')).toBeVisible()
  await expect(page.getByLabel('Name', { exact: true }).first()).toHaveValue('second')
  await expect(headerValue(page, 0)).toHaveValue('t0ps3cret')

  await page.getByLabel('Address').fill('http://127.0.0.1:61999/mcp')
  await page.getByTestId('test-server').click()
  await expect(page.getByTestId('test-result')).toContainText('The server refuses connections.')
  await page.getByLabel('Address').fill(world.mcpUrl)
  await page.getByTestId('test-server').click()
  const result = page.getByTestId('test-result')
  await expect(result).toHaveAttribute('data-outcome', 'answered')
  await expect(result).toContainText(/protocol 20\d\d-\d\d-\d\d, \d+ tools/)
  await page.getByTestId('save-settings').click()

  await expect(page).toHaveURL(/\/settings\/mcp\/mcp_/)
  await expect(page.getByTestId('health')).toHaveAttribute('data-state', 'ok')
  await expect(page.locator('[data-tool]').first()).toBeVisible()
  await expect(page.getByText('Stored, not shown')).toBeVisible()
  expect(await page.content()).not.toContain('t0ps3cret')

  await expect(page.getByText('before an administrator has reviewed it')).toBeVisible()
  await expect(page.locator('[data-tool]').first()).toContainText('to be reviewed')

  await page.getByTestId('toggle-server').click()
  await expect(page.getByTestId('health')).toHaveAttribute('data-state', 'disabled')
  await page.getByTestId('toggle-server').click()
  await expect(page.getByTestId('health')).toHaveAttribute('data-state', 'ok')

  await page.getByLabel('Name', { exact: true }).first().fill('renamed')
  await page.getByTestId('save-settings').click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('renamed')

  await page.getByTestId('remove-server').click()
  await page.getByTestId('confirm').click()
  await expect(page).toHaveURL(/\/settings\/mcp$/)
  await expect(row(page, 'renamed')).toHaveCount(0)
})

test('a name that is taken, and a stored value that would go to another server, are refused by their fields', async ({
  open,
  world,
  troubles,
}) => {
  troubles.provoke(/status of 4(00|09)/)
  const { page } = await open('ada')
  const headers = { origin: world.url }
  const data = {
    name: 'third',
    transport: 'streamable-http',
    url: world.mcpUrl,
    headers: [{ name: 'X-Token', value: 't0ps3cret' }],
  }
  const added = await page.request.post('/api/mcp/servers?org=acme', { data, headers })
  const { id } = (await added.json()) as { id: string }
  const taken = await page.request.post('/api/mcp/servers?org=acme', { data: { ...data, name: 'fourth' }, headers })
  await page.goto(`/o/acme/settings/mcp/${id}`)
  await page.getByLabel('Name', { exact: true }).first().fill('fourth')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('There is a server of this name already.')).toBeVisible()
  await page.getByLabel('Name', { exact: true }).first().fill('third')
  await page.getByLabel('Address').fill('http://127.0.0.1:61999/mcp')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('enter this value anew')).toBeVisible()
  await expect(page.getByLabel('Address')).toHaveValue('http://127.0.0.1:61999/mcp')
  await page.getByRole('button', { name: 'Discard' }).click()
  await expect(page.getByLabel('Address')).toHaveValue(world.mcpUrl)
  for (const server of [id, ((await taken.json()) as { id: string }).id])
    expect((await page.request.delete(`/api/mcp/servers/${server}`, { headers })).status()).toBe(204)
})

test('a server that stops answering shows as failing, in words, and as well again', async ({
  open,
  world,
  troubles,
}) => {
  test.setTimeout(120_000)
  troubles.provoke(/cannot be reached|could not be listed/)
  const { page } = await open('ada')
  await page.goto('/o/acme/settings/mcp')
  const health = page.getByTestId('health').first()
  await expect(health).toHaveAttribute('data-state', 'ok')
  await world.killTelemetry()
  const name = await page.locator('[data-server]').first().getAttribute('data-server')
  await row(page, name ?? '')
    .getByRole('link')
    .first()
    .click()
  await page.getByTestId('test-server').click()
  await expect(page.getByTestId('test-result')).toContainText('The server refuses connections.')
  await page.goto('/o/acme/settings/mcp')
  await expect(health).toHaveAttribute('data-state', 'failing')
  await expect(health).toContainText('The server refuses connections.')
  await world.restoreTelemetry()
  await expect(health).toHaveAttribute('data-state', 'ok', { timeout: 90_000 })
})

test('what provisioning manages is locked with the reason, and can still be tested', async ({ open }) => {
  const { page } = await open('ada')
  await page.goto('/o/acme/settings/mcp')
  await page.locator('[data-server]').first().getByRole('link').first().click()
  await expect(page.getByTestId('locked-note')).toBeVisible()
  await expect(page.getByLabel('Address')).not.toBeEditable()
  await expect(page.getByTestId('save-settings')).toHaveCount(0)
  await expect(page.getByTestId('remove-server')).toHaveCount(0)
  await page.getByTestId('test-server').click()
  await expect(page.getByTestId('test-result')).toHaveAttribute('data-outcome', 'answered')
})

test('a viewer and an editor see that the page is not for them, and the API tells them nothing', async ({ open }) => {
  for (const person of ['vera', 'eddie'] as const) {
    const { page } = await open(person)
    for (const path of ['mcp', 'mcp/new', 'mcp/mcp_0000000000_000000000000000000000']) {
      await page.goto(`/o/acme/settings/${path}`)
      await expect(page.getByTestId('may-not')).toBeVisible()
      await expect(page.getByTestId('add-server')).toHaveCount(0)
    }
    await expect(page.locator('[data-testid=settings-link][data-page=mcp]')).toHaveCount(0)
    expect((await page.request.get('/api/mcp/servers?org=acme')).status()).toBe(403)
  }
})
