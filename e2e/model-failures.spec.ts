import type { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

/** After whatever went wrong, the session takes and answers the next question. */
async function isUsable(chat: Chat): Promise<void> {
  // A question without an answer goes to the model together with the next one: its order is to strike no more.
  await chat.ask('[[step:9]] [[words:4]] and now?')
  await expect(chat.questions).toHaveCount(2)
  await chat.showsWordsOnce(4)
}

const failureNote = (chat: Chat) => chat.page.locator('[data-testid=run-note][data-kind=failed]')

test('a model that answers 500 fails the run with a coded error, and no text of the upstream', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[status:500]] the model is broken')
  await expect(failureNote(chat)).toBeVisible({ timeout: 60_000 })
  await expect(failureNote(chat)).toContainText(/model/i)
  await expect(failureNote(chat)).toContainText(/model_[a-z_]+/)
  await chat.page.reload()
  await expect(failureNote(chat)).toContainText(/model_[a-z_]+/)
  await isUsable(chat)
})

test('a model that answers 429 twice is asked again, and the answer comes', async ({ open, world }) => {
  const chat = await open('eddie')
  await chat.ask('[[status:429:2]] [[words:12]] too many requests')
  await chat.showsWordsOnce(12)
  await expect(failureNote(chat)).toHaveCount(0)
  const requests = await world.modelRequests('too many requests')
  expect(requests.map((request) => request.status)).toEqual(['failed', 'failed', 'completed'])
})

test('a model that answers garbage fails the run with a coded error', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[garbage]] the model babbles')
  await expect(failureNote(chat)).toContainText(/model_[a-z_]+/, { timeout: 60_000 })
  await isUsable(chat)
})

for (const [directive, what] of [
  ['half-line', 'breaks off in the middle of a line'],
  ['error-chunk', 'sends an error in its stream'],
] as const) {
  test(`a model that ${what} fails the run, and the partial answer is kept`, async ({ open }) => {
    const chat = await open('eddie')
    await chat.ask(`[[${directive}]] the model stops in the middle`)
    await chat.answerIs('failed', 60_000)
    await expect(failureNote(chat)).toContainText(/model_[a-z_]+/)
    const partial = await chat.answer.locator('.message-parts').innerText()
    expect(partial.trim().split(/\s+/).length).toBeGreaterThanOrEqual(3)
    await chat.page.reload()
    await expect(chat.answer.locator('.message-parts')).toHaveText(partial)
    await isUsable(chat)
  })
}

test('a model that sends nothing at all can be stopped', async ({ open, world }) => {
  const chat = await open('eddie')
  await chat.ask('[[silent]] the model is mute')
  await expect.poll(async () => (await world.modelRequests('the model is mute')).length).toBe(1)
  await chat.stopButton.click()
  await expect(chat.notes.filter({ hasText: 'Stopped' })).toBeVisible()
  await isUsable(chat)
})

test('a call whose arguments were cut off goes back to the model, and poisons nothing', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[cut-call:query_logs]] [[words:3]] cut off')
  await chat.answerIs('completed')
  await expect(chat.card('query_logs')).toHaveAttribute('data-state', 'failed')
  await expect(chat.answer).toContainText('w3')
  await isUsable(chat)
})
