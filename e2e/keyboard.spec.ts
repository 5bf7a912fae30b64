import type { Page } from '@playwright/test'
import { BROWSERS_WITH_CTRL } from '../components/commands/testing/browser-keys.ts'
import { command, tabTo } from './support/keyboard.ts'
import { expect, test } from './support/test.ts'

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] }
const heard = (page: Page) => page.getByTestId('announcements')
const urgent = (page: Page) => page.getByTestId('urgent-announcements')

test('without a mouse: ask, open a result, sort it, approve, copy the answer', async ({ open, world }) => {
  const chat = await open('ada', CLIPBOARD)
  const { page } = chat
  const { keyboard } = page
  await expect(chat.composer).toBeFocused()
  await keyboard.type('[[call:search_traces:{"service":"checkout"}]] [[words:3]] which were slow')
  await keyboard.press('Enter')
  await expect(page).toHaveURL(/\/s\//)
  await expect(chat.composer).toBeFocused()
  await chat.answerIs('completed')
  await expect(heard(page)).toContainText('The answer is complete.')

  const head = chat.card('search_traces').getByRole('button').first()
  await tabTo(page, head, 'back')
  await keyboard.press('Enter')
  const result = chat.card('search_traces').getByTestId('result')
  const column = result.getByRole('columnheader').first()
  await tabTo(page, column.getByRole('button'))
  await keyboard.press('Enter')
  await expect(column).toHaveAttribute('aria-sort', 'ascending')
  await keyboard.press('Enter')
  await expect(column).toHaveAttribute('aria-sort', 'descending')

  await keyboard.press('m')
  await expect(chat.composer).toBeFocused()
  const before = (await world.toolCalls('restart_service')).length
  await keyboard.type('Please restart the catalogue service')
  await keyboard.press('Enter')
  await expect(urgent(page)).toContainText('An approval is wanted')
  await tabTo(page, chat.approvals.getByTestId('approve-once'), 'back')
  await keyboard.press('Enter')
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
  expect((await world.toolCalls('restart_service')).length).toBe(before + 1)
  await expect(urgent(page).locator('p')).toHaveCount(1)

  await keyboard.press('Control+k')
  await keyboard.type('copy the last')
  await keyboard.press('Enter')
  await expect(page.getByText('Copied.')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('catalogue')
})

test('without a mouse: queue, move, edit, remove, and stop', async ({ open }) => {
  const chat = await open('eddie')
  const { page } = chat
  const { keyboard } = page
  await expect(chat.composer).toBeFocused()
  const say = async (message: string) => {
    await keyboard.type(message)
    await keyboard.press('Enter')
    await expect(chat.composer).toHaveValue('')
    await expect(chat.composer).toBeFocused()
  }
  await say('[[words:3000]] [[rate:20]] the long one')
  await chat.untilWords(2)
  for (const [place, message] of ['the second', 'the third', 'the fourth'].entries()) {
    await say(message)
    await expect(chat.queue).toHaveCount(place + 1)
  }
  const row = (text: string) => chat.queue.filter({ hasText: text })
  await tabTo(page, row('the third').getByRole('button', { name: 'Move up' }), 'back')
  await keyboard.press('Enter')
  await expect(chat.queue.first()).toContainText('the third')
  // It cannot go up any further: the focus stays in its row.
  await expect(row('the third').locator(':focus')).toHaveCount(1)

  await tabTo(page, row('the third').getByRole('button', { name: 'Edit' }))
  await keyboard.press('Enter')
  const field = page.getByLabel('Queued message')
  await expect(field).toBeFocused()
  await keyboard.press('ControlOrMeta+a')
  await keyboard.type('the third, edited')
  await keyboard.press('Enter')
  await expect(chat.queue.first()).toContainText('the third, edited')
  await expect(chat.queue.first().getByRole('button', { name: 'Edit' })).toBeFocused()

  await tabTo(page, chat.queue.first().getByRole('button', { name: 'Remove' }))
  await keyboard.press('Enter')
  await expect(chat.queue).toHaveCount(2)
  await expect(chat.queue.first().locator(':focus')).toHaveCount(1)

  await command(page, 'stop', 'stop')
  await chat.answerIs('cancelled')
  await expect(heard(page)).toContainText('The answer was stopped.')
  await expect(chat.queue.first().locator(':focus')).toHaveCount(1)
})

test('without a mouse: another session, rename, delete and take back, theme, settings, and out', async ({ open }) => {
  const chat = await open('eddie')
  const { page } = chat
  const { keyboard } = page
  const ids: string[] = []
  await expect(chat.composer).toBeFocused()
  for (const name of ['The night of the pool', 'The morning after']) {
    await keyboard.type(`[[words:2]] ${name}`)
    await keyboard.press('Enter')
    await expect(page).toHaveURL(/\/s\//)
    await chat.answerIs('completed')
    await expect(chat.link(chat.sessionId)).toContainText(name)
    ids.push(chat.sessionId)
    await command(page, 'new chat', 'new-chat')
    await expect(page).toHaveURL(/\/o\/acme$/)
    await expect(chat.composer).toBeFocused()
  }
  const [first = '', second = ''] = ids
  await keyboard.press('ControlOrMeta+k')
  const asked = page.waitForRequest(/\/api\/sessions\?.*q=night/)
  await keyboard.type('night of the pool')
  await asked
  await expect(page.locator(`[data-command="session-${first}"]`)).toHaveAttribute('aria-selected', 'true')
  await keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(first))
  await expect(chat.composer).toBeFocused()

  await command(page, 'rename', 'rename')
  await expect(page.getByLabel('Title of the session')).toBeFocused()
  await keyboard.type('Renamed by keyboard')
  await keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Renamed by keyboard')
  await expect(chat.composer).toBeFocused()

  // In the list, by the menu of its line: the focus goes to what stands there next.
  const actions = page.getByRole('button', { name: 'Actions for Renamed by keyboard' })
  await tabTo(page, actions, 'back')
  await keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.getByLabel('Title of the session')).toBeFocused()
  await keyboard.press('Escape')
  await expect(actions).toBeFocused()
  await keyboard.press('Enter')
  await keyboard.press('End')
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(chat.link(first)).toHaveCount(0)
  await expect(page).toHaveURL(/\/o\/acme$/)
  await expect(page.locator('body:focus')).toHaveCount(0)
  await command(page, 'take back', 'undo-delete')
  await expect(chat.link(first)).toBeVisible()

  await command(page, 'dark', 'theme-dark')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await command(page, 'tokens', 'settings-tokens')
  await expect(page).toHaveURL(/\/settings\/tokens$/)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await tabTo(page, page.getByTestId('create-token'))
  await keyboard.press('Enter')
  await expect(page.getByLabel('Name')).toBeFocused()
  await keyboard.press('Escape')
  await expect(page.getByTestId('create-token')).toBeFocused()

  await keyboard.press('ControlOrMeta+k')
  await expect(page.locator('[data-command="settings-members"]')).toHaveCount(0)
  await expect(page.locator(`[data-command="session-${second}"]`)).toHaveCount(1)
  await keyboard.press('Escape')
  await expect(page.getByTestId('create-token')).toBeFocused()
  await command(page, 'sign out', 'sign-out')
  await expect(page).toHaveURL(/\/sign-in/)
})

test('letters start commands, never while one types, and not at all when they are switched off', async ({ open }) => {
  const chat = await open('eddie')
  const { page } = chat
  const { keyboard } = page
  await expect(chat.composer).toBeFocused()
  await keyboard.type('n m ? j c a b z')
  await expect(chat.composer).toHaveValue('n m ? j c a b z')
  await tabTo(page, page.getByTestId('open-palette'), 'back')
  await keyboard.press('?')
  const map = page.getByTestId('keyboard-map')
  await expect(map).toBeVisible()
  await keyboard.press('n')
  await expect(map).toBeVisible()
  await tabTo(page, page.getByTestId('letter-keys'))
  await keyboard.press('Space')
  await keyboard.press('Escape')
  await expect(page.getByTestId('open-palette')).toBeFocused()
  await keyboard.press('b')
  await keyboard.press('?')
  await expect(page.getByTestId('open-palette')).toBeFocused()
  await expect(map).toHaveCount(0)

  await page.reload()
  await expect(chat.composer).toBeFocused()
  await command(page, 'keyboard map', 'keys')
  await tabTo(page, page.getByTestId('letter-keys'))
  await keyboard.press('Space')
  await keyboard.press('Escape')
  await expect(chat.composer).toBeFocused()
  await tabTo(page, page.getByTestId('open-palette'), 'back')
  await keyboard.press('b')
  await expect(page.getByRole('button', { name: 'Show the sidebar' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Hide the sidebar' })).toBeFocused()
})

test('one gets past the sidebar, to the content and to the question', async ({ open }) => {
  const { page } = await open('eddie')
  await page.goto('/o/acme/settings/profile')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.keyboard.press('Tab')
  const skip = page.getByRole('link', { name: 'Skip to the content' })
  await expect(skip).toBeFocused()
  await expect(skip).toBeInViewport()
  await page.keyboard.press('Enter')
  await expect(page.locator('main')).toBeFocused()
  await page.goto('/o/acme')
  await tabTo(page, page.getByRole('link', { name: 'Skip to your question' }), 'back')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('composer')).toBeFocused()
})

test('at 360 px the palette opens from the drawer, fits, and leads on', async ({ open }) => {
  const chat = await open('eddie', { viewport: { width: 360, height: 740 } })
  const { page } = chat
  await chat.ask('[[words:2]] A small screen')
  await chat.answerIs('completed')
  await tabTo(page, page.getByTestId('open-drawer'), 'back')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('open-drawer')).toBeFocused()
  await page.keyboard.press('Enter')
  await tabTo(page, page.getByRole('dialog').getByTestId('open-palette'))
  await page.keyboard.press('Enter')
  const palette = page.getByTestId('palette')
  await expect(palette.getByRole('combobox')).toBeFocused()
  await expect(page.getByRole('dialog')).toHaveCount(1)
  const box = await palette.boundingBox()
  expect(box && box.x >= 0 && box.x + box.width <= 360 && box.y + box.height <= 740).toBe(true)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  await page.keyboard.type('approvals')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/approvals$/)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
})

/** The browser's and the system's own, on every system. */
const OWN = [
  ...BROWSERS_WITH_CTRL.map((key) => ({ key, ctrlKey: true })),
  ...['t', 'w', 'n', 'r', 'p'].map((key) => ({ key: key.toUpperCase(), ctrlKey: true, shiftKey: true })),
  ...['t', 'w', 'n', 'l', 'f', 'r', 'q'].map((key) => ({ key, metaKey: true })),
  ...['ArrowLeft', 'ArrowRight', 'Home', 'd', 'f', 't', 'F4'].map((key) => ({ key, altKey: true })),
  ...Array.from({ length: 12 }, (_, index) => ({ key: `F${index + 1}` })),
  ...['Tab', 'Escape', 'PageUp', 'PageDown', 'Home', 'End', ' '].map((key) => ({ key })),
]

test('none of the browser’s own shortcuts is taken, wherever the focus is', async ({ open }) => {
  const chat = await open('eddie')
  const { page } = chat
  await chat.ask('[[words:2]] keys')
  await chat.answerIs('completed')
  const taken = (keys: object[]) =>
    page.evaluate((presses) => {
      const target = document.activeElement ?? document.body
      return presses.filter((init) => {
        const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })
        return !target.dispatchEvent(event)
      })
    }, keys)
  await expect(chat.composer).toBeFocused()
  expect(await taken(OWN)).toEqual([])
  await tabTo(page, page.getByTestId('open-palette'), 'back')
  expect(await taken(OWN)).toEqual([])
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
  expect(await taken(OWN)).toEqual([])
  // The one that is taken, as by most applications; and letters while an input method is at work are not.
  expect(
    await taken([
      { key: 'n', isComposing: true },
      { key: 'n', keyCode: 229 },
    ]),
  ).toEqual([])
  expect(await taken([{ key: 'k', ctrlKey: true }])).toHaveLength(1)
  await expect(page.getByTestId('palette')).toBeVisible()
})

test('who wants little motion gets none: nothing moves on for ever, and nothing glides', async ({ open }) => {
  const moving = (page: Page) =>
    page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length)
  const question = '[[words:3000]] [[rate:20]] it moves'
  const usual = await open('eddie')
  await usual.ask(question)
  await usual.untilWords(2)
  // Without the wish the lamp glows: what is counted is there to be counted.
  await expect.poll(() => moving(usual.page)).toBeGreaterThan(0)

  const calm = await open('eddie', { reducedMotion: 'reduce' })
  await calm.page.goto(usual.sessionPath)
  await calm.untilWords(2)
  await expect(calm.page.getByRole('img', { name: 'Running' }).first()).toBeVisible()
  await expect.poll(() => moving(calm.page)).toBe(0)
  const slow = await calm.page.evaluate(
    () =>
      [...document.querySelectorAll('*')].filter((element) => {
        const { transitionDuration, scrollBehavior } = getComputedStyle(element)
        return (
          scrollBehavior === 'smooth' || transitionDuration.split(',').some((time) => Number.parseFloat(time) > 0.01)
        )
      }).length,
  )
  expect(slow).toBe(0)
  await usual.stopButton.click()
  await usual.answerIs('cancelled')
})
