import type { Locator } from '@playwright/test'
import type { Chat } from './chat.ts'
import { expect } from './test.ts'

/** Shows the result of a call as if its server had answered this. */
export async function showResult(chat: Chat, structured: unknown): Promise<Locator> {
  const content = JSON.stringify(structured)
  await chat.page.unroute('**/api/evidence/**')
  await chat.page.route('**/api/evidence/**', (route) =>
    route.fulfill({
      json: { id: 'e', mediaType: 'application/json', bytes: content.length, offset: 0, content, nextOffset: null },
    }),
  )
  const before = await chat.answers.count()
  await chat.ask('[[call:query_metrics:{"metric":"db_pool_max","service":"payments"}]] [[words:2]]')
  await expect(chat.answers).toHaveCount(before + 1)
  await chat.answerIs('completed')
  const card = chat.card('query_metrics').last()
  await card.getByRole('button').first().click()
  return card.getByTestId('result')
}
