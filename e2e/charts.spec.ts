import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { showResult as show } from './support/results.ts'
import { expect, test } from './support/test.ts'

type Point = [number, number | null | string]
const BEGIN = 1_790_000_000
const line = (pod: string, points: Point[]) => ({ name: 'latency', labels: { pod }, unit: 's', points })
const wave = (count: number, height: number): Point[] =>
  Array.from({ length: count }, (_, at) => [BEGIN + at * 15, height + Math.sin(at / 40)])

/** Counts the lines that are drawn on canvases from now on. */
const countDrawing = (page: Page) =>
  page.addInitScript(() => {
    const counter = { lines: 0 }
    Object.assign(window, { drawing: counter })
    const { lineTo } = Path2D.prototype
    Path2D.prototype.lineTo = function (...args) {
      counter.lines += 1
      return lineTo.apply(this, args)
    }
  })
const drawnLines = (page: Page) =>
  page.evaluate(() => (window as unknown as { drawing: { lines: number } }).drawing.lines)

for (const viewport of [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]) {
  test(`a chart is read, zoomed and its lines isolated by mouse and by keyboard at ${viewport.width}`, async ({
    open,
  }) => {
    const chat = await open('eddie', { viewport })
    const { page } = chat
    const result = await show(chat, { series: ['a', 'b', 'c'].map((pod, index) => line(pod, wave(200, index * 3))) })
    const chart = result.getByTestId('chart')
    const legend = chart.getByTestId('legend-item')
    await expect(legend).toHaveCount(3)
    const pressed = () => legend.evaluateAll((items) => items.map((item) => item.getAttribute('aria-pressed')))

    await legend.nth(1).click()
    expect(await pressed()).toEqual(['false', 'true', 'false'])
    await legend.nth(1).click()
    expect(await pressed()).toEqual(['true', 'true', 'true'])
    await legend.nth(0).click({ modifiers: ['Control'] })
    expect(await pressed()).toEqual(['false', 'true', 'true'])
    await legend.nth(0).focus()
    await page.keyboard.press('Shift+Enter')
    expect(await pressed()).toEqual(['true', 'true', 'true'])
    await page.keyboard.press('Enter')
    expect(await pressed()).toEqual(['true', 'false', 'false'])
    await page.keyboard.press('Enter')

    const plot = chart.getByRole('slider')
    await plot.focus()
    await expect(plot).toHaveAttribute('aria-valuetext', 'Nothing is read')
    await page.keyboard.press('Home')
    const atStart = await plot.getAttribute('aria-valuetext')
    expect(atStart).toMatch(/pod=a 0 s.*pod=b 3 s.*pod=c 6 s/)
    await expect(chart.getByTestId('reading')).not.toHaveText('latest')
    await page.keyboard.press('ArrowRight')
    await expect(plot).not.toHaveAttribute('aria-valuetext', atStart ?? '')
    await page.keyboard.press('ArrowLeft')
    await expect(plot).toHaveAttribute('aria-valuetext', atStart ?? '')
    await page.keyboard.press('End')
    await expect(plot).toHaveAttribute('aria-valuenow', '199')
    await page.keyboard.press('PageUp')
    await page.keyboard.press('+')
    await expect(chart.getByTestId('whole-range')).toBeVisible()
    await page.keyboard.press('Home')
    await expect(plot).not.toHaveAttribute('aria-valuenow', '0')
    await page.keyboard.press('0')
    await expect(chart.getByTestId('whole-range')).toHaveCount(0)
    await page.keyboard.press('Escape')
    await expect(plot).toHaveAttribute('aria-valuetext', 'Nothing is read')

    const box = await plot.boundingBox()
    if (!box) throw new Error('The chart has no place.')
    await page.mouse.move(box.x + box.width * 0.5, box.y + 80)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.7, box.y + 80, { steps: 5 })
    await page.mouse.up()
    await expect(chart.getByTestId('whole-range')).toBeVisible()
    await page.mouse.dblclick(box.x + box.width * 0.6, box.y + 80)
    await expect(chart.getByTestId('whole-range')).toHaveCount(0)

    // What is zoomed into moves, by key and by mouse, and not farther than there is something.
    const firstRead = async () => {
      await plot.press('Home')
      return Number(await plot.getAttribute('aria-valuenow'))
    }
    for (let press = 0; press < 3; press += 1) await plot.press('+')
    const before = await firstRead()
    await plot.press('Shift+ArrowRight')
    const later = await firstRead()
    expect(later).toBeGreaterThan(before)
    await page.keyboard.down('Shift')
    await page.mouse.move(box.x + box.width * 0.4, box.y + 80)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.8, box.y + 80, { steps: 5 })
    await page.mouse.up()
    await page.keyboard.up('Shift')
    expect(await firstRead()).toBeLessThan(before)
    for (let press = 0; press < 60; press += 1) await plot.press('Shift+ArrowLeft')
    expect(await firstRead()).toBe(0)
    await expect(chart.getByTestId('whole-range')).toBeVisible()

    const found = await new AxeBuilder({ page }).include('[data-testid=result]').analyze()
    expect(found.violations).toEqual([])
  })
}

