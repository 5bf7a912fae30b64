import { basename, join } from 'node:path'
import type { Page } from '@playwright/test'
import { ROOT } from '../../scripts/lib.mjs'
import { Chat } from '../support/chat.ts'
import { invitationLink, joinAs } from '../support/people.ts'
import { test as base, expect } from '../support/test.ts'
import type { World } from '../support/world.ts'

/** The widths that the look is decided at. */
export const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
] as const
const THEMES = ['light', 'dark'] as const

/** What a width wants before its pictures, for instance a menu opened, and after them. */
interface Around {
  before?: (width: number) => Promise<unknown>
  after?: (width: number) => Promise<unknown>
}

/** Takes a state in every width and theme: `screenshots/AREA/STATE.WIDTH.THEME.png`, AREA being the file's name. */
export type Shoot = (page: Page, state: string, around?: Around) => Promise<void>

interface Fixtures {
  shoot: Shoot
  /** A member whom nobody has met: a list of sessions that no other picture has filled. */
  colleague: (name: string, role?: 'viewer' | 'editor' | 'admin') => Promise<Chat>
}

/** How many of a name have joined. */
const met = new Map<string, number>()

export const test = base.extend<Fixtures>({
  shoot: async ({ troubles }, use, info) => {
    // Failures are among what is pictured.
    troubles.provoke(/./)
    const area = basename(info.file).replace('.shots.ts', '')
    await use(async (page, state, { before, after } = {}) => {
      for (const size of SIZES) {
        await page.setViewportSize(size)
        await before?.(size.width)
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
          await settled(page)
          const path = join(ROOT, 'screenshots', area, `${state}.${size.width}.${colorScheme}.png`)
          await page.screenshot({ path, animations: 'disabled' })
        }
        await after?.(size.width)
      }
    })
  },

  colleague: async ({ open, openPage }, use) => {
    await use(async (name, role = 'editor') => {
      const admin = await open('ada')
      const link = await invitationLink(admin.page, { role })
      await admin.page.context().close()
      const page = await openPage()
      const first = name.split(' ')[0]?.toLowerCase() ?? ''
      const namesakes = (met.get(first) ?? 0) + 1
      met.set(first, namesakes)
      await joinAs(page, link, { name, email: `${first}${namesakes > 1 ? namesakes : ''}@acme.test` })
      await page.waitForLoadState('load')
      return new Chat(page)
    })
  },
})

/** Fonts are there, and what answers to a new width or theme has been drawn. */
async function settled(page: Page): Promise<void> {
  await page.mouse.move(0, 0)
  await page.evaluate(async () => {
    await document.fonts.ready
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    for (let count = 0; count < 6; count += 1) await frame()
  })
}

/** Asks what is answered by directives that nobody sees. */
export async function ask(world: World, chat: Chat, question: string, directives: string): Promise<void> {
  await world.order(question, directives)
  await chat.ask(question)
}

export async function newChat(chat: Chat): Promise<void> {
  await chat.page.getByTestId('new-chat').click()
  await expect(chat.page).toHaveURL(/\/o\/[^/]+$/)
}

/** A call of the API as the page's own scripts make it. */
export async function call(page: Page, method: string, path: string, data?: unknown): Promise<unknown> {
  const response = await page.request.fetch(path, { method, data, headers: { origin: new URL(page.url()).origin } })
  expect(response.ok(), `${method} ${path}: ${response.status()}`).toBe(true)
  const text = await response.text()
  return text === '' ? null : JSON.parse(text)
}

/** An answer with all that an answer may hold. */
export const RICH_ANSWER = `## Payments waits for its database connections

The pool of **payments** went from \`40\` to \`6\` connections with v2.14.0. Requests wait up to 3 s for one, see the [runbook](https://runbooks.example.com/pool).

| Service | p95 usual | p95 now | Errors |
|---|---|---|---|
| payments | 421 ms | 3.09 s | 31.8 % |
| checkout | 682 ms | 3.54 s | 26.9 % |
| storefront | 310 ms | 1.92 s | 11.0 % |

1. Roll back payments to v2.13.4, or set the pool again:

\`\`\`yaml
db:
  pool:
    max: 40 # was 6 since 21:40
\`\`\`

2. Then watch whether the wait goes away:

\`\`\`promql
histogram_quantile(0.95, sum by (le) (rate(db_pool_acquire_seconds_bucket{service="payments"}[5m])))
\`\`\`

> The database itself is quick: 4 ms at the 95th percentile.

- [x] deployment found
- [ ] rolled back`

export { expect }
