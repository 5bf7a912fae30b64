import type { Row } from '../report.ts'
import { round } from '../statistics.ts'
import { type Seat, sessionAddress, untilIdle } from './open-browser.ts'
import { columnsOf, traced, type Work } from './trace.ts'

export interface ChartSize {
  points: number
  series: number
  /** No two lines have a time in common. */
  apart?: boolean
}

/** A result of many points: opened as a chart, read with the cross-hair, zoomed, moved, a line isolated, the page resized. */
export async function measureChart(
  seat: Seat,
  sessionId: string,
  chart: ChartSize,
  explain: (what: string, work: Work) => void,
): Promise<Row[]> {
  const { page, browser } = seat
  const apart = chart.apart ? ', each at its own times' : ''
  const name = `${chart.points.toLocaleString('en')} points in ${chart.series} series${apart}`
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
  })
  explain(`${name}: zoom`, zooming.work)
  const moving = await timed(async () => {
    await page.keyboard.down('Shift')
    await page.mouse.move(...at(0.2))
    await page.mouse.down()
    for (let step = 0; step <= 40; step += 1) await page.mouse.move(...at(0.2 + step / 60))
    await page.mouse.up()
    await page.keyboard.up('Shift')
    await untilIdle(page)
  })
  explain(`${name}: moved`, moving.work)
  const whole = await timed(async () => {
    await page.mouse.dblclick(...at(0.5))
    await untilIdle(page)
  })
  explain(`${name}: whole`, whole.work)
  const isolating = await timed(async () => {
    const line = card.getByTestId('legend-item').first()
    for (const _turn of ['alone', 'all again']) {
      await line.click()
      await untilIdle(page)
    }
  })
  explain(`${name}: isolated`, isolating.work)
  const { width, height } = page.viewportSize() ?? { width: 1440, height: 900 }
  const resizing = await timed(async () => {
    for (let step = 1; step <= 8; step += 1) await page.setViewportSize({ width: width - step * 100, height })
    await page.setViewportSize({ width, height })
    await untilIdle(page)
  })
  explain(`${name}: resized`, resizing.work)
  const rowOf = (what: string, { milliseconds, work }: { milliseconds: number; work: Work }): Row => ({
    chart: `${name}: ${what}`,
    ms: round(milliseconds),
    ...columnsOf(work),
  })
  return [
    rowOf('opened, fetched and drawn', drawing),
    rowOf('cross-hair moved 60 times', reading),
    rowOf('zoomed in', zooming),
    rowOf('moved along while zoomed', moving),
    rowOf('back to the whole', whole),
    rowOf('one line alone, and all again', isolating),
    rowOf('the window made narrower 8 times, and wide again', resizing),
  ]
}
