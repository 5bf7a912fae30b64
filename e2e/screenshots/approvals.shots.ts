import { Chat } from '../support/chat.ts'
import { signInAs } from '../support/test.ts'
import { World } from '../support/world.ts'
import { expect, newChat, test } from './shots.ts'

const RESTART = 'Please restart the catalogue service'

test('a call that waits for a decision, and what became of it', async ({ colleague, shoot }) => {
  const chat = await colleague('Kim Keller', 'admin')
  const { page } = chat
  await page.goto('/o/acme/approvals')
  await expect(page.getByTestId('no-approvals')).toBeVisible()
  await shoot(page, 'none')
  await page.goto('/o/acme')
  await chat.ask(RESTART)
  await expect(chat.approvals).toBeVisible()
  await shoot(page, 'asked')
  await page.getByTestId('open-approvals').locator('visible=true').click()
  await expect(chat.approvals).toHaveCount(1)
  await shoot(page, 'list')
  await page.goBack()
  await chat.approvals.getByTestId('approve-once').click()
  await chat.answerIs('completed')
  await shoot(page, 'approved')
  await newChat(chat)
  await chat.ask(RESTART)
  await chat.approvals.getByTestId('approval-comment').fill('Not during the sale: customers are paying right now')
  await chat.approvals.getByTestId('reject').click()
  await chat.answerIs('completed')
  await shoot(page, 'rejected')
  await newChat(chat)
  await chat.ask(RESTART)
  await expect(chat.approvals).toBeVisible()
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await shoot(page, 'withdrawn')
})

test('a call that nobody decided about', async ({ browser, shoot }) => {
  const world = await World.start({
    provisioned: true,
    provisioning: (demo) => demo.replace('externalId: "1"', 'externalId: "1"\n    limits: { approvalMinutes: 0.03 }'),
  })
  try {
    const page = await (await browser.newContext({ baseURL: world.url })).newPage()
    await page.goto('/')
    await signInAs(page, 'ada')
    const chat = new Chat(page)
    await chat.ask(RESTART)
    await chat.answerIs('completed')
    await shoot(page, 'expired')
    await page.context().close()
  } finally {
    await world.stop()
  }
})
