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

/** The form of a new model, refused for its address. */
export async function refusedModel(page: Page): Promise<void> {
  await page.goto('/o/acme/settings/models/new')
  await page.getByTestId('provider-openai-compatible').click()
  await page.getByLabel('Model', { exact: true }).fill('demo-second')
  await page.getByLabel('Address').fill('http://169.254.169.254/v1')
  await page.getByTestId('save-settings').click()
  await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true')
}

/** The form of a new token, refused for its validity. */
export async function refusedToken(page: Page): Promise<void> {
  await page.goto('/o/acme/settings/tokens')
  await page.getByTestId('create-token').click()
  await page.getByLabel('Name').fill('too long')
  await page.getByLabel('Valid for').fill('99999')
  await page.getByTestId('save-settings').click()
  await expect(page.getByLabel('Valid for')).toHaveAttribute('aria-invalid', 'true')
}
