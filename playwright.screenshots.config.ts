import { defineConfig } from '@playwright/test'
import base from './playwright.config.ts'

/** Not part of the tests: `npm run screenshots` takes the pictures of every state. */
export default defineConfig(base, {
  testDir: 'e2e/screenshots',
  testMatch: '**/*.shots.ts',
  outputDir: 'test-results/screenshots',
  retries: 0,
  timeout: 300_000,
  reporter: 'list',
})
