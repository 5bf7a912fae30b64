import { ask, call, expect, newChat, test } from './shots.ts'

test('what is written, queued and chosen below the thread', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Noor Nasser')
  const { page } = chat
  await chat.composer.fill('Since when is checkout slow?\nWhat was deployed shortly before?\nWhich customers notice?')
  await shoot(page, 'draft')
  await chat.composer.fill('x'.repeat(70_000))
  await shoot(page, 'too-long')
  await ask(world, chat, 'Go through the last six hours', '[[words:4000]] [[rate:6]]')
  await chat.untilWords(4)
  await chat.ask('Then compare that with yesterday, hour by hour, and tell me which of the services differ most')
  await chat.ask('Who deployed payments?')
  await chat.ask('Write a summary for the handover')
  await expect(chat.queue).toHaveCount(3)
  await shoot(page, 'queue')
  await shoot(page, 'queue-row-menu', {
    before: async (width) => {
      if (width < 640) await chat.queue.nth(1).getByRole('button', { name: 'More for this message' }).click()
    },
    after: () => page.keyboard.press('Escape'),
  })
  await chat.queue.first().hover()
  await chat.queue.first().getByRole('button', { name: 'Edit' }).click()
  await shoot(page, 'queue-edit')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Stop and send now').click()
  await chat.composer.fill('No: payments first')
  await shoot(page, 'busy-choice')
  await chat.composer.fill('')
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await expect(page.getByTestId('queue')).toHaveAttribute('data-paused', 'true')
  await shoot(page, 'queue-paused')
})

test('several models to choose from', async ({ colleague, shoot, world }) => {
  const admin = await colleague('Sam Steward', 'admin')
  const ids: string[] = []
  for (const name of ['Thorough, for the hard cases', 'Quick']) {
    const body = { provider: 'openai-compatible', model: `demo-${ids.length}`, name, baseUrl: world.modelUrl }
    ids.push(((await call(admin.page, 'POST', '/api/models/configs?org=acme', body)) as { id: string }).id)
  }
  const chat = await colleague('Noor Nasser')
  await newChat(chat)
  await shoot(chat.page, 'model-menu', {
    before: () => chat.page.getByTestId('model-choice').click(),
    after: () => chat.page.keyboard.press('Escape'),
  })
  for (const id of ids) await call(admin.page, 'DELETE', `/api/models/configs/${id}`)
})

test('a budget that is nearly and wholly used', async ({ colleague, shoot }) => {
  const admin = await colleague('Sam Steward', 'admin')
  const { page } = admin
  await admin.ask('What is firing?')
  await admin.answerIs('completed')
  for (const [state, stop] of [
    ['budget-warning', '100000000'],
    ['budget-exhausted', '2'],
  ] as const) {
    await page.goto('/o/acme/settings/usage')
    await page.getByLabel('Warn at').nth(1).fill('1')
    await page.getByLabel('Stop at').nth(1).fill(stop)
    await page.getByTestId('save-settings').click()
    await expect(page.getByText('The budget is saved')).toBeVisible()
    await page.goto('/o/acme')
    await expect(page.getByTestId('budget-note')).toBeVisible()
    await shoot(page, state)
  }
  await page.goto('/o/acme/settings/usage')
  await page.getByLabel('Warn at').nth(1).fill('')
  await page.getByLabel('Stop at').nth(1).fill('')
  await page.getByTestId('save-settings').click()
  await expect(page.getByText('The budget is saved')).toBeVisible()
})
