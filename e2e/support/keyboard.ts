import { expect, type Locator, type Page } from '@playwright/test'

const MOST_STEPS = 150

/** Walks with the Tab key until the element has the focus, as somebody without a mouse does; fails when it is out of reach. */
export async function tabTo(page: Page, target: Locator, direction: 'forward' | 'back' = 'forward'): Promise<void> {
  await expect(target.first()).toBeVisible()
  for (let step = 0; step < MOST_STEPS; step++) {
    await page.keyboard.press(direction === 'forward' ? 'Tab' : 'Shift+Tab')
    if (await target.first().evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`Not reached in ${MOST_STEPS} steps: ${target}`)
}

/** Opens the palette, types, and starts the first command that is found. */
export async function command(page: Page, words: string, id: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+k')
  const palette = page.getByTestId('palette')
  await expect(palette.getByRole('combobox')).toBeFocused()
  await page.keyboard.type(words)
  await expect(palette.locator('[cmdk-item][aria-selected="true"]')).toHaveAttribute('data-command', id)
  await page.keyboard.press('Enter')
  await expect(palette).toHaveCount(0)
}
