import { expect, test } from './support/test.ts'
import type { Troubles } from './support/troubles.ts'

const expectOutage = (troubles: Troubles) => troubles.provoke(/net::ERR_/)
const CONTINUED = 'Continued after an interruption'

test('the server is killed in mid-text and started again, and every word is there once', async ({
  open,
  world,
  troubles,
}) => {
  expectOutage(troubles)
  const chat = await open('eddie')
  await chat.ask('[[words:300]] [[rate:60]] killed in mid-text')
  await chat.untilWords(60)
  await world.killServer()
  await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'reconnecting')
  await world.startServer()

  await chat.showsWordsOnce(300)
  await expect(chat.notes.filter({ hasText: CONTINUED })).toBeVisible()
  await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'open')
  await chat.page.reload()
  await chat.showsWordsOnce(300)
  await expect(chat.notes.filter({ hasText: CONTINUED })).toBeVisible()
})

test('the server is killed between steps, and finished calls are not made again', async ({ open, world, troubles }) => {
  expectOutage(troubles)
  const chat = await open('eddie')
  const before = (await world.toolCalls('list_deployments')).length
  await chat.ask('[[calls:20:list_deployments]] [[rate:30]] killed between steps')
  await expect.poll(() => chat.page.locator('[data-testid=tool-card][data-state=done]').count()).toBeGreaterThan(4)
  await world.killServer()
  await world.startServer()
  await chat.answerIs('completed', 60_000)
  await expect(chat.answer).toContainText('20 of 20 steps done.')
  await expect(chat.page.locator('[data-testid=tool-card][data-state=done]')).toHaveCount(20)
  // A read-only call that was in flight when the server died may be made once more; no other.
  const made = (await world.toolCalls('list_deployments')).length - before
  expect(made).toBeGreaterThanOrEqual(20)
  expect(made).toBeLessThanOrEqual(21)
})

test('the server is killed while a reading call is in flight, and the call is made again', async ({
  open,
  world,
  troubles,
}) => {
  expectOutage(troubles)
  await world.fault({ tool: 'list_deployments', hang: true })
  const chat = await open('eddie')
  const before = (await world.toolCalls('list_deployments')).length
  await chat.ask('[[call:list_deployments:{}]] [[words:5]] killed while it reads')
  await expect.poll(async () => (await world.toolCalls('list_deployments')).length).toBe(before + 1)
  await world.killServer()
  await world.endFaults()
  await world.startServer()
  await chat.answerIs('completed', 60_000)
  await expect(chat.card('list_deployments')).toHaveAttribute('data-state', 'done')
  expect((await world.toolCalls('list_deployments')).length).toBe(before + 2)
})

test('the server is killed while a writing call is in flight, and it is never made twice', async ({
  open,
  world,
  troubles,
}) => {
  expectOutage(troubles)
  await world.fault({ tool: 'silence_alert', hang: true })
  const chat = await open('eddie')
  const before = (await world.toolCalls('silence_alert')).length
  const silence = { alert: 'CheckoutLatencyHigh', duration_minutes: 5, reason: 'a test' }
  await chat.ask(`[[call:silence_alert:${JSON.stringify(silence)}]] [[words:5]] killed while it writes`)
  await expect.poll(async () => (await world.toolCalls('silence_alert')).length).toBe(before + 1)
  await world.killServer()
  await world.endFaults()
  await world.startServer()

  await chat.answerIs('completed', 60_000)
  const card = chat.card('silence_alert')
  await expect(card).toHaveAttribute('data-state', 'failed')
  await expect(card).toContainText('Outcome unknown: interrupted')
  await expect(chat.answer).toContainText('w5')
  expect((await world.toolCalls('silence_alert')).length).toBe(before + 1)
})

test('a queue survives the server’s death and goes on', async ({ open, world, troubles }) => {
  expectOutage(troubles)
  const chat = await open('eddie')
  await chat.ask('[[words:150]] [[rate:40]] killed with a queue')
  await chat.untilWords(10)
  await chat.ask('[[words:9]] queued before the kill')
  await expect(chat.queue).toHaveCount(1)
  await world.killServer()
  await world.startServer()
  await expect(chat.answers).toHaveCount(2, { timeout: 60_000 })
  await chat.showsWordsOnce(9)
  await chat.showsWordsOnce(150, chat.answers.first())
})

test('a run goes on after a restart with nobody watching', async ({ open, world, troubles }) => {
  expectOutage(troubles)
  const first = await open('eddie')
  await first.ask('[[words:200]] [[rate:60]] nobody watches the restart')
  await first.untilWords(10)
  const path = first.sessionPath
  await world.killServer()
  await first.page.context().close()
  await world.startServer()
  await expect
    .poll(async () => (await world.modelRequests('nobody watches')).map((request) => request.status), {
      timeout: 60_000,
    })
    .toEqual(['aborted', 'completed'])
  const second = await open('eddie')
  await second.page.goto(path)
  await second.showsWordsOnce(200)
})
