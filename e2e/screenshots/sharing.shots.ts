import { ask, expect, RICH_ANSWER, test } from './shots.ts'

test('a session that is shared, and what its readers see', async ({ colleague, open, shoot, world }) => {
  const chat = await colleague('Alex Abe')
  const { page } = chat
  await chat.ask('Which services are slow right now?')
  await chat.answerIs('completed')
  await chat.ask('Why is checkout slow?')
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed', 90_000)
  await ask(world, chat, 'What do I do about it?', `[[say:${RICH_ANSWER}]]`)
  await expect(chat.answers).toHaveCount(3)
  await chat.answerIs('completed')
  await shoot(page, 'menu', {
    before: () => page.getByTestId('session-menu').click(),
    after: () => page.keyboard.press('Escape'),
  })
  await shoot(page, 'visibility', {
    before: () => page.getByTestId('visibility').click(),
    after: () => page.keyboard.press('Escape'),
  })
  await page.getByTestId('session-menu').click()
  await chat.chooseMenuItem('Share…')
  await expect(page.getByTestId('create-share')).toBeVisible()
  await shoot(page, 'dialog')
  await page.getByTestId('create-share').click()
  const link = page.getByTestId('share').getByRole('link').first()
  await expect(link).toBeVisible()
  const without = (await link.getAttribute('href')) ?? ''
  await page.getByLabel('With results of tools').check()
  await page.getByTestId('create-share').click()
  await expect(page.getByTestId('share')).toHaveCount(2)
  await shoot(page, 'dialog-links')
  const whole = (await link.getAttribute('href')) ?? ''
  await page.keyboard.press('Escape')

  const reader = await open('vera')
  await reader.page.goto(whole)
  const thread = reader.page.getByTestId('shared-thread')
  await expect(thread).toBeVisible()
  await shoot(reader.page, 'shared')
  const card = thread.getByTestId('tool-card').first()
  await card.getByRole('button').first().click()
  await shoot(reader.page, 'shared-result', {
    before: () => card.evaluate((element) => element.scrollIntoView({ block: 'start' })),
  })
  await reader.page.goto(without)
  await card.getByRole('button').first().click()
  await shoot(reader.page, 'shared-without-results', {
    before: () => card.evaluate((element) => element.scrollIntoView({ block: 'start' })),
  })
})

test('a colleague’s session', async ({ colleague, open, shoot, world }) => {
  const chat = await colleague('Alex Abe')
  await ask(world, chat, 'Watch payments with me', '[[words:3000]] [[rate:6]]')
  await chat.untilWords(4)
  await chat.page.getByTestId('visibility').click()
  await chat.page.getByRole('menuitemradio', { name: /Acme Shop/ }).click()
  await expect(chat.page.getByTestId('visibility')).toHaveAttribute('data-visibility', 'organisation')
  const viewer = await open('vera')
  await viewer.page.goto(chat.sessionPath)
  await expect(viewer.page.getByTestId('read-only')).toBeVisible()
  await viewer.untilWords(6)
  await shoot(viewer.page, 'colleague-read-only')
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await chat.page.getByTestId('visibility').click()
  await chat.page.getByRole('menuitemradio', { name: /Private/ }).click()
  await expect(chat.page.getByTestId('visibility')).toHaveAttribute('data-visibility', 'private')
})
