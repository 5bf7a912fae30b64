import { expect, test } from './support/test.ts'

const WIDTHS = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]

for (const viewport of WIDTHS) {
  test(`results show as what they are at ${viewport.width}: chart, table, lines, trace, tree, and raw`, async ({
    open,
  }) => {
    const chat = await open('eddie', { viewport })
    await chat.ask('[[call:query_metrics:{"metric":"db_pool_max","service":"payments"}]] [[words:2]]')
    await chat.answerIs('completed')
    const metrics = chat.card('query_metrics')
    await metrics.getByRole('button').first().click()
    const result = metrics.getByTestId('result')
    await expect(result).toHaveAttribute('data-kind', 'series')
    await expect(result.getByTestId('chart')).toBeVisible()
    await result.getByRole('button', { name: 'Table' }).click()
    await expect(result.getByRole('table')).toBeVisible()
    await result.getByRole('columnheader').first().getByRole('button').click()
    const saved = chat.page.waitForEvent('download')
    await result.getByRole('button', { name: 'CSV' }).click()
    expect((await saved).suggestedFilename()).toBe('result.csv')
    await result.getByRole('button', { name: 'Raw' }).click()
    await expect(result).toContainText('db_pool_max')

    await chat.ask('[[call:query_logs:{"service":"payments"}]] [[words:2]]')
    await expect(chat.answers).toHaveCount(2)
    await chat.answerIs('completed')
    const logs = chat.card('query_logs').last()
    await logs.getByRole('button').first().click()
    await expect(logs.getByTestId('result')).toHaveAttribute('data-kind', 'logs')

    await chat.ask('[[call:list_services:{}]] [[words:2]]')
    await expect(chat.answers).toHaveCount(3)
    await chat.answerIs('completed')
    const services = chat.card('list_services').last()
    await services.getByRole('button').first().click()
    await expect(services.getByTestId('result')).toHaveAttribute('data-kind', /table|json/)
  })
}
