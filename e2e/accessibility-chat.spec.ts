import { AT_1280, CALM, findsNothing, go } from './support/axe.ts'
import type { Chat } from './support/chat.ts'
import { addressOf } from './support/pages.ts'
import { expect, type OpenChat, test } from './support/test.ts'

const PARTS = `## What is slow

Since **14:02** the \`payments\` service waits for its [database](https://example.com/runbook).

- one *reason*
- [ ] one task

| service | p99 |
|---|---|
| checkout | 2.1 s |

> A quotation of a colleague.

\`\`\`ts
const rate = 0.95 // of requests
return { rate, name: "checkout" }
\`\`\``

async function openedResult(open: OpenChat, order: string, kind: RegExp): Promise<Chat> {
  const chat = await open('eddie', CALM)
  await chat.ask(`[[call:${order}]] [[words:2]]`)
  await chat.answerIs('completed')
  await chat.cards.first().getByRole('button').first().click()
  await expect(chat.cards.first().getByTestId('result')).toHaveAttribute('data-kind', kind)
  return chat
}

test('axe finds nothing in a conversation, whatever is in it and wherever it is', async ({ open }) => {
  test.setTimeout(240_000)
  const chat = await open('eddie', CALM)
  const { page } = chat
  const route = '/o/[slug]/s/[sessionId]'
  await chat.ask(`[[reasoning:12]] [[say:${PARTS}]] Look`)
  await chat.answerIs('completed')
  await expect(page).toHaveURL(addressOf(route))
  await expect(chat.answer.locator('.hljs-keyword').first()).toBeVisible()
  await chat.answer.getByTestId('reasoning').getByRole('button').click()
  await chat.answer.getByRole('button', { name: 'Bad answer' }).click()
  await expect(page.getByTestId('feedback-form')).toBeVisible()
  await findsNothing(page, 'an answer with all of its parts')

  for (const answers of [2, 3]) {
    await chat.ask('[[call:list_services:{}]] [[call:list_alerts:{}]] [[words:2]] side by side')
    await expect(chat.answers).toHaveCount(answers)
    await chat.answerIs('completed')
  }
  await findsNothing(page, 'calls side by side, twice')

  await chat.ask('[[stall:4]] it stalls')
  await expect(chat.answers).toHaveCount(4)
  await chat.untilWords(4)
  await chat.ask('[[words:2]] the second')
  await chat.ask('[[words:2]] the third')
  await expect(chat.queue).toHaveCount(2)
  await findsNothing(page, 'a run, and a queue behind it')
  await page.setViewportSize(AT_1280[0].viewport)
  await chat.queue.first().getByRole('button', { name: 'Edit' }).click()
  await findsNothing(page, 'a queued message that is edited')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await expect(page.getByTestId('queue')).toHaveAttribute('data-paused', 'true')
  await findsNothing(page, 'a stopped run, and a paused queue')
  await page.setViewportSize(AT_1280[0].viewport)
  await chat.queue.first().getByRole('button', { name: 'Remove' }).click()
  await expect(chat.queue).toHaveCount(1)
  await chat.queue.first().getByRole('button', { name: 'Remove' }).click()
  await expect(chat.queue).toHaveCount(0)
  await chat.ask('[[error-chunk]] it fails')
  await chat.answerIs('failed')
  await findsNothing(page, 'a failed answer')

  await page.setViewportSize(AT_1280[0].viewport)
  await page.getByTestId('session-menu').click()
  await findsNothing(page, 'the menu of the session', AT_1280)
  await chat.chooseMenuItem('Share…')
  await page.getByTestId('create-share').click()
  const share = page.getByTestId('share').getByRole('link')
  await expect(share).toBeVisible()
  await findsNothing(page, 'the dialog for sharing')
  const path = (await share.getAttribute('href')) ?? ''
  await go(page, '/o/[slug]/shared/[shareId]', path, '[data-testid=shared-thread]')
  await page.getByTestId('tool-card').first().getByRole('button').first().click()
  await findsNothing(page, 'a shared session')
})

