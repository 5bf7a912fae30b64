import type { Page } from '@playwright/test'
import type { Row } from '../report.ts'
import { median, round } from '../statistics.ts'
import { type Seat, sessionAddress, untilIdle } from './open-browser.ts'
import { columnsOf, traced, type Work } from './trace.ts'

interface Opened {
  message: number
  usable: number
}

/** Waits in the page: the first stored message is painted, and what is typed arrives in the composer. */
const watchOpening = (page: Page) =>
  page.addInitScript(() => {
    const times = { message: 0, usable: 0 }
    Object.assign(window, { opening: times })
    const look = () => {
      const now = performance.now()
      if (times.message === 0 && document.querySelector('[data-message]')) times.message = now
      const composer = document.querySelector('[data-testid=composer]')
      // A composer that React has taken over carries its properties.
      const isTaken = composer && Object.keys(composer).some((key) => key.startsWith('__reactProps'))
      if (times.usable === 0 && isTaken && times.message > 0) times.usable = now
      if (times.usable === 0) requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })

async function openCold(seat: Seat, path: string): Promise<Opened> {
  await seat.page.goto(path)
  await seat.page.waitForFunction(() => (window as unknown as { opening: Opened }).opening.usable > 0)
  return seat.page.evaluate(() => (window as unknown as { opening: Opened }).opening)
}

/** From the click on the session in the list to its first message. */
async function openFromList(seat: Seat, sessionId: string): Promise<number> {
  const { page } = seat
  await page.goto('/o/bench')
  const link = page.locator(`[data-testid=session-link][data-session="${sessionId}"]`).first()
  await link.waitFor()
  await untilIdle(page)
  return link.evaluate(
    (element) =>
      new Promise<number>((resolve) => {
        const began = performance.now()
        const look = () => {
          if (document.querySelector('[data-message]')) resolve(performance.now() - began)
          else requestAnimationFrame(look)
        }
        ;(element as HTMLElement).click()
        look()
      }),
  )
}

/** Scrolls up, which loads older messages, until so many are there; then to the end. */
export async function loadAll(page: Page, count: number): Promise<void> {
  await page.getByTestId('thread').evaluate(async (frame, count) => {
    const loaded = () => Number(frame.querySelector('[data-count]')?.getAttribute('data-count'))
    while (loaded() < count) {
      frame.scrollTop = frame.scrollTop > 0 ? 0 : 2
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    frame.scrollTop = frame.scrollHeight
  }, count)
}

async function scrollThrough(page: Page): Promise<void> {
  await page.getByTestId('thread').evaluate(async (element) => {
    const next = () => new Promise((resolve) => requestAnimationFrame(resolve))
    element.scrollTop = 0
    await next()
    for (let step = 0; step < 120; step += 1) {
      element.scrollTop += 900
      await next()
    }
    element.scrollTop = element.scrollHeight
    await next()
  })
}

async function weigh(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  await session.send('Performance.enable')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0
  return { heapMB: round(of('JSHeapUsedSize') / 1e6), nodes: of('Nodes') }
}

/** A session of so many messages: opening it, loading all of it, scrolling through it. */
export async function measureLongSession(
  seat: Seat,
  sessionId: string,
  count: number,
  repetitions: number,
  explain: (what: string, work: Work) => void,
): Promise<Row[]> {
  const { page, browser } = seat
  const path = sessionAddress(sessionId)
  await watchOpening(page)
  const cold: Opened[] = []
  const warm: number[] = []
  for (let repetition = 0; repetition < repetitions; repetition += 1) cold.push(await openCold(seat, path))
  for (let repetition = 0; repetition < repetitions; repetition += 1) warm.push(await openFromList(seat, sessionId))
  const opening = await traced(browser, page, async () => {
    await openCold(seat, path)
    await untilIdle(page)
  })
  explain('open', opening.work)
  const before = await weigh(page)
  const loading = await traced(browser, page, () => loadAll(page, count))
  explain('load all', loading.work)
  await untilIdle(page)
  const scrolling = await traced(browser, page, () => scrollThrough(page))
  explain('scroll', scrolling.work)
  await untilIdle(page)
  const after = await weigh(page)
  const step = (
    name: string,
    milliseconds: number | string,
    work: Work | null,
    weight?: { heapMB: number; nodes: number },
  ): Row => ({
    [`session of ${count.toLocaleString('en')} messages`]: name,
    ms: milliseconds,
    ...columnsOf(work),
    'heap MB': weight?.heapMB ?? '',
    'DOM nodes': weight?.nodes ?? '',
  })
  return [
    step('address opened: first message shown (median)', round(median(cold.map(({ message }) => message))), null),
    step(
      'address opened: composer usable (median)',
      round(median(cold.map(({ usable }) => usable))),
      opening.work,
      before,
    ),
    step('chosen in the list: first message shown (median)', round(median(warm)), null),
    step(`all ${count.toLocaleString('en')} loaded by scrolling up`, '', loading.work),
    step('scrolled through', '', scrolling.work, after),
  ]
}
