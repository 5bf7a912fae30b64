import type { Locator } from '@playwright/test'
import type { Chat } from './support/chat.ts'
import { showResult } from './support/results.ts'
import { expect, test } from './support/test.ts'

const WIDTHS = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]

/** Presses something: by mouse where there is room, by keyboard on a phone's width. */
type Press = (what: Locator) => Promise<void>
const byMouse: Press = (what) => what.click()
const byKeyboard: Press = (what) => what.press('Enter')

const BEGIN = Date.UTC(2026, 10, 1, 3)
const LINES = {
  lines: Array.from({ length: 400 }, (_, at) => ({
    time: new Date(BEGIN + at * 1_000).toISOString(),
    level: at % 40 === 7 ? 'error' : 'info',
    message: `request ${at} took ${'a while, '.repeat(40)}and ended`,
    pod: `payments-${at % 5}`,
  })),
}
const span = (id: string, parentId: string | null, startOffsetMs: number, durationMs: number, error = false) => ({
  spanId: id,
  parentSpanId: parentId,
  service: id === 'a' ? 'storefront' : 'payments',
  operation: `work ${id}`,
  startOffsetMs,
  durationMs,
  ...(error && { status: 'error', statusMessage: 'no connection' }),
})
const TRACE = { spans: [span('a', null, 0, 400), span('b', 'a', 100, 200), span('c', 'b', 150, 100, true)] }
const ROWS = [9, 100, 21, -3].map((seconds, at) => ({ service: `s${at}`, seconds }))
const TREE = { pool: { settings: { max: 6, names: ['orders', 'carts'] } }, count: 3, at: null }

async function sortsRows(chat: Chat, press: Press): Promise<void> {
  const result = await showResult(chat, ROWS)
  await expect(result).toHaveAttribute('data-kind', 'table')
  const heading = result.getByRole('columnheader', { name: 'seconds' })
  const seconds = () => result.locator('tbody tr td:nth-child(2)').allInnerTexts()
  await press(heading.getByRole('button'))
  await expect(heading).toHaveAttribute('aria-sort', 'ascending')
  expect(await seconds()).toEqual(['-3', '9', '21', '100'])
  await press(heading.getByRole('button'))
  await expect.poll(seconds).toEqual(['100', '21', '9', '-3'])
  await press(heading.getByRole('button'))
  await expect.poll(seconds).toEqual(['9', '100', '21', '-3'])
}

async function searchesLines(chat: Chat, press: Press): Promise<void> {
  const result = await showResult(chat, LINES)
  await expect(result).toHaveAttribute('data-kind', 'logs')
  const status = result.getByRole('status')
  await expect(status).toHaveText('400 lines')
  const line = (words: string) => result.getByRole('button', { name: words })
  // Of many lines those in view exist.
  expect(await result.getByRole('button', { name: /request/ }).count()).toBeLessThan(100)
  const height = async () => (await line('request 0 took').boundingBox())?.height ?? 0
  const cut = await height()
  await press(result.getByRole('button', { name: 'Wrap' }))
  await expect.poll(height).toBeGreaterThan(cut * 2)
  await press(result.getByRole('button', { name: 'Wrap' }))
  await result.getByLabel('Level').selectOption('error')
  await expect(status).toHaveText('10 of 400')
  await result.getByRole('searchbox', { name: 'Search lines' }).fill('payments-2')
  await expect(status).toHaveText('10 of 400')
  await result.getByRole('searchbox', { name: 'Search lines' }).fill('request 87 ')
  await expect(status).toHaveText('1 of 400')
  await press(line('request 87 took'))
  await expect(result.getByText('payments-2')).toBeVisible()
  await result.getByRole('searchbox', { name: 'Search lines' }).fill('nobody said this')
  await expect(result.getByText('No line is like that.')).toBeVisible()
}

