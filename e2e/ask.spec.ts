import { incidentOf, roundedAnchor } from '../demo/shop/index.ts'
import { expect, test } from './support/test.ts'

test('a question is investigated with tools, and the answer names the real cause', async ({ open, world }) => {
  const incident = incidentOf({ seed: 1, anchor: roundedAnchor(Date.now()), restarts: [] })
  const chat = await open('eddie')
  await expect(chat.page.getByTestId('model-label')).toHaveText('demo model: scripted, not a language model')
  // The page asks for the alerts that fire, to suggest questions about them; that call is none of the answer's.
  await expect(chat.page.locator('[data-testid=example][data-from=alert]').first()).toBeVisible()
  const callsBefore = (await world.toolCalls()).length

  await chat.ask('Why is checkout slow?')
  await expect(chat.questions.last()).toContainText('Why is checkout slow?')
  await expect(chat.page.getByTestId('reasoning').first()).toBeVisible()
  await expect(chat.cards.first()).toBeVisible()
  await chat.answerIs('completed')

  await expect(chat.answer).toContainText(incident.service)
  await expect(chat.answer).toContainText(incident.version)
  await expect(chat.answer).toContainText(incident.metric)
  await expect(chat.answer).toContainText(`from ${incident.before} to ${incident.after}`)
  const shown = await chat.cards.count()
  expect(shown).toBeGreaterThan(4)
  await expect(chat.page.locator('[data-testid=tool-card][data-state=done]')).toHaveCount(shown)
  expect((await world.toolCalls()).length - callsBefore).toBe(shown)
  await expect(chat.link(chat.sessionId)).not.toHaveText('New session')
})

test('a series result is drawn as a chart, with the call’s arguments and result beside it', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[call:query_metrics:{"metric":"db_pool_max","service":"payments"}]]')
  await chat.answerIs('completed')
  const card = chat.card('query_metrics')
  await expect(card).toHaveAttribute('data-state', 'done')
  await card.getByRole('button').first().click()
  await expect(card.getByTestId('chart').locator('canvas')).toBeVisible()
  await expect(card).toContainText('db_pool_max')
  await expect(card.getByRole('group', { name: 'Arguments' })).toBeVisible()
  await expect(card.getByRole('group', { name: 'Result' })).toBeVisible()
})

test('reasoning is shown while it is written, and folded away but kept after', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[reasoning:120]] [[words:40]] [[rate:80]]')
  const reasoning = chat.page.getByTestId('reasoning')
  await expect(reasoning).toHaveAttribute('data-open', 'true')
  await expect(reasoning).toContainText('r5')
  await chat.showsWordsOnce(40)
  await expect(reasoning).toHaveAttribute('data-open', 'false')
  await reasoning.getByRole('button').click()
  await expect(reasoning).toContainText('r120')
})

test('a conversation goes on after a reload, with the earlier answer in place', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:5]] first')
  await chat.showsWordsOnce(5)
  await chat.page.reload()
  await chat.showsWordsOnce(5)
  await chat.ask('[[words:7]] second')
  await expect(chat.answers).toHaveCount(2)
  await chat.showsWordsOnce(7)
  await chat.showsWordsOnce(5, chat.answers.first())
})

test('what the scripted model does not understand, it declines plainly', async ({ open }) => {
  const chat = await open('vera')
  await chat.ask('Write me a poem about autumn')
  await chat.answerIs('completed')
  await expect(chat.answer).toContainText('scripted')
  await expect(chat.cards).toHaveCount(0)
})
