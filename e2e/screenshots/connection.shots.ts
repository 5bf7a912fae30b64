import { ask, expect, RICH_ANSWER, test } from './shots.ts'

test('the line that says how the connection is', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Ines Iversen')
  const { page } = chat
  await ask(world, chat, 'What do I do about it?', `[[say:${RICH_ANSWER}]]`)
  await chat.answerIs('completed')
  await chat.composer.fill('A draft that is kept')
  await page.context().setOffline(true)
  await expect(page.getByText('Offline.')).toBeVisible()
  await shoot(page, 'offline')
  await page.context().setOffline(false)
  await expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'open', { timeout: 30_000 })
  await world.killServer()
  await expect(page.getByText('Reconnecting')).toBeVisible()
  await shoot(page, 'reconnecting')
  await world.startServer()
})
