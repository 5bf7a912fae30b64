import { readFile } from 'node:fs/promises'
import { expect, test } from './support/test.ts'

test('a private session is shared read-only, without what comes later, and the link ends when it is revoked', async ({
  open,
  troubles,
}) => {
  troubles.provoke(/status of 404/)
  const chat = await open('eddie')
  await chat.ask('Which services are slow right now?')
  await chat.answerIs('completed')
  await chat.page.getByTestId('session-menu').click()
  await chat.chooseMenuItem('Share…')
  await chat.page.getByLabel('Ends after').selectOption('1 hour')
  await chat.page.getByTestId('create-share').click()
  const link = chat.page.getByTestId('share').getByRole('link')
  await expect(link).toBeVisible()
  const path = (await link.getAttribute('href')) ?? ''
  await chat.page.keyboard.press('Escape')
  await chat.ask('What came later?')
  await chat.answerIs('completed')

  const reader = await open('vera', { viewport: { width: 360, height: 740 } })
  await reader.page.goto(path)
  const thread = reader.page.getByTestId('shared-thread')
  await expect(thread).toContainText('Which services are slow right now?')
  await expect(thread).not.toContainText('What came later?')
  await expect(reader.composer).toHaveCount(0)
  await thread.getByTestId('tool-card').first().getByRole('button').first().click()
  await expect(thread).toContainText('not part of what was shared')

  await chat.page.getByTestId('session-menu').click()
  await chat.chooseMenuItem('Share…')
  await chat.page.getByTestId('revoke-share').click()
  await expect(chat.page.getByTestId('share')).toHaveCount(0)
  await reader.page.goto(path)
  await expect(reader.page.getByTestId('shared-thread')).toHaveCount(0)
})

test('a session is taken along as Markdown and as JSON', async ({ open }) => {
  const chat = await open('ada')
  await chat.ask('What is firing?')
  await chat.answerIs('completed')
  for (const [name, pattern] of [
    ['Export as Markdown', /## Question[\s\S]*What is firing\?[\s\S]*## Answer/],
    ['Export as JSON', /"format":"longwatch-session"[\s\S]*What is firing\?/],
  ] as const) {
    await chat.page.getByTestId('session-menu').click()
    const saved = chat.page.waitForEvent('download')
    await chat.chooseMenuItem(name)
    expect(await readFile(await (await saved).path(), 'utf8')).toMatch(pattern)
  }
})
