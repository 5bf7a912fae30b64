import { invitationLink } from '../support/people.ts'
import { openSettings, refusedModel, refusedToken, SETTINGS_PAGES } from '../support/settings.ts'
import { expect, test } from './shots.ts'

test('every settings page, with what a used organisation has there', async ({ colleague, shoot }) => {
  const chat = await colleague('Olu Okoro', 'admin')
  const { page } = chat
  await chat.ask('What is firing?')
  await chat.answerIs('completed')
  await chat.answer.getByRole('button', { name: 'Good answer' }).click()
  await page.getByTestId('feedback-form').getByRole('textbox').fill('Quick and right')
  await page.getByTestId('feedback-form').getByRole('button', { name: 'Send' }).click()
  await page.getByTestId('new-chat').click()
  await chat.ask('[[words:3000]] [[rate:3]] What runs now')
  await chat.untilWords(2)
  await invitationLink(page, { role: 'editor', email: 'lena@acme.test' })
  await page.goto('/o/acme/settings/tokens')
  await page.getByTestId('create-token').click()
  await page.getByLabel('Name').fill('nightly')
  await page.getByTestId('save-settings').click()
  await expect(page.getByTestId('secret-once')).toBeVisible()
  await shoot(page, 'token-once')
  await page.getByTestId('secret-done').click()
  for (const name of SETTINGS_PAGES) {
    await openSettings(page, name)
    await shoot(page, name)
  }
  await page.goto('/o/acme')
})

test('the forms of the settings, and what they say to mistakes', async ({ colleague, shoot }) => {
  const { page } = await colleague('Olu Okoro', 'admin')
  await page.goto('/o/acme/settings/general')
  await page.getByLabel('Keep logs').fill('many')
  await page.getByTestId('save-settings').click()
  await expect(page.getByLabel('Keep logs')).toHaveAttribute('aria-invalid', 'true')
  await shoot(page, 'general-error', {
    before: () => page.getByLabel('Keep logs').evaluate((field) => field.scrollIntoView({ block: 'center' })),
  })
  await page.getByLabel('Keep logs').fill('30')

  await page.goto('/o/acme/settings/members')
  await page.getByTestId('invite').click()
  await shoot(page, 'invite')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByTestId('member-menu').first().click()
  await shoot(page, 'member-menu')
  await page.keyboard.press('Escape')

  await refusedToken(page)
  await shoot(page, 'token-error')

  await refusedModel(page)
  await shoot(page, 'model-error')

  await page.goto('/o/acme/settings/mcp')
  await page.getByTestId('add-server').click()
  await shoot(page, 'mcp-new')
  await page.getByTestId('preset-other').click()
  await page.getByLabel('Name', { exact: true }).fill('second')
  await page.getByLabel('Address').fill('http://127.0.0.1:61999/mcp')
  await page.getByTestId('test-server').click()
  await expect(page.getByTestId('test-result')).toBeVisible()
  await shoot(page, 'mcp-test-failed')
  await page.goto('/o/acme/settings/mcp')
  await page.locator('[data-server=shop]').getByRole('link').first().click()
  await expect(page.locator('[data-tool]').first()).toBeVisible()
  await shoot(page, 'mcp-server')

  await openSettings(page, 'tools')
  await page.getByRole('button', { name: 'As a viewer' }).click()
  await expect(page.getByTestId('role-preview')).toBeVisible()
  await shoot(page, 'tools-preview')
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByTestId('switch-writes-off').click()
  await shoot(page, 'tools-switch')
  await page.keyboard.press('Escape')

  await page.goto('/o/acme/settings/prompts')
  await page.getByLabel('Prompt for chats').fill('You watch {{organisation}} with {{tool}}.')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('There is no variable {{tool}}.')).toBeVisible()
  await shoot(page, 'prompts-error')

  await page.goto('/o/acme/settings/audit')
  await page.getByTestId('audit-details').first().click()
  await expect(page.getByTestId('audit-record')).toBeVisible()
  await shoot(page, 'audit-record')
})
