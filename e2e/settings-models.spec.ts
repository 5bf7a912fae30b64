import { expect, test } from './support/test.ts'

test('an administrator adds a model, tests it before it is saved, makes it the default, and removes it', async ({
  open,
  world,
  troubles,
}) => {
  troubles.provoke(/status of 400/)
  const { page } = await open('ada')
  await page.goto('/o/acme/settings/models')
  await expect(page.locator('[data-model="demo-scripted"]')).toContainText('default')
  await page.getByTestId('add-model').click()
  await page.getByTestId('provider-openai-compatible').click()
  await page.getByLabel('Model', { exact: true }).fill('demo-second')
  await page.getByLabel('Name', { exact: true }).fill('The second')
  await page.getByLabel('Address').fill('http://169.254.169.254/v1')
  await page.getByLabel('API key').fill('t0ps3cret')
  await page.getByTestId('save-settings').click()
  // Refused, with what was typed still there.
  await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByLabel('API key')).toHaveValue('t0ps3cret')

  await page.getByLabel('Address').fill('http://127.0.0.1:61999/v1')
  await page.getByTestId('test-model').click()
  await expect(page.getByTestId('test-result')).toContainText('cannot be reached')
  await page.getByLabel('Address').fill(world.modelUrl)
  await page.getByTestId('test-model').click()
  await expect(page.getByTestId('test-result')).toHaveAttribute('data-outcome', 'answered')
  await page.getByLabel('Price of a million tokens in').fill('2.5')
  await page.getByTestId('save-settings').click()

  await expect(page).toHaveURL(/\/settings\/models\/mdl_/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The second')
  await expect(page.getByText('Stored, not shown')).toBeVisible()
  expect(await page.content()).not.toContain('t0ps3cret')
  await page.getByTestId('make-default').click()
  await expect(page.getByTestId('make-default')).toHaveCount(0)
  await page.goto('/o/acme')
  await expect(page.getByText('The second')).toBeVisible()

  await page.goto('/o/acme/settings/models')
  await page.getByRole('link', { name: 'Edit The second' }).click()
  await page.getByTestId('remove-model').click()
  await page.getByTestId('confirm').click()
  await expect(page).toHaveURL(/\/settings\/models$/)
  await expect(page.locator('[data-model="demo-second"]')).toHaveCount(0)
  await expect(page.locator('[data-model="demo-scripted"]')).toContainText('default')
})

test('a model that a provisioning file names is locked, but can be tested', async ({ open }) => {
  const { page } = await open('ada', { viewport: { width: 360, height: 740 } })
  await page.goto('/o/acme/settings/models')
  await page.getByRole('link', { name: /^Look at / }).click()
  await expect(page.getByTestId('locked-note')).toContainText('provisioning file')
  await expect(page.getByTestId('save-settings')).toHaveCount(0)
  await page.getByTestId('test-model').click()
  await expect(page.getByTestId('test-result')).toHaveAttribute('data-outcome', 'answered')
})

test('the models are not for editors and viewers', async ({ open }) => {
  for (const person of ['eddie', 'vera'] as const) {
    const { page } = await open(person)
    await page.goto('/o/acme/settings/models')
    await expect(page.getByTestId('may-not')).toContainText('needs an admin')
  }
})
