import { expect, test } from './support/test.ts'
import { Troubles } from './support/troubles.ts'
import { World } from './support/world.ts'

test('on empty data the set-up page wants the one-time code of the log, and makes the first administrator', async ({
  browser,
}) => {
  const world = await World.start({ provisioned: false })
  const troubles = new Troubles(world)
  troubles.provoke(/status of 400/)
  const context = await browser.newContext({ baseURL: world.url })
  try {
    troubles.watch(context)
    const page = await context.newPage()
    await page.goto('/')
    await expect(page).toHaveURL(/\/setup$/)
    const code = /"setupCode":"([^"]+)"/.exec(world.log.join('\n'))?.[1]
    expect(code).toBeTruthy()

    await page.getByLabel('One-time code').fill('not-the-code')
    await page.getByLabel('Organisation').fill('Initech')
    await page.getByLabel('Your name').fill('Peter')
    await page.getByLabel('E-mail').fill('peter@initech.test')
    await page.getByLabel('Password').fill('a-long-enough-password')
    await page.getByTestId('finish-setup').click()
    await expect(page.getByText('This code is not valid.')).toBeVisible()
    await page.getByLabel('One-time code').fill(code ?? '')
    await page.getByTestId('finish-setup').click()

    await expect(page).toHaveURL(/\/o\/initech$/)
    await expect(page.getByTestId('user-menu')).toContainText('admin')
    await expect(page.getByTestId('model-label')).toHaveText('no model configured')
    await expect(page.getByTestId('no-model').getByRole('link')).toHaveAttribute('href', '/o/initech/settings/models')
    await page.goto('/setup')
    await expect(page).not.toHaveURL(/\/setup/)
    expect((await page.request.get('/api/ready')).status()).toBe(200)
  } finally {
    await context.close()
    await world.stop()
  }
  expect(troubles.unexpected()).toEqual([])
})
