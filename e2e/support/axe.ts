import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { addressOf } from './pages.ts'
import { expect } from './test.ts'

/** What fades in is looked at when it is there. */
export const CALM = { reducedMotion: 'reduce' } as const

const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 360, height: 740 }

interface Look {
  viewport: { width: number; height: number }
  theme: 'light' | 'dark'
}

/** What is above the page at one width only, like the drawer, is looked at there. */
export const AT_1280: [Look, Look] = [
  { viewport: WIDE, theme: 'light' },
  { viewport: WIDE, theme: 'dark' },
]
export const AT_360: [Look, Look] = [
  { viewport: NARROW, theme: 'dark' },
  { viewport: NARROW, theme: 'light' },
]
const EVERY_LOOK = [...AT_1280, ...AT_360]

/** Two frames: what follows the width is drawn anew. */
const drawn = () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))

/** Axe, with all of its rules, finds nothing on the page as it stands, in each look. Goes on, so that all is told at once. */
export async function findsNothing(page: Page, state: string, looks: Look[] = EVERY_LOOK): Promise<void> {
  for (const { viewport, theme } of looks) {
    await page.setViewportSize(viewport)
    await page.evaluate((wanted) => {
      document.documentElement.dataset.theme = wanted
    }, theme)
    await page.evaluate(drawn)
    // One document without frames: the simpler mode needs no second page. All rules run; only what they find is written out.
    // Its source is large, and is brought into each document once.
    const axeSource = (await page.evaluate(() => 'axe' in window)) ? 'undefined' : undefined
    const builder = new AxeBuilder({ page, axeSource }).setLegacyMode().options({ resultTypes: ['violations'] })
    const { violations, passes } = await builder.analyze()
    expect(passes.length, 'axe looked at something').toBeGreaterThan(5)
    const found = violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary ?? ''}`),
    }))
    expect.soft(found, `${state}, ${theme}, ${viewport.width} px`).toEqual([])
  }
}

/** Opens a page and waits until it stands. */
export async function go(page: Page, route: string, path: string, ready: string): Promise<void> {
  await page.goto(path)
  await expect(page).toHaveURL(addressOf(route))
  await expect(page.locator(ready).filter({ visible: true }).first()).toBeVisible()
}
