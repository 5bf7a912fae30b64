import { expect, type Locator } from '@playwright/test'

/** Until the element belongs to React: what is typed or pressed in a page before that is lost. */
export const untilTaken = (target: Locator) =>
  expect
    .poll(() => target.evaluate((one) => Object.keys(one).some((key) => key.startsWith('__reactProps'))), {
      timeout: 20_000,
    })
    .toBe(true)
