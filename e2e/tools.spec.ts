import { expect, test } from './support/test.ts'

test('with the telemetry server down the page is usable, and the answer says what is missing', async ({
  open,
  world,
}) => {
  await world.killTelemetry()
  const chat = await open('eddie')
  await chat.ask('Why is checkout slow?')
  await chat.answerIs('completed', 60_000)
  await expect(chat.answer).toContainText(/tool|server|reach|available/i)
  await expect(chat.answer).not.toContainText('v2.14.0')

  await world.restoreTelemetry()
  await chat.ask('[[call:list_services:{}]] is it back?')
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
  await expect(chat.card('list_services').last()).toHaveAttribute('data-state', 'done')
})

test('a slow tool shows its progress and then its result', async ({ open, world }) => {
  await world.fault({ tool: 'list_alerts', delayMs: 3_000 })
  const chat = await open('eddie')
  await chat.ask('[[call:list_alerts:{}]] [[call:search_traces:{}]] slowly')
  await expect(chat.card('search_traces')).toContainText(/opening blocks|scanning|sorting/)
  await expect(chat.card('search_traces')).toHaveAttribute('data-state', 'done')
  await expect(chat.card('list_alerts')).toHaveAttribute('data-state', /waiting|running/)
  await chat.answerIs('completed')
  await expect(chat.card('list_alerts')).toHaveAttribute('data-state', 'done')
})

test('a tool that fails says so on its card and to the model', async ({ open, world }) => {
  await world.fault({ tool: 'query_logs', fail: 'the log store is being compacted' })
  const chat = await open('eddie')
  await chat.ask('[[call:query_logs:{}]] and it fails')
  await chat.answerIs('completed')
  await expect(chat.card('query_logs')).toHaveAttribute('data-state', 'failed')
  await expect(chat.card('query_logs')).toContainText('the log store is being compacted')
  await expect(chat.answer).toContainText('answered: the log store is being compacted')
})

test('a telemetry server that dies during a call ends the call, not the answer', async ({ open, world }) => {
  await world.fault({ tool: 'query_logs', hang: true })
  const chat = await open('eddie')
  const before = (await world.toolCalls('query_logs')).length
  await chat.ask('[[call:query_logs:{}]] [[words:6]] it dies')
  await expect.poll(async () => (await world.toolCalls('query_logs')).length).toBe(before + 1)
  await world.fault({ crash: true })
  await expect(chat.card('query_logs')).toHaveAttribute('data-state', 'failed', { timeout: 45_000 })
  await chat.answerIs('completed')
  await expect(chat.answer).toContainText('w6')

  await world.restoreTelemetry()
  await chat.ask('[[call:query_logs:{}]] [[words:2]] it is back')
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
  await expect(chat.card('query_logs').last()).toHaveAttribute('data-state', 'done')
})

test('a result too large to show is previewed, and the whole is there on demand', async ({ open, world }) => {
  await world.fault({ tool: 'query_logs', bytes: 300_000 })
  const chat = await open('eddie')
  await chat.ask('[[call:query_logs:{}]] a great deal')
  await chat.answerIs('completed')
  const card = chat.card('query_logs')
  await card.getByRole('button').first().click()
  const shown = (await card.innerText()).length
  expect(shown).toBeLessThan(40_000)
  await expect(card.getByTestId('result')).toContainText(/preview of 300 kB/)
  await card.getByTestId('whole-result').click()
  await expect(card.getByTestId('result')).not.toContainText('preview')
  await expect(card.getByTestId('result')).toContainText('300 kB')
})

test('a viewer who wants a service restarted is told that it is not permitted, and nothing is called', async ({
  open,
  world,
}) => {
  const chat = await open('vera')
  const before = (await world.toolCalls('restart_service')).length
  await chat.ask('Please restart the payments service')
  await chat.answerIs('completed')
  await expect(chat.answer).toContainText(/not available to you: your role does not offer it/)
  await chat.ask('[[call:restart_service:{"service":"payments","reason":"I insist"}]] [[words:3]]')
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
  await expect(chat.card('restart_service')).toHaveAttribute('data-state', 'failed')
  await expect(chat.answer).toContainText('w3')
  const { tools } = (await (await chat.page.request.get('/api/mcp/tools')).json()) as { tools: { risk: string }[] }
  expect(tools.length).toBeGreaterThan(0)
  expect(tools.map((tool) => tool.risk)).toEqual(tools.map(() => 'read'))
  expect((await world.toolCalls('restart_service')).length).toBe(before)
})

test('an editor who wants a service restarted is asked, and gets it restarted once', async ({ open, world }) => {
  const chat = await open('eddie')
  const before = (await world.toolCalls('restart_service')).length
  await chat.ask('Please restart the catalogue service')
  await expect(chat.approvals).toContainText('restart_service')
  expect((await world.toolCalls('restart_service')).length).toBe(before)
  await chat.approvals.getByTestId('approve-once').click()
  await chat.answerIs('completed')
  await expect(chat.card('restart_service')).toHaveAttribute('data-state', 'done')
  const calls = (await world.toolCalls('restart_service')).slice(before)
  expect(calls).toMatchObject([{ arguments: { service: 'catalogue' }, status: 'ok', tookEffect: true }])
  await expect(chat.answer).toContainText('catalogue')
})