test('axe finds nothing where a question is edited, where an earlier version is read, and offline', async ({
  open,
  troubles,
}) => {
  test.setTimeout(120_000)
  troubles.provoke(/net::ERR_/)
  const chat = await open('eddie', CALM)
  const { page } = chat
  await chat.ask('[[words:2]] to be edited')
  await chat.answerIs('completed')
  await chat.questions.first().getByRole('button', { name: 'Edit question' }).press('Enter')
  const editor = page.getByTestId('question-editor')
  await editor.getByRole('textbox').fill('[[words:3]] edited')
  await findsNothing(page, 'a question that is edited')
  await editor.getByRole('button', { name: /send$/i }).click()
  await chat.showsWordsOnce(3)
  const before = page.getByRole('button', { name: 'Show the previous version' })
  await expect(before).toBeVisible()
  await findsNothing(page, 'a question with versions')
  await before.click()
  await expect(page.getByTestId('version-bar')).toBeVisible()
  await findsNothing(page, 'an earlier version')
  await page.getByTestId('version-back').click()

  await page.context().setOffline(true)
  await expect(page.getByTestId('connection')).toHaveAttribute('data-outage', 'offline')
  await chat.composer.fill('asked while offline')
  await chat.composer.press('Enter')
  await expect(chat.questions.last()).toHaveAttribute('data-delivery', 'held')
  await findsNothing(page, 'offline, with a question that is held')
  await page.context().setOffline(false)
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
})

test('axe finds nothing in what tools answered', async ({ open }) => {
  test.setTimeout(240_000)
  const series = 'query_metrics:{"metric":"db_pool_max"}'
  const chart = await openedResult(open, series, /series/)
  await expect(chart.page.getByTestId('chart')).toBeVisible()
  await findsNothing(chart.page, 'a chart')
  await chart.page.getByTestId('result').getByRole('button', { name: 'Table' }).click()
  await expect(chart.page.getByTestId('result').getByRole('table')).toBeVisible()
  await findsNothing(chart.page, 'a table')
  await chart.page.getByTestId('result').getByRole('button', { name: 'Tree' }).click()
  await findsNothing(chart.page, 'a tree')
  await chart.page.getByTestId('result').getByRole('button', { name: 'Raw' }).click()
  await findsNothing(chart.page, 'raw text')

  const logs = await openedResult(open, 'query_logs:{"service":"payments"}', /logs/)
  await findsNothing(logs.page, 'lines of a log')
  await logs.ask('[[call:query_logs:{"service":"payments"}]] [[say:| a |\n|---|\n| 1 |\n\n| b |\n|---|\n| 2 |]]')
  await expect(logs.answers).toHaveCount(2)
  await logs.answerIs('completed')
  await logs.cards.last().getByRole('button').first().click()
  await expect(logs.page.getByTestId('result')).toHaveCount(2)
  await findsNothing(logs.page, 'two of each')

  const traces = await openedResult(open, 'search_traces:{"service":"checkout"}', /table|json/)
  const stored = await (await traces.page.request.get(`/api/sessions/${traces.sessionId}`)).text()
  const id = /traceId\W+([0-9a-f]{16,})/.exec(stored)?.[1]
  expect(id).toBeTruthy()
  const trace = await openedResult(open, `get_trace:{"trace_id":"${id}"}`, /trace/)
  await findsNothing(trace.page, 'a trace')
})

test('axe finds nothing where approvals are asked for', async ({ open }) => {
  test.setTimeout(120_000)
  const chat = await open('ada', CALM)
  await chat.ask('Please restart the catalogue service')
  await expect(chat.approvals).toBeVisible()
  await findsNothing(chat.page, 'an approval in its conversation')
  const session = chat.sessionPath
  await go(chat.page, '/o/[slug]/approvals', '/o/acme/approvals', '[data-testid=approval]')
  await findsNothing(chat.page, 'the list of approvals')
  await chat.page.goto(session)
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await findsNothing(chat.page, 'an approval that nobody gave')
})
