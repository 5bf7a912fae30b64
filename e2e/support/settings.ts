import type { Page } from '@playwright/test'
import { pagesOfTheApplication } from './pages.ts'
import { expect } from './test.ts'

/** The settings' pages that are of no single thing, by the last part of their address. */
export const SETTINGS_PAGES = pagesOfTheApplication().flatMap(
  (route) => /^\/o\/\[slug\]\/settings\/(\w+)$/.exec(route)?.[1] ?? [],
)

/** What comes after the heading, because the page asks others for it. */
const LATER: Record<string, string> = { diagnostics: '[data-testid=diagnosis]', tools: '[data-testid=policy-matrix]' }

/**
 * What is there once the page stands. Within `main`: what is streamed lies beside it, hidden, until React moves it there,
 * up to 300 ms after the page is first drawn, and may meanwhile stand in it already.
 */
export const readyOf = (name: string): string => `main ${LATER[name] ?? 'h1'}`

export async function openSettings(page: Page, name: string): Promise<void> {
  await page.goto(`/o/acme/settings/${name}`)
  await expect(page.locator(readyOf(name)).first()).toBeVisible()
}