test('50,000 points are drawn in a few thousand strokes, and exactly where one looks closely', async ({ open }) => {
  const chat = await open('eddie')
  const { page } = chat
  await countDrawing(page)
  await page.reload()
  const points = wave(50_000, 10)
  points[30_000] = [BEGIN + 30_000 * 15, 500]
  const result = await show(chat, { series: [line('a', points)] })
  const chart = result.getByTestId('chart')
  await expect(chart.locator('canvas')).toBeVisible()
  const strokes = await drawnLines(page)
  expect(strokes).toBeGreaterThan(500)
  expect(strokes).toBeLessThan(30_000)
  expect(Number(await chart.getAttribute('data-points'))).toBeLessThan(6_000)
  const plot = chart.getByRole('slider')
  await plot.focus()
  for (let press = 0; press < 6; press += 1) await page.keyboard.press('+')
  await page.keyboard.press('Home')
  const reading = await chart.getByTestId('reading').textContent()
  await page.keyboard.press('ArrowRight')
  // Neighbours are 15 seconds apart again.
  const seconds = (text: string | null) => Number(/:(\d\d)\b(?!:)/.exec(text ?? '')?.[1])
  const next = await chart.getByTestId('reading').textContent()
  expect((seconds(next) - seconds(reading) + 60) % 60).toBe(15)
})

test('of twenty long lines each tells its value at every time that is read, and one alone is drawn exactly', async ({
  open,
}) => {
  const chat = await open('eddie')
  const { page } = chat
  const points = (pod: number) => wave(2_500, pod).map(([time, value], at): Point => [time, at === 700 ? 99 : value])
  const result = await show(chat, { series: Array.from({ length: 20 }, (_, pod) => line(`p${pod}`, points(pod))) })
  const chart = result.getByTestId('chart')
  const values = () => chart.getByTestId('legend-item').allTextContents()
  const plot = chart.getByRole('slider')
  const box = await plot.boundingBox()
  if (!box) throw new Error('The chart has no place.')
  for (const share of [0.3, 0.51, 0.77]) {
    await page.mouse.move(box.x + box.width * share, box.y + 80)
    await expect(chart.getByTestId('reading')).not.toHaveText('latest')
    expect((await values()).filter((text) => text.endsWith('–'))).toEqual([])
  }
  await chart.getByTestId('legend-item').nth(3).click()
  await expect(chart).toHaveAttribute('data-points', '2500')
})

test('at 360 the time that is read stays in sight beside the names of many lines', async ({ open }) => {
  const chat = await open('eddie', { viewport: { width: 360, height: 740 } })
  const lines = Array.from({ length: 20 }, (_, pod) => line(`payments-${pod}`, wave(50, pod)))
  const chart = (await show(chat, { series: lines })).getByTestId('chart')
  await chart.getByRole('slider').press('Home')
  await chart.getByTestId('legend-item').first().scrollIntoViewIfNeeded()
  await expect(chart.getByTestId('legend-item').first()).toBeInViewport()
  await expect(chart.getByTestId('legend-item').last()).not.toBeInViewport()
  await expect(chart.getByTestId('reading')).toBeInViewport({ ratio: 1 })
})

const HOSTILE: [string, unknown, string][] = [
  ['one point', { series: [line('a', [[BEGIN, 1]])] }, 'series'],
  [
    'points at one moment',
    {
      series: [
        line(
          'a',
          Array.from({ length: 50 }, (_, at): Point => [BEGIN, at]),
        ),
      ],
    },
    'series',
  ],
  [
    'nothing but NaN beside a line',
    {
      series: [
        line('a', wave(5, 1)),
        line('b', [
          [BEGIN, 'NaN'],
          [BEGIN + 15, '+Inf'],
          [BEGIN + 30, null],
        ]),
      ],
    },
    'series',
  ],
  [
    'points with gaps around each',
    {
      series: [
        line(
          'a',
          wave(99, 1).map((point, at) => (at % 2 ? [point[0], null] : point)),
        ),
      ],
    },
    'series',
  ],
  [
    'the largest numbers there are',
    {
      series: [
        line('a', [
          [BEGIN, 1.7e308],
          [BEGIN + 15, -1.7e308],
          [BEGIN + 30, 5e-324],
        ]),
      ],
    },
    'series',
  ],
  [
    'times that no calendar has',
    {
      series: [
        line('a', [
          [1e300, 1],
          [-1e300, 2],
        ]),
      ],
    },
    'table',
  ],
  [
    'names that are markup',
    { series: [line('<img src=x onerror=alert(1)>', wave(9, 1)), line('x'.repeat(5_000), wave(9, 2))] },
    'series',
  ],
  [
    'more lines than are drawn',
    { series: Array.from({ length: 300 }, (_, pod) => line(`p${pod}`, wave(20, pod))) },
    'series',
  ],
]

test('hostile results are shown and break nothing', async ({ open }) => {
  test.slow()
  const chat = await open('eddie')
  for (const [name, value, kind] of HOSTILE) {
    await test.step(name, async () => {
      const result = await show(chat, value)
      await expect(result).toHaveAttribute('data-kind', kind)
      if (kind === 'series') await expect(result.locator('canvas')).toBeVisible()
      await result.getByRole('button', { name: 'Table', exact: true }).click()
      await expect(result.getByTestId('result-table')).toBeVisible()
      await expect(result.locator('img')).toHaveCount(0)
      expect(await chat.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    })
  }
})
