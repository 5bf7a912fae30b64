import type { Row } from '../report.ts'
import { round } from '../statistics.ts'
import { type Seat, sessionAddress, untilIdle } from './open-browser.ts'
import { columnsOf, traced, type Work } from './trace.ts'

/** A result of many points: opened as a chart, read with the cross-hair, zoomed. */
export async function measureChart(
  seat: Seat,
  sessionId: string,
  chart: { points: number; series: number },
  explain: (what: string, work: Work) => void,
): Promise<Row[]> {
  const { page, browser } = seat
  const name = `${chart.points.toLocaleString('en')} points in ${chart.series} series`
  await page.goto(sessionAddress(sessionId))
  const card = page.getByTestId('tool-card').last()
  await card.waitFor()
  await untilIdle(page)
  const timed = async (act: () => Promise<void>) => {
    const { result, work } = await traced(browser, page, async () => {
      const began = performance.now()
      await act()
      return performance.now() - began
    })
    return { milliseconds: result, work }
  }
  const canvas = card.locator('canvas').first()
  const drawing = await timed(async () => {
    await card.getByRole('button').first().click()
    await canvas.waitFor()
    await untilIdle(page)
  })
  explain(`${name}: drawn`, drawing.work)
  await canvas.scrollIntoViewIfNeeded()
  const box = await canvas.boundingBox()
  if (!box) throw new Error('The chart has no place on the page.')
  const at = (share: number) => [box.x + 80 + (box.width - 100) * share, box.y + box.height / 2] as const
  const reading = await timed(async () => {
    for (let step = 0; step <= 60; step += 1) await page.mouse.move(...at(step / 60))
  })
  explain(`${name}: cross-hair`, reading.work)
  const zooming = await timed(async () => {
    await page.mouse.move(...at(0.3))
    await page.mouse.down()
    for (let step = 0; step <= 20; step += 1) await page.mouse.move(...at(0.3 + step / 100))
    await page.mouse.up()
    await untilIdle(page)
    await page.mouse.dblclick(...at(0.5))
    await untilIdle(page)
  })
  explain(`${name}: zoom`, zooming.work)
  const rowOf = (what: string, { milliseconds, work }: { milliseconds: number; work: Work }): Row => ({
    chart: `${name}: ${what}`,
    ms: round(milliseconds),
    ...columnsOf(work),
  })
  return [
    rowOf('opened, fetched and drawn', drawing),
    rowOf('cross-hair moved 60 times', reading),
    rowOf('zoomed in and out again', zooming),
  ]
}
