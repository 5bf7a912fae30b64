import type { Page } from '@playwright/test'
import type { Row } from '../report.ts'
import { percentile } from '../statistics.ts'
import { questionOf } from '../tokens.ts'
import { loadAll } from './long-session.ts'
import { type Seat, sessionAddress, untilIdle } from './open-browser.ts'
import { countDrawn } from './react-commits.ts'
import { columnsOf, traced, type Work } from './trace.ts'

const PER_SECOND = 10
const RATE = 100

/** Key presses' time to the next paint, by the browser's own account (in steps of 8 ms, at least 16). */
async function typed(page: Page, characters: number): Promise<number[]> {
  await page.evaluate(() => {
    const found: number[] = []
    Object.assign(window, { paints: found })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') found.push(entry.duration)
    }).observe({ type: 'event', durationThreshold: 16, buffered: false } as PerformanceObserverInit)
  })
  const composer = page.getByTestId('composer')
  await composer.click()
  const letters = 'what holds the connections of payments '
  const began = performance.now()
  for (let index = 0; index < characters; index += 1) {
    const due = began + (index * 1000) / PER_SECOND
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    await page.keyboard.press(
      letters[index % letters.length] === ' ' ? 'Space' : (letters[index % letters.length] ?? 'a'),
    )
  }
  await page.waitForTimeout(300)
  const slow = await page.evaluate(() => (window as unknown as { paints: number[] }).paints)
  // What was faster than 16 ms is not told.
  return [...slow, ...Array.from({ length: Math.max(0, characters - slow.length) }, () => 16)]
}

/** Asks in the page; resolves when the answer has its first `written` tokens and grows. */
async function askFor(page: Page, tokens: number, written: number): Promise<void> {
  const composer = page.getByTestId('composer')
  await composer.fill(questionOf({ tokens, rate: RATE, hold: true, written }))
  await page.getByTestId('send').click()
  const answer = page.locator('[data-testid=message-assistant][data-live=true]').last()
  await answer.locator('[data-level]').nth(3).waitFor({ timeout: 60_000 })
}

/** Typing in a session of so many messages, all loaded, while an answer of `written` tokens grows by 100 a second. */
export async function measureTyping(
  seat: Seat,
  sessionId: string,
  { messages, characters, written }: { messages: number; characters: number; written: number },
  explain: (what: string, work: Work) => void,
): Promise<Row[]> {
  const { page, browser } = seat
  await page.goto(sessionAddress(sessionId))
  await page.locator('[data-message]').first().waitFor()
  await loadAll(page, messages)
  await page.getByTestId('thread').evaluate((element) => {
    element.scrollTop = element.scrollHeight
  })
  await untilIdle(page)
  const idle = await traced(browser, page, () => typed(page, characters / 2))
  explain('typing, nothing streams', idle.work)
  await page.getByTestId('composer').fill('')
  const seconds = characters / PER_SECOND + 25
  await askFor(page, written + seconds * RATE, written)
  const { result, work } = await traced(browser, page, () => typed(page, characters))
  explain('typing while tokens stream', work)
  const drawn = await countDrawn(page, 5_000)
  await page.getByTestId('composer').fill('')
  await page.getByTestId('stop').click()
  await page.locator('[data-testid=message-assistant][data-live=true]').waitFor({ state: 'detached' })
  const size = await page
    .locator('[data-testid=message-assistant]')
    .last()
    .evaluate((node) => node.textContent?.length)
  const rowOf = (name: string, durations: number[], of: Work): Row => ({
    'key press to next paint': name,
    'messages loaded': messages,
    'p50 ms': percentile(durations, 0.5),
    'p95 ms': percentile(durations, 0.95),
    'max ms': Math.max(...durations),
    ...columnsOf(of),
    'main thread busy %': Math.round((of.busy / (durations.length * (1000 / PER_SECOND))) * 100),
  })
  console.error(`typing: the answer had ${size} characters in the end`)
  return [
    rowOf('nothing streams', idle.result, idle.work),
    rowOf('100 tokens a second stream', result, work),
    {
      'key press to next paint': `while they stream, of ${drawn.commits} commits: rows of the thread drawn besides the growing one`,
      'messages loaded': messages,
      'p50 ms': drawn.otherRows,
    },
  ]
}
