import { readFile } from 'node:fs/promises'
import { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }
const WIDTHS = [
  { name: 'on a desktop', options: { viewport: { width: 1440, height: 900 } } },
  { name: 'on a phone', options: PHONE },
]
const WORDS = 240
/** Two sources are read while a restart waits for a person; then a long answer is written. */
const DIRECTIVES = [
  '[[call:query_metrics:{"metric":"latency_p95_seconds"}]]',
  '[[call:query_logs:{"service":"payments","limit":40}]]',
  '[[call:restart_service:{"service":"catalogue","reason":"its cache is cold"}]]',
  `[[words:${WORDS}]] [[rate:40]]`,
].join(' ')

for (const { name, options } of WIDTHS) {
  test(`an on-call night ${name}, from the alert to the shared answer`, async ({ open, world, troubles }) => {
    test.setTimeout(150_000)
    // The outages, and the session that is not the reader's.
    troubles.provoke(/net::ERR_/, /status of 404/)
    const restartsBefore = (await world.toolCalls('restart_service')).length

    // An alert fires: the empty thread offers the question.
    let chat = await open('eddie', options)
    const suggestion = chat.page.locator('[data-testid=example][data-from=alert]').first()
    const question = (await suggestion.innerText()).trim()
    expect(question).toMatch(/^Why is \w+ firing\?$/)
    await world.order(question, DIRECTIVES)
    await suggestion.click()
    await expect(chat.composer).toHaveValue(question)
    await chat.composer.press('Enter')
    await expect(chat.page).toHaveURL(/\/s\//)

    // The tools' calls come in; one of them waits for a decision, and nothing is changed meanwhile.
    await expect(chat.card('query_metrics')).toHaveAttribute('data-state', 'done')
    await expect(chat.card('query_logs')).toHaveAttribute('data-state', 'done')
    await expect(chat.approvals).toContainText('restart_service')
    expect((await world.toolCalls('restart_service')).length).toBe(restartsBefore)

    // It is given from the phone in the other hand.
    const phone = await open('eddie', PHONE)
    await phone.page.getByTestId('open-drawer').tap()
    await phone.page.getByTestId('open-approvals').locator('visible=true').tap()
    await expect(phone.approvals).toHaveCount(1)
    await expect(phone.approvals).toContainText('"service": "catalogue"')
    await phone.approvals.getByTestId('approve-once').tap()
    await expect(phone.page.getByTestId('no-approvals')).toBeVisible()
    await expect(chat.answer.getByTestId('approval')).toContainText('Eddie Editor approved of restart_service')
    await phone.page.context().close()

    // The network drops in mid-answer and comes back.
    await chat.untilWords(10)
    await chat.page.context().setOffline(true)
    await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'offline')
    await chat.page.context().setOffline(false)
    const { sessionPath, sessionId } = chat
    const context = chat.page.context()
    const shown = (await chat.wordsOf()).length
    await chat.untilWords(shown + 5)

    // The tab is closed and opened again.
    await chat.page.close()
    chat = new Chat(await context.newPage())
    await chat.page.goto(sessionPath)
    await expect(chat.answer).toHaveAttribute('data-live', 'true')
    await chat.untilWords(60)

    // The server dies in mid-answer. Every word is there once all the same, and the restart was made once.
    await world.killServer()
    await world.startServer()
    await chat.showsWordsOnce(WORDS)
    await expect(chat.notes.filter({ hasText: 'Continued after an interruption' })).toBeVisible()
    await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'open')
    expect((await world.toolCalls('restart_service')).length).toBe(restartsBefore + 1)

    // What it rests on: a chart, and lines of a log.
    const metrics = chat.card('query_metrics')
    await metrics.getByRole('button').first().press('Enter')
    await expect(metrics.getByTestId('chart').locator('canvas')).toBeVisible()
    const logs = chat.card('query_logs')
    await logs.getByRole('button').first().click()
    await expect(logs.getByTestId('result')).toHaveAttribute('data-kind', 'logs')
    await logs.getByLabel('Search lines').fill('pool')
    await expect(logs.getByTestId('log-view').getByRole('status')).toHaveText(/^\d+ (of \d+|lines)/)

    await chat.answer.getByRole('button', { name: 'Good answer' }).press('Enter')
    await chat.page.getByTestId('feedback-form').getByRole('textbox').fill(`Right at three in the morning, ${name}`)
    await chat.page.getByTestId('feedback-form').getByRole('button', { name: 'Send' }).click()
    await expect(chat.page.getByTestId('feedback-form')).toBeHidden()

    // Shared with its evidence; a colleague reads all of it and can do nothing.
    await chat.page.getByTestId('session-menu').click()
    await chat.chooseMenuItem('Share…')
    await chat.page.getByLabel('With results of tools').check()
    await chat.page.getByTestId('create-share').click()
    const link = chat.page.getByTestId('share').getByRole('link')
    await expect(link).toBeVisible()
    const path = (await link.getAttribute('href')) ?? ''
    await chat.page.keyboard.press('Escape')
    const reader = await open('vera', options)
    await reader.page.goto(path)
    const thread = reader.page.getByTestId('shared-thread')
    await expect(thread).toContainText(question)
    expect(await reader.wordsOf()).toHaveLength(WORDS)
    await expect(thread.getByTestId('tool-group')).toHaveAttribute('data-parallel', 'true')
    await expect(thread.getByTestId('approval')).toContainText('Eddie Editor approved of restart_service')
    await reader.card('query_metrics').getByRole('button').first().click()
    await expect(reader.card('query_metrics').getByTestId('chart').locator('canvas')).toBeVisible()
    await expect(reader.composer).toHaveCount(0)
    await expect(thread.getByRole('button', { name: /Good answer|Ask again|Approve/ })).toHaveCount(0)
    await reader.page.goto(sessionPath)
    await expect(reader.page.getByText('This session does not exist')).toBeVisible()

    await chat.page.getByTestId('session-menu').click()
    const saved = chat.page.waitForEvent('download')
    await chat.chooseMenuItem('Export as Markdown')
    const text = await readFile(await (await saved).path(), 'utf8')
    expect(text).toContain(question)
    expect(text).toContain(`w${WORDS}`)
    expect(chat.sessionId).toBe(sessionId)
    await world.order(question, '')
  })
}
