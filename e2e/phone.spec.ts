import type { Page } from '@playwright/test'
import { openSettings, SETTINGS_PAGES } from './support/settings.ts'
import { expect, test } from './support/test.ts'

const SMALLEST = 40

/** What is pressed and smaller than a fingertip. Links within text, rows of data and bars of a chart are no buttons. */
const tooSmall = (page: Page) =>
  page.evaluate((smallest) => {
    const pressed = document.querySelectorAll<HTMLElement>(
      'button, select, summary, a[href], [role=menuitem], [role=menuitemradio], input:not([type=hidden])',
    )
    return [...pressed].flatMap((element) => {
      // A box to tick is pressed by its label; a small thing may have a larger, unseen edge.
      const label = element.matches('[type=checkbox], [type=radio]') && (element as HTMLInputElement).labels?.[0]
      const box = (label || element).getBoundingClientRect()
      const edge = getComputedStyle(element, '::before')
      // What is moved by a transform measures some hundred-thousandths more or less.
      const measured = (own: number, unseen: string) =>
        Math.round(Math.max(own, Number.parseFloat(unseen) || 0) * 1_000) / 1_000
      const width = measured(box.width, edge.width)
      const height = measured(box.height, edge.height)
      const isShown = element.checkVisibility({ visibilityProperty: true }) && width > 1 && height > 1
      // The skip link comes down when the keyboard reaches it.
      const isAway = box.bottom <= 0
      // A switch's box for a form that it may be in, as the server draws it: no finger reaches it.
      const isStandIn = element.ariaHidden === 'true' && getComputedStyle(element).pointerEvents === 'none'
      const isText = element.closest('.prose-answer, p, dd, td, [data-index], [data-testid=usage-chart]') !== null
      if (!isShown || isAway || isStandIn || isText || (width >= smallest && height >= smallest)) return []
      const name = element.getAttribute('aria-label') ?? element.innerText ?? ''
      return [`${element.tagName.toLowerCase()} “${name.slice(0, 40)}” ${Math.round(width)}×${Math.round(height)}`]
    })
  }, SMALLEST)

const sidewards = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
/** Inside of the shell the parts scroll, never the page: what is out of its frame would move all of it. */
const downwards = (page: Page) => page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)

test('on a phone everything that is pressed is large enough for a finger, and nothing scrolls sideways', async ({
  open,
  openPage,
}) => {
  const options = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }
  const fits = async (page: Page, what: string) => {
    expect.soft(await tooSmall(page), what).toEqual([])
    expect.soft(await sidewards(page), what).toBeLessThanOrEqual(0)
    if (what !== 'sign-in') expect.soft(await downwards(page), what).toBeLessThanOrEqual(0)
  }
  const stranger = await openPage(options)
  await stranger.goto('/sign-in')
  await fits(stranger, 'sign-in')

  const chat = await open('ada', options)
  const { page } = chat
  await expect(page.getByTestId('example').first()).toBeVisible()
  await fits(page, 'an empty thread')
  await chat.ask('Which services are slow right now?')
  await chat.answerIs('completed')
  await chat.cards.first().getByRole('button').first().tap()
  await expect(page.getByTestId('result')).toBeVisible()
  await fits(page, 'an answer with an open call')
  await chat.ask('[[words:3000]] [[rate:20]] the long one')
  await chat.ask('[[words:3]] what waits behind it')
  await expect(chat.queue).toHaveCount(1)
  await fits(page, 'a queue')
  await chat.queue.getByRole('button', { name: 'More for this message' }).tap()
  await fits(page, 'a menu')
  await page.keyboard.press('Escape')
  await chat.stopButton.tap()
  await chat.answerIs('cancelled')
  await fits(page, 'a stopped answer')
  await page.getByTestId('session-menu').tap()
  await chat.chooseMenuItem('Share…')
  await page.getByTestId('create-share').tap()
  await page.getByTestId('revoke-share').tap({ trial: true })
  const dialog = page.getByRole('dialog')
  expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
  for (const button of await dialog.getByRole('button').all()) await expect(button).toBeInViewport({ ratio: 1 })
  await page.keyboard.press('Escape')
  await page.getByTestId('open-drawer').tap()
  await expect(chat.link(chat.sessionId)).toBeVisible()
  await fits(page, 'the list of sessions')
  for (const name of SETTINGS_PAGES) {
    await openSettings(page, name)
    await fits(page, `settings: ${name}`)
  }
})
