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

test('a chart has the colours of its series by day and by night, also where motion is reduced', async ({ open }) => {
  const chat = await open('eddie', { reducedMotion: 'reduce', colorScheme: 'dark' })
  await chat.ask('[[call:query_metrics:{"metric":"db_pool_max","service":"payments"}]] [[words:2]]')
  await chat.answerIs('completed')
  await chat.card('query_metrics').getByRole('button').first().click()
  const canvas = chat.card('query_metrics').locator('canvas')
  const coloured = () =>
    canvas.evaluate((element: HTMLCanvasElement) => {
      const { data } = element.getContext('2d')?.getImageData(0, 0, element.width, element.height) ?? { data: [] }
      let count = 0
      for (let at = 0; at < data.length; at += 4) {
        const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at, at + 4)
        if (alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) count += 1
      }
      return count
    })
  await expect.poll(coloured).toBeGreaterThan(100)
  await chat.page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(coloured).toBeGreaterThan(100)
})
