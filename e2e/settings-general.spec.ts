import { expect, test } from './support/test.ts'

const PATH = '/o/acme/settings/general'

test('an admin finds the general settings, and what is saved is there after a reload', async ({ open }) => {
  const { page } = await open('ada')
  await page.getByTestId('open-settings').click()
  await page.locator('[data-testid=settings-link][data-page=general]').click()
  await expect(page.getByRole('heading', { name: 'General', level: 1 })).toBeVisible()
  await expect(page.getByTestId('save-settings')).toBeDisabled()
  // The demo's provisioning file names the organisation.
  await expect(page.getByLabel('Name', { exact: true })).toHaveAttribute('readonly', '')
  await expect(page.getByTestId('locked-note')).toContainText('provisioning file')

  const steps = page.getByLabel('Steps in a run')
  await steps.fill('40')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The general settings are saved.')).toBeVisible()
  await page.reload()
  await expect(steps).toHaveValue('40')
  await steps.fill('50')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The general settings are saved.')).toBeVisible()
})

test('what was typed stays when saving fails, with the reason at its field', async ({ open, troubles }) => {
  troubles.provoke(/status of 400/, /ERR_FAILED/)
  const { page } = await open('ada')
  await page.goto(PATH)
  const logs = page.getByLabel('Keep logs')
  const evidence = page.getByLabel('Keep evidence')
  await logs.fill('many')
  await evidence.fill('12')
  await page.getByTestId('save-settings').click()
  await expect(logs).toHaveAttribute('aria-invalid', 'true')
  await expect(logs).toBeFocused()
  await expect(logs).toHaveValue('many')
  await expect(evidence).toHaveValue('12')

  await logs.fill('30')
  await page.route('**/api/settings/general*', (route) => route.abort())
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The server cannot be reached.')).toBeVisible()
  await expect(evidence).toHaveValue('12')
  await page.unroute('**/api/settings/general*')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The general settings are saved.')).toBeVisible()
})

test('of two tabs the second is told that it is behind, loads what is new and keeps what was typed', async ({
  open,
  troubles,
}) => {
  troubles.provoke(/status of 409/)
  const { page } = await open('ada')
  await page.goto(PATH)
  const other = await page.context().newPage()
  await other.goto(PATH)
  await other.getByLabel('Time of a run').fill('21')
  await other.getByTestId('save-settings').click()
  await expect(other.getByText('The general settings are saved.')).toBeVisible()

  await page.getByLabel('Steps in a run').fill('42')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('Somebody else changed these settings meanwhile.')).toBeVisible()
  await page.getByRole('button', { name: 'Reload' }).click()
  await expect(page.getByLabel('Time of a run')).toHaveValue('21')
  await expect(page.getByLabel('Steps in a run')).toHaveValue('42')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The general settings are saved.')).toBeVisible()
})

test('leaving with something unsaved asks first: by a link, by the back button, by closing', async ({ open }) => {
  const { page } = await open('ada')
  await page.getByTestId('open-settings').click()
  await page.locator('[data-testid=settings-link][data-page=general]').click()
  await page.getByLabel('Steps in a run').fill('7')
  const question = page.getByRole('alertdialog')

  await page.getByTestId('new-chat').click()
  await expect(question).toContainText('Leave without saving?')
  await question.getByRole('button', { name: 'Stay here' }).click()
  await expect(page.getByLabel('Steps in a run')).toHaveValue('7')

  await page.evaluate(() => window.history.back())
  await expect(question).toBeVisible()
  await question.getByRole('button', { name: 'Stay here' }).click()
  await expect(page).toHaveURL(new RegExp(`${PATH}$`))

  const asked = page.waitForEvent('dialog')
  void page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await expect(page.getByLabel('Steps in a run')).toHaveValue('7')

  await page.getByTestId('new-chat').click()
  await question.getByTestId('confirm').click()
  await expect(page).toHaveURL(/\/o\/acme$/)
})

test('a viewer and an editor are told that the page is not for their role, and the API refuses', async ({
  open,
  troubles,
}) => {
  troubles.provoke(/status of 403/)
  for (const person of ['vera', 'eddie'] as const) {
    const { page } = await open(person)
    await page.goto(PATH)
    await expect(page.getByTestId('may-not')).toContainText(
      person === 'vera' ? 'You are a viewer in Acme Shop' : 'You are an editor in Acme Shop',
    )
    await expect(page.locator('[data-testid=settings-link][data-page=general]')).toHaveCount(0)
    const refused = await page.request.patch('/api/settings/general?org=acme', {
      data: { limits: { stepsPerRun: 1 } },
      headers: { origin: new URL(page.url()).origin },
    })
    expect(refused.status()).toBe(403)
  }
})

test('on a narrow screen the pages are chosen above', async ({ open }) => {
  const { page } = await open('ada', { viewport: { width: 360, height: 720 } })
  await page.goto(PATH)
  await expect(page.getByTestId('settings-select')).toHaveValue('general')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
})
