import { ask, call, expect, newChat, RICH_ANSWER, test } from './shots.ts'

const CONTINUED = 'Continued after an interruption'

test('a new chat, and an investigation from its question to its answer', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Robin Reyes')
  const { page } = chat
  await expect(page.getByTestId('example').first()).toBeVisible()
  await shoot(page, 'empty')
  await chat.ask('Why is checkout slow?')
  await chat.answerIs('completed', 90_000)
  await shoot(page, 'investigation', {
    before: () => page.getByTestId('thread').evaluate((thread) => thread.scrollTo({ top: 0 })),
  })
  await shoot(page, 'investigation-answer', {
    before: () =>
      chat.answer
        .getByText(/^Cause/)
        .first()
        .evaluate((cause) => cause.scrollIntoView({ block: 'center' })),
  })
  await shoot(page, 'investigation-end', {
    before: () => page.getByTestId('thread').evaluate((thread) => thread.scrollTo({ top: thread.scrollHeight })),
  })
  await ask(world, chat, 'What do I do about it?', `[[say:${RICH_ANSWER}]]`)
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
  await shoot(page, 'finished', {
    before: () =>
      chat.answer
        .getByRole('heading', { level: 2 })
        .last()
        .evaluate((heading) => heading.scrollIntoView({ block: 'start' })),
  })
  await chat.answer.getByRole('button', { name: 'Bad answer' }).click()
  await shoot(page, 'feedback', {
    before: () => page.getByTestId('feedback-form').evaluate((form) => form.scrollIntoView({ block: 'end' })),
  })
  await page.getByTestId('feedback-form').getByRole('button', { name: 'Without a word' }).click()
})

test('an answer while it is written', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Robin Reyes')
  const { page } = chat
  await ask(world, chat, 'Is anything wrong with payments?', '[[wait-first:60000]]')
  await expect(chat.stopButton).toBeVisible()
  await shoot(page, 'waiting')
  await chat.stopButton.click()
  await newChat(chat)
  await ask(world, chat, 'And what do I do about it?', `[[rate:5]] [[say:${RICH_ANSWER}]]`)
  await expect(chat.answer.getByRole('cell', { name: 'payments' })).toBeVisible({ timeout: 60_000 })
  await shoot(page, 'streaming')
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await shoot(page, 'stopped')
  await newChat(chat)
  await ask(world, chat, 'Think about payments, please', '[[reasoning:140]] [[rate:6]] [[words:40]]')
  await expect(chat.answer.getByText(/\br30\b/)).toBeVisible({ timeout: 60_000 })
  await shoot(page, 'reasoning')
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
})

test('tool calls in each of their states', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Robin Reyes')
  const { page } = chat
  await world.fault({ tool: 'search_traces', hang: true })
  await world.fault({ tool: 'list_alerts', fail: 'the alert store is down: dial tcp 10.0.4.17:9093: connect: refused' })
  const metrics = '[[call:query_metrics:{"metric":"latency_p95_seconds"}]]'
  const four = `${metrics} [[call:list_services:{}]] [[call:list_alerts:{}]] [[call:search_traces:{"service":"checkout"}]]`
  await ask(world, chat, 'Look at everything at once', `${four} [[say:One of four sources did not answer.]]`)
  await expect(chat.card('list_alerts')).toHaveAttribute('data-state', 'failed')
  await expect(chat.card('search_traces')).toHaveAttribute('data-state', 'running')
  await shoot(page, 'tools-running')
  await world.endFaults()
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await shoot(page, 'tools-stopped')
  await chat.card('list_alerts').getByRole('button').first().click()
  await shoot(page, 'tool-failed-open')

  await newChat(chat)
  await ask(
    world,
    chat,
    'Services, latency and deployments?',
    `${metrics} [[call:list_services:{}]] [[call:list_deployments:{}]] [[say:All three answered.]]`,
  )
  await chat.answerIs('completed')
  await shoot(page, 'tools-parallel')
  await newChat(chat)
  await ask(world, chat, 'Step by step, please', '[[calls:3]]')
  await chat.answerIs('completed')
  await shoot(page, 'tools-steps')

  await world.fault({ tool: 'silence_alert', hang: true })
  await newChat(chat)
  const silence = { alert: 'CheckoutLatencyHigh', duration_minutes: 30, reason: 'on it' }
  await ask(
    world,
    chat,
    'Silence it for half an hour',
    `[[call:silence_alert:${JSON.stringify(silence)}]] [[say:I cannot tell whether it is silenced.]]`,
  )
  await expect(chat.card('silence_alert')).toHaveAttribute('data-state', 'running')
  await expect.poll(async () => (await world.toolCalls('silence_alert')).length).toBeGreaterThan(0)
  await world.killServer()
  await world.endFaults()
  await world.startServer()
  await chat.answerIs('completed', 60_000)
  await expect(chat.card('silence_alert')).toContainText('Outcome unknown')
  await shoot(page, 'tool-outcome-unknown')
})