async function readsTrace(chat: Chat, press: Press): Promise<void> {
  const result = await showResult(chat, TRACE)
  await expect(result).toHaveAttribute('data-kind', 'trace')
  await expect(result.getByText('3 spans, 400 ms, 1 error')).toBeVisible()
  const row = (name: string) => result.getByRole('button', { name })
  const bar = async (name: string) => {
    const [track, own] = [row(name).locator('> [aria-hidden]'), row(name).locator('> [aria-hidden] > span')]
    const [outer, inner] = [await track.boundingBox(), await own.boundingBox()]
    if (!outer || !inner) throw new Error(`There is no bar of ${name}.`)
    const share = (length: number) => Math.round((length / outer.width) * 100)
    return { from: share(inner.x - outer.x), length: share(inner.width) }
  }
  expect(await bar('work a')).toEqual({ from: 0, length: 100 })
  expect(await bar('work b')).toEqual({ from: 25, length: 50 })
  const failed = await bar('work c')
  expect(Math.abs(failed.from - 37.5)).toBeLessThanOrEqual(1)
  expect(failed.length).toBe(25)
  await press(row('work c'))
  await expect(row('work c')).toHaveAttribute('aria-expanded', 'true')
  await expect(result.getByText('no connection')).toBeVisible()
}

async function opensTree(chat: Chat, press: Press): Promise<void> {
  const result = await showResult(chat, TREE)
  await expect(result).toHaveAttribute('data-kind', 'json')
  const node = (name: string) => result.getByRole('button', { name: new RegExp(`^${name}`) })
  await expect(node('pool')).toHaveAttribute('aria-expanded', 'false')
  await press(node('pool'))
  await press(node('settings'))
  await expect(result.getByText('max: 6')).toBeVisible()
  await press(node('pool'))
  await expect(node('settings')).toHaveCount(0)
  await expect(result.getByText('max: 6')).toHaveCount(0)
  await press(node('pool'))
  await expect(result.getByText('max: 6')).toBeVisible()
}

async function takesAlong(chat: Chat, press: Press): Promise<void> {
  await chat.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const result = await showResult(chat, ROWS)
  await press(result.getByRole('button', { name: 'Raw' }))
  await expect(result).toContainText('"seconds"')
  await press(result.getByRole('button', { name: 'Copy result' }))
  await expect.poll(() => chat.page.evaluate(() => navigator.clipboard.readText())).toBe(JSON.stringify(ROWS))
  const saving = chat.page.waitForEvent('download')
  await press(result.getByRole('button', { name: 'CSV' }))
  const saved = await saving
  expect(saved.suggestedFilename()).toBe('result.csv')
  const chunks: Buffer[] = []
  for await (const chunk of await saved.createReadStream()) chunks.push(chunk as Buffer)
  expect(Buffer.concat(chunks).toString('utf8').split(/\r?\n/).slice(0, 2)).toEqual(['service,seconds', 's0,9'])
}

for (const viewport of WIDTHS) {
  const [how, press] = viewport.width > 500 ? (['mouse', byMouse] as const) : (['keyboard', byKeyboard] as const)
  test(`results are worked with as what they are, by ${how} at ${viewport.width}`, async ({ open }) => {
    const chat = await open('eddie', { viewport })
    await test.step('a table sorts', () => sortsRows(chat, press))
    await test.step('lines are searched, wrapped and opened', () => searchesLines(chat, press))
    await test.step('a trace shows when each part ran', () => readsTrace(chat, press))
    await test.step('a tree opens and closes', () => opensTree(chat, press))
    await test.step('a result is taken along', () => takesAlong(chat, press))
    expect(await chat.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  })

  test(`what tools answered is known for what it is at ${viewport.width}`, async ({ open }) => {
    const chat = await open('eddie', { viewport })
    const calls = [
      ['query_metrics', '{"metric":"db_pool_max","service":"payments"}', 'series'],
      ['query_logs', '{"service":"payments"}', 'logs'],
      ['list_services', '{}', 'table'],
    ] as const
    await chat.ask(`${calls.map(([tool, given]) => `[[call:${tool}:${given}]]`).join(' ')} [[words:2]]`)
    await chat.answerIs('completed')
    for (const [tool, , kind] of calls) {
      await press(chat.card(tool).getByRole('button').first())
      await expect(chat.card(tool).getByTestId('result')).toHaveAttribute('data-kind', kind)
    }
    await expect(chat.card('query_metrics').getByTestId('chart')).toBeVisible()
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
