import { type Browser, chromium, type Page } from '@playwright/test'
import playwright from '../../playwright.config.ts'
import { type Longwatch, PERSON } from '../longwatch.ts'

export interface Seat {
  browser: Browser
  page: Page
  /** The person's principal, as owner of sessions. */
  owner: string
  close(): Promise<void>
}

/** Opens the tests' Chromium with a person signed in, at the empty chat. */
export async function openBrowser(subject: Longwatch): Promise<Seat> {
  const browser = await chromium.launch(playwright.use?.launchOptions)
  try {
    const context = await browser.newContext({
      baseURL: `http://127.0.0.1:${subject.endpoint.port}`,
      viewport: { width: 1440, height: 900 },
    })
    const page = await context.newPage()
    page.on('pageerror', (error) => console.error(`the page: ${error.message}`))
    await page.goto('/')
    await page.getByLabel('E-mail').fill(PERSON.email)
    await page.getByLabel('Password').fill(PERSON.password)
    await page.getByTestId('sign-in').click()
    await page.getByTestId('composer').waitFor()
    await page.waitForLoadState('load')
    const me = await page.evaluate(
      async () => (await fetch('/api/me')).json() as Promise<{ principal: { id: string } }>,
    )
    return { browser, page, owner: `user:${me.principal.id}`, close: () => browser.close() }
  } catch (error) {
    await browser.close()
    throw error
  }
}

export const sessionAddress = (sessionId: string) => `/o/bench/s/${sessionId}`

/** Resolves when the page has nothing left to do: its main thread was free for a while. */
export async function untilIdle(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let quiet = 0
        let last = performance.now()
        const look = () => {
          const now = performance.now()
          quiet = now - last < 40 ? quiet + 1 : 0
          last = now
          if (quiet > 15) resolve()
          else setTimeout(look, 16)
        }
        look()
      }),
  )
}
