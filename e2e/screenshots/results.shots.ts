import { ask, expect, newChat, test } from './shots.ts'

test('results as what they are', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Mika Moreau')
  const { page } = chat
  const show = async (question: string, tool: string, input: Record<string, unknown>) => {
    await newChat(chat)
    await ask(world, chat, question, `[[call:${tool}:${JSON.stringify(input)}]] [[say:Here it is.]]`)
    await chat.answerIs('completed')
    const card = chat.card(tool)
    await card.getByRole('button').first().click()
    const result = card.getByTestId('result')
    await expect(result).toBeVisible()
    // The views are fetched when they are wanted.
    await expect(
      result.locator('canvas, [data-testid=log-view], [data-testid=trace-view], [data-testid=result-table]').first(),
    ).toBeVisible()
    return {
      result,
      before: () => result.evaluate((element) => element.scrollIntoView({ block: 'start' })),
    }
  }
  const series = await show('How full is the pool?', 'query_metrics', { metric: 'latency_p95_seconds' })
  await shoot(page, 'chart', series)
  await series.result.getByRole('button', { name: 'Table' }).click()
  await series.result.getByRole('columnheader').nth(1).getByRole('button').click()
  await shoot(page, 'table', series)
  await series.result.getByRole('button', { name: 'Tree' }).click()
  await shoot(page, 'tree', series)
  await series.result.getByRole('button', { name: 'Raw' }).click()
  await shoot(page, 'raw', series)

  const logs = await show('What does payments log?', 'query_logs', { service: 'payments', limit: 60 })
  await shoot(page, 'logs', logs)
  await logs.result.getByLabel('Search lines').fill('pool')
  await logs.result.getByRole('button', { name: 'Wrap' }).click()
  await logs.result.locator('[data-index] button').first().click()
  await shoot(page, 'logs-open', logs)
  await logs.result.getByLabel('Search lines').fill('nothing holds this')
  await shoot(page, 'logs-none', logs)

  const found = await show('Which requests are slow?', 'search_traces', { service: 'checkout' })
  await shoot(page, 'traces', found)
  await found.result.getByRole('button', { name: 'Raw' }).click()
  const id = /\b[0-9a-f]{32}\b/.exec(await found.result.innerText())?.[0]
  const trace = await show('Where does the time of one go?', 'get_trace', { trace_id: id })
  await shoot(page, 'trace', trace)
  await trace.result.locator('[data-index] button').first().click()
  await shoot(page, 'trace-open', trace)
})
