import type { Store } from '@/lib/stores/contract'
import { waitingRun } from '../catch-up.ts'
import { call } from '../http.ts'
import type { Longwatch } from '../longwatch.ts'
import type { Row } from '../report.ts'
import { round } from '../statistics.ts'
import { type Seat, sessionAddress, untilIdle } from './open-browser.ts'
import { lengthenRun } from './seed.ts'
import { columnsOf, traced, type Work } from './trace.ts'

/** The end of the answer, as it reads on the page: letters only, so that no markdown is in the way. */
const lastWords = (text: string) => text.match(/[a-z]{4,}/g)?.slice(-3) ?? []

async function untilWhole({ page }: Seat, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const answers = document.querySelectorAll('[data-testid=message-assistant]')
      const shown = answers[answers.length - 1]?.textContent?.slice(-600) ?? ''
      return wanted.every((word) => shown.includes(word))
    },
    lastWords(text),
    { polling: 'raf', timeout: 60_000 },
  )
}

const rowOf = (name: string, events: number, milliseconds: number, work: Work): Row => ({
  [`run of ${events.toLocaleString('en')} events`]: name,
  'whole after ms': round(milliseconds),
  ...columnsOf(work),
  'main thread busy ms': work.busy,
})

/** A run of so many events that is still active: opened, and caught up with by a page that was offline for all of it. */
export async function measureLongRun(
  subject: Longwatch,
  seat: Seat,
  store: Store,
  events: number,
  explain: (what: string, work: Work) => void,
): Promise<Row[]> {
  const { page, browser } = seat
  const rows: Row[] = []
  const begin = async () => {
    // Its first token is stored: nothing else of it comes in between what is appended.
    const runId = await waitingRun(subject)
    const session = await subject.sessionPath(runId)
    // The token's sessions are its own: the person sees the organisation's.
    await call(subject.endpoint, session, { method: 'PATCH', body: { visibility: 'organisation' } })
    const sessionId = session.split('/').at(-1) ?? ''
    return { runId, path: sessionAddress(sessionId), place: { organisationId: subject.organisationId, runId } }
  }

  const opened = await begin()
  const { text } = await lengthenRun(store, opened.place, events)
  await page.goto('/o/bench')
  await untilIdle(page)
  const opening = await traced(browser, page, async () => {
    const began = performance.now()
    await page.goto(opened.path)
    await untilWhole(seat, text)
    const whole = performance.now() - began
    await untilIdle(page)
    return whole
  })
  explain('opened', opening.work)
  rows.push(rowOf('opened while active', events, opening.result, opening.work))
  await subject.cancel(opened.runId)

  const followed = await begin()
  await page.goto(followed.path)
  await page.locator('[data-testid=message-assistant][data-live=true]').waitFor()
  await untilIdle(page)
  await page.context().setOffline(true)
  const later = await lengthenRun(store, followed.place, events)
  const catching = await traced(browser, page, async () => {
    const began = performance.now()
    await page.context().setOffline(false)
    await untilWhole(seat, later.text)
    const whole = performance.now() - began
    await untilIdle(page)
    return whole
  })
  explain('after being offline', catching.work)
  rows.push(rowOf('caught up with after being offline for all of it', events, catching.result, catching.work))
  await subject.cancel(followed.runId)
  return rows
}
