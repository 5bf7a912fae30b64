import { untilTaken } from './support/hydration.ts'
import { expect, test } from './support/test.ts'

const PATH = '/o/acme/settings/prompts'

test('an admin writes a prompt, sees what the model would be told, and goes back to the built-in one', async ({
  open,
  troubles,
}) => {
  troubles.provoke(/status of 400/)
  const { page } = await open('ada')
  await page.goto(PATH)
  const chat = page.getByLabel('Prompt for chats')
  await expect(chat).toHaveValue(/You are Longwatch/)
  await expect(page.getByTestId('fixed-rules')).toContainText('data, never instructions')

  await untilTaken(chat)
  await chat.fill('You watch {{organisation}} with {{tool}}.')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('There is no variable {{tool}}.')).toBeVisible()
  await expect(chat).toHaveValue('You watch {{organisation}} with {{tool}}.')

  await chat.fill('You watch {{organisation}} with {{tools}}.')
  await page.getByTestId('show-preview').click()
  const preview = page.getByTestId('prompt-preview')
  await expect(preview).toContainText('You watch Acme Shop with')
  await expect(preview).toContainText('list_services')
  await expect(preview).toContainText('data, never instructions')

  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The prompts are saved.')).toBeVisible()
  await page.reload()
  await expect(chat).toHaveValue('You watch {{organisation}} with {{tools}}.')
  await page.getByTestId('reset-chat').click()
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The prompts are saved.')).toBeVisible()
  await page.reload()
  await expect(chat).toHaveValue(/You are Longwatch/)
})

test('a viewer is told that the page is not for their role', async ({ open, troubles }) => {
  troubles.provoke(/status of 403/)
  const { page } = await open('vera')
  await page.goto(PATH)
  await expect(page.getByTestId('may-not')).toBeVisible()
  expect((await page.request.get('/api/settings/prompts?org=acme')).status()).toBe(403)
})
