import type { BrowserContext, Page } from '@playwright/test'
import { Chat } from './support/chat.ts'
import { untilTaken } from './support/hydration.ts'
import { expect, test } from './support/test.ts'

const RESTART = 'Please restart the catalogue service'

interface Shown {
  title: string
  body: string
  tag: string
  tab: string
}

/**
 * Chromium without a screen shows no notifications and hides no tab: both are stood in for. What every tab of the
 * browser asks to be shown is gathered here, by tag as a browser would.
 */
async function standIn(context: BrowserContext): Promise<Shown[]> {
  const shown: Shown[] = []
  await context.exposeBinding('showNotification', ({ page }, notification: Omit<Shown, 'tab'>) => {
    shown.push({ ...notification, tab: page.url() })
  })
  await context.addInitScript(() => {
    // A tab begins with a document that has no storage.
    const granted = location.protocol === 'http:' && localStorage.getItem('test-permission')
    const state = { hidden: false, permission: granted || 'default', asked: 0 }
    const clicks: (() => void)[] = []
    class StubNotification {
      static get permission() {
        return state.permission
      }
      static async requestPermission() {
        state.asked += 1
        state.permission = 'granted'
        localStorage.setItem('test-permission', 'granted')
        return 'granted'
      }
      onclick: (() => void) | null = null
      constructor(title: string, { body, tag }: { body: string; tag: string }) {
        clicks.push(() => this.onclick?.())
        void (window as unknown as { showNotification: (what: object) => void }).showNotification({ title, body, tag })
      }
      close() {}
    }
    Object.assign(window, { Notification: StubNotification, stand: { state, clicks } })
    Object.defineProperty(document, 'visibilityState', { get: () => (state.hidden ? 'hidden' : 'visible') })
    Object.defineProperty(document, 'hidden', { get: () => state.hidden })
  })
  return shown
}

interface Stand {
  stand: { state: { hidden: boolean; asked: number }; clicks: (() => void)[] }
}
const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate((value) => {
    ;(window as unknown as Stand).stand.state.hidden = value
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)
const askedForPermission = (page: Page) => page.evaluate(() => (window as unknown as Stand).stand.state.asked)

/** A question that is asked from elsewhere, in the person's name: the tabs under test are hidden. */
async function askFromElsewhere(page: Page, sessionId: string, message: string) {
  const response = await page.request.post('/api/agent/runs', {
    headers: { origin: new URL(page.url()).origin },
    data: { message, sessionId },
  })
  expect(response.status()).toBe(202)
}

for (const viewport of [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]) {
  test(`a hidden tab’s title tells what has ended and what waits, until it is shown, at ${viewport.width} px`, async ({
    open,
  }) => {
    const chat = await open('eddie', { viewport })
    const { page } = chat
    await standIn(page.context())
    await page.reload()
    await chat.ask('[[words:3]] the first one')
    await chat.showsWordsOnce(3)
    const first = chat.sessionId
    await expect(page).toHaveTitle(/ · Longwatch$/)
    await expect(page).not.toHaveTitle(/^New session/)
    await setHidden(page, true)
    await askFromElsewhere(page, first, '[[words:3]] while hidden')
    await expect(page).toHaveTitle(/^\(1\) /)
    await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', /icon-attention\.svg/)
    await askFromElsewhere(page, first, RESTART)
    await expect(page).toHaveTitle(/^✋ \(1\) /)
    await setHidden(page, false)
    await expect(page).toHaveTitle(/^[^(✋]/)
    await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', /icon\.svg/)
    await expect(chat.approvals).toBeVisible()
    await chat.stopButton.click()
    await chat.answerIs('cancelled')
  })
}

test('notifications: asked for by a click, one per happening for all tabs, none while one is seen, and a click opens the session', async ({
  open,
}) => {
  const chat = await open('eddie')
  const { page } = chat
  const context = page.context()
  const shown = await standIn(context)
  await page.goto('/o/acme/settings/profile')
  const whenEnded = page.getByRole('switch', { name: 'When a run of mine ends' })
  const whenWaits = page.getByRole('switch', { name: 'When a tool call waits for me' })
  await expect(whenEnded).not.toBeChecked()
  expect(await askedForPermission(page)).toBe(0)
  await untilTaken(whenEnded)
  await whenEnded.focus()
  await page.keyboard.press('Space')
  await expect(whenEnded).toBeChecked()
  expect(await askedForPermission(page)).toBe(1)
  await whenWaits.click()
  await expect(whenWaits).toBeChecked()

  await page.goto('/o/acme')
  await chat.ask('[[words:3]] tell me of this')
  await chat.showsWordsOnce(3)
  const { sessionId, sessionPath } = chat
  const other = new Chat(await context.newPage())
  const third = new Chat(await context.newPage())
  for (const tab of [other, third]) {
    await tab.page.goto('/o/acme')
    await expect(tab.link(sessionId)).toBeVisible()
    await expect(tab.page.getByTestId('connection')).toHaveAttribute('data-state', 'open')
  }
  const pages = [page, other.page, third.page]

  await setHidden(page, true)
  await setHidden(other.page, true)
  await askFromElsewhere(page, sessionId, '[[words:4]] the third tab is seen')
  await expect(chat.answers).toHaveCount(2)
  await expect(page).toHaveTitle(/^\(1\) /)
  expect(shown).toEqual([])

  await setHidden(third.page, true)
  await askFromElsewhere(page, sessionId, '[[words:5]] nobody looks')
  await expect.poll(() => shown.length).toBe(1)
  expect(shown[0]).toMatchObject({ body: 'The answer is there.', tag: expect.stringMatching(/^longwatch:run_/) })
  expect(shown[0]?.title).toMatch(/ · Acme/)
  expect(`${shown[0]?.title} ${shown[0]?.body}`).not.toMatch(/\bw1\b/)
  await askFromElsewhere(page, sessionId, RESTART)
  await expect.poll(() => shown.map(({ body }) => body)).toContain('A tool call waits for your approval.')
  expect(new Set(shown.map(({ tag }) => tag)).size).toBe(shown.length)

  const teller = pages.find((tab) => tab.url() === shown.at(-1)?.tab)
  if (!teller) throw new Error('No tab showed the notification.')
  await setHidden(teller, false)
  await teller.evaluate(() => (window as unknown as Stand).stand.clicks.at(-1)?.())
  await expect(teller).toHaveURL(new RegExp(`${sessionPath}$`))
  const back = new Chat(teller)
  await expect(back.approvals).toBeVisible()
  await back.stopButton.click()
  await back.answerIs('cancelled')

  await page.goto('/o/acme/settings/profile')
  await whenEnded.click()
  await expect(whenEnded).not.toBeChecked()
  await page.goto(sessionPath)
  // What was so before the page is no news: it has to know the list first.
  await expect(chat.link(sessionId)).toBeVisible()
  await expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'open')
  const before = shown.length
  for (const tab of pages) await setHidden(tab, true)
  await askFromElsewhere(page, sessionId, '[[words:6]] not any more')
  await expect(page).toHaveTitle(/^\(1\) /)
  await setHidden(page, false)
  await chat.showsWordsOnce(6)
  expect(shown).toHaveLength(before)
})
