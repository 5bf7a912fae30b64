import { existsSync } from 'node:fs'
import { chromium, defineConfig } from '@playwright/test'

const WINDOWLESS = '/usr/bin/chromium-headless-shell'

/** The Chromium that is named, Playwright's own, or Debian's: first the one without a window, which is quicker. */
function chromiumPath(): string | undefined {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  if (existsSync(chromium.executablePath())) return undefined
  return existsSync(WINDOWLESS) ? WINDOWLESS : '/usr/bin/chromium'
}

const asRoot = process.getuid?.() === 0

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  globalSetup: './e2e/support/global-setup.ts',
  // The tests share one running world, and the smallest machine they are for has two cores.
  workers: 1,
  fullyParallel: false,
  // A second try is in a world of its own, since a failure ends its worker; scripts/test.mjs names every journey that wanted one.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [[process.env.CI ? 'dot' : 'list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  use: {
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    // Traces take the two cores more than the tests themselves: TRACE=1 keeps those of failed tests.
    trace: process.env.TRACE ? { mode: 'retain-on-failure', screenshots: true, snapshots: true, sources: true } : 'off',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    launchOptions: {
      executablePath: chromiumPath(),
      args: [
        ...(asRoot ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
})