test('answers that did not go as planned', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Robin Reyes')
  const { page } = chat
  await ask(world, chat, 'What went wrong at nine?', '[[status:400]]')
  await expect(chat.notes.first()).toBeVisible()
  await shoot(page, 'failed-at-once')
  await newChat(chat)
  await ask(world, chat, 'What went wrong at ten?', '[[call:list_services:{}]] [[step:2]] [[error-chunk]]')
  await expect(chat.notes.first()).toBeVisible({ timeout: 60_000 })
  await shoot(page, 'failed')

  await newChat(chat)
  await ask(world, chat, 'What can I do about it?', `[[rate:30]] [[say:${RICH_ANSWER}]]`)
  await expect(chat.answer.getByRole('cell', { name: 'payments' })).toBeVisible()
  await world.killServer()
  await world.startServer()
  await chat.answerIs('completed', 60_000)
  await expect(chat.notes.filter({ hasText: CONTINUED })).toBeVisible()
  await shoot(page, 'continued', {
    before: () => chat.notes.first().evaluate((note) => note.scrollIntoView({ block: 'end' })),
  })

  const model = { provider: 'openai-compatible', model: 'demo-small', name: 'Small window', baseUrl: world.modelUrl }
  const admin = await colleague('Sam Small', 'admin')
  const { id } = (await call(admin.page, 'POST', '/api/models/configs?org=acme', {
    ...model,
    contextTokens: 9_000,
    maxOutputTokens: 1_000,
  })) as { id: string }
  await newChat(chat)
  await page.reload()
  await page.getByTestId('model-choice').click()
  await page.getByRole('menuitemradio', { name: 'Small window' }).click()
  for (const round of [1, 2, 3, 4, 5, 6]) {
    await ask(world, chat, `What happened in hour ${round}?`, '[[words:900]] [[rate:4000]]')
    await expect(chat.answers).toHaveCount(round)
    await chat.answerIs('completed')
  }
  await ask(
    world,
    chat,
    'And what was it in the first hour?',
    '[[say:Of the first hour I know nothing any more. Shall I look again?]]',
  )
  await expect(chat.answers).toHaveCount(7)
  await chat.answerIs('completed')
  await expect(chat.notes.filter({ hasText: 'window' }).last()).toBeVisible()
  await shoot(page, 'trimmed')
  await call(admin.page, 'DELETE', `/api/models/configs/${id}`)
})

test('threads that are not there', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Robin Reyes')
  const { page } = chat
  await ask(world, chat, 'What do I do about it?', `[[say:${RICH_ANSWER}]]`)
  await chat.answerIs('completed')
  const { sessionPath, sessionId } = chat
  await page.goto('/o/acme/s/ses_nowhere')
  await expect(page.getByText('This session does not exist')).toBeVisible()
  await shoot(page, 'missing')

  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.goto('/o/acme')
  await page.route(`**/api/sessions/${sessionId}*`, async (route) => {
    await released
    await route.fulfill({
      status: 503,
      contentType: 'application/json',
      body: JSON.stringify({ error: { code: 'unavailable', message: 'The store does not answer at the moment.' } }),
    })
  })
  await page.route('**/api/events*', (route) => route.abort())
  await chat.link(sessionId).click()
  await expect(page).toHaveURL(new RegExp(`${sessionId}$`))
  await expect(page.getByLabel('Loading the session')).toBeVisible()
  await shoot(page, 'loading')
  release()
  await expect(page.getByText('could not be loaded')).toBeVisible()
  await shoot(page, 'load-error')
  await page.unrouteAll({ behavior: 'ignoreErrors' })

  await page.goto(sessionPath)
  await chat.answerIs('completed')
  await page.route('**/api/agent/runs', (route) => route.abort())
  await chat.composer.fill('Is it better now?')
  await chat.sendButton.click()
  await expect(page.getByTestId('resend')).toBeVisible({ timeout: 60_000 })
  await shoot(page, 'unsent')
})

test('far from the end', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Robin Reyes')
  const { page } = chat
  await ask(world, chat, 'Tell me everything', '[[words:1200]] [[rate:4000]]')
  await chat.showsWordsOnce(1200)
  await ask(world, chat, 'What do I do about it?', `[[say:${RICH_ANSWER}]]`)
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
  await shoot(page, 'jump-to-latest', {
    before: async () => {
      await page.getByTestId('thread').evaluate((thread) => thread.scrollTo({ top: 200 }))
      await expect(page.getByTestId('jump-to-latest')).toBeVisible()
    },
  })
})
