import { type BrowserContext, type BrowserContextOptions, test as base, expect, type Page } from '@playwright/test'
import { Chat } from './chat.ts'
import { Troubles } from './troubles.ts'
import { World } from './world.ts'

/** The demo's people. Ada is admin in Acme and editor in Globex, the others belong to Acme only. */
export type Person = 'ada' | 'eddie' | 'vera'

/** Opens a browser of its own (an own cookie jar and own storage) with the person signed in. */
export type OpenChat = (person: Person, options?: BrowserContextOptions) => Promise<Chat>

interface TestFixtures {
  /** What browsers and server complained about; the test fails unless it said that it provokes it. */
  troubles: Troubles
  /** A browser that nobody has signed in with. */
  openPage: (options?: BrowserContextOptions) => Promise<Page>
  open: OpenChat
}

interface WorkerFixtures {
  world: World
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from the pattern
    async ({}, use) => {
      const world = await World.start({ provisioned: true })
      await use(world)
      await world.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  troubles: [
    async ({ world }, use) => {
      const troubles = new Troubles(world)
      await use(troubles)
      await world.endFaults()
      expect(troubles.unexpected(), 'nothing in the browsers’ consoles and no error in the server’s log').toEqual([])
    },
    { auto: true },
  ],

  openPage: async ({ browser, world, troubles }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (options) => {
      const context = await browser.newContext({ baseURL: world.url, ...options })
      contexts.push(context)
      troubles.watch(context)
      return context.newPage()
    })
    await Promise.all(contexts.map((context) => context.close()))
  },

  open: async ({ openPage }, use) => {
    await use(async (person, options) => {
      const page = await openPage(options)
      await takeCookieOf(page, person)
      await page.goto('/')
      await isAtWork(page)
      return new Chat(page)
    })
  },
})

/** One click on a demo account, and the workspace is there. */
export async function signInAs(page: Page, person: Person): Promise<void> {
  await page.locator(`[data-testid=demo-account][data-email="${person}@acme.test"]`).click()
  await isAtWork(page)
}

/** Signs in with the page's own requests, as the form does, but without the form: it has journeys of its own. */
async function takeCookieOf(page: Page, person: Person): Promise<void> {
  const { csrfToken } = (await (await page.request.get('/api/auth/csrf')).json()) as { csrfToken: string }
  const form = { csrfToken, email: `${person}@acme.test`, password: `demo-${person}-password`, json: 'true' }
  const answer = await page.request.post('/api/auth/callback/credentials', { form })
  expect(answer.status(), `${person} signs in`).toBe(200)
}

async function isAtWork(page: Page): Promise<void> {
  await expect(page.getByTestId('composer')).toBeVisible()
  // The page is shown before its scripts are there; who clicks is not that fast.
  await page.waitForLoadState('load')
}

export { expect }
