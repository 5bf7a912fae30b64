import { readFile } from 'node:fs/promises'
import type { Locator } from '@playwright/test'
import type { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

/** By mouse where there is room, by keyboard on a phone's width. */
const press = (chat: Chat, what: Locator) =>
  (chat.page.viewportSize()?.width ?? 0) > 500 ? what.click() : what.press('Enter')

async function openDialog(chat: Chat): Promise<void> {
  await press(chat, chat.page.getByTestId('session-menu'))
  await press(chat, chat.page.getByRole('menuitem', { name: 'Share…' }))
}

for (const viewport of [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
]) {
  test(`a private session is shared read-only, without what comes later, until the link is revoked, at ${viewport.width}`, async ({
    open,
    troubles,
  }) => {
    troubles.provoke(/status of 404/)
    const chat = await open('eddie', { viewport })
    await chat.ask('Which services are slow right now?')
    await chat.answerIs('completed')
    await openDialog(chat)
    await chat.page.getByLabel('Ends after').selectOption('1 hour')
    await press(chat, chat.page.getByTestId('create-share'))
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

    await openDialog(chat)
    await press(chat, chat.page.getByTestId('revoke-share'))
    await expect(chat.page.getByTestId('share')).toHaveCount(0)
    await reader.page.goto(path)
    await expect(reader.page.getByTestId('shared-thread')).toHaveCount(0)
  })

  test(`a session is taken along as Markdown and as JSON at ${viewport.width}`, async ({ open }) => {
    const chat = await open('ada', { viewport })
    await chat.ask('What is firing?')
    await chat.answerIs('completed')
    for (const [name, pattern] of [
      ['Export as Markdown', /## Question[\s\S]*What is firing\?[\s\S]*## Answer/],
      ['Export as JSON', /"format":"longwatch-session"[\s\S]*What is firing\?/],
    ] as const) {
      await press(chat, chat.page.getByTestId('session-menu'))
      const saved = chat.page.waitForEvent('download')
      await press(chat, chat.page.getByRole('menuitem', { name }))
      expect(await readFile(await (await saved).path(), 'utf8')).toMatch(pattern)
    }
  })
}
