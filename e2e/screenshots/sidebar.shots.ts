import type { Chat } from '../support/chat.ts'
import { ask, expect, newChat, test } from './shots.ts'

const NARROW = 768

/** The list stands beside the thread, or is a drawer on a phone. */
const showList = (chat: Chat) => async (width: number) => {
  if (width < NARROW) await chat.page.getByTestId('open-drawer').click()
}
const hideList = (chat: Chat) => async (width: number) => {
  if (width < NARROW) await chat.page.keyboard.press('Escape')
}

test('the list of sessions with every sign that it has', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Jo Jansen', 'admin')
  const { page } = chat
  const list = { before: showList(chat), after: hideList(chat) }
  await shoot(page, 'empty', list)

  const start = async (question: string, directives: string) => {
    await newChat(chat)
    await ask(world, chat, question, directives)
    return chat.sessionId
  }
  const said = '[[say:Nothing out of the ordinary.]]'
  const pinned = await start('Handover of the week', said)
  await chat.answerIs('completed')
  const shared = await start('Why did the nightly batch take so long?', said)
  await chat.answerIs('completed')
  const archived = await start('An old story about certificates', said)
  await chat.answerIs('completed')
  for (const [id, item] of [
    [pinned, 'Pin'],
    [shared, /Hand over/],
    [archived, 'Archive'],
  ] as const) {
    await chat.link(id).hover()
    await chat
      .link(id)
      .locator('..')
      .getByRole('button', { name: /Actions for/ })
      .click()
    await chat.chooseMenuItem(item)
  }
  await expect(chat.link(archived)).toHaveCount(0)
  await start(
    'What broke in the payment gateway at nine?',
    '[[call:list_services:{}]] [[step:2]] [[wait-first:1500]] [[error-chunk]]',
  )
  const waiting = await start(
    'Restart catalogue',
    '[[call:restart_service:{"service":"catalogue","reason":"it is stuck"}]]',
  )
  await expect(chat.approvals).toBeVisible()
  const fresh = await start('Which alert rules never fire?', `[[rate:4]] ${said}`)
  await newChat(chat)
  await expect(chat.link(fresh)).toHaveAttribute('data-state', 'new-answer', { timeout: 30_000 })
  const running = await start(
    'How much disk is left on the brokers, and when will it be full?',
    '[[words:3000]] [[rate:5]]',
  )
  await chat.untilWords(3)
  await expect(chat.link(waiting)).toHaveAttribute('data-state', 'waiting-for-me')
  await newChat(chat)
  await expect(chat.link(running)).toHaveAttribute('data-state', 'running')
  await shoot(page, 'all-states', list)

  await shoot(page, 'actions', {
    before: async (width) => {
      await showList(chat)(width)
      await chat.link(pinned).hover()
      await chat
        .link(pinned)
        .locator('..')
        .getByRole('button', { name: /Actions for/ })
        .click()
    },
    after: async (width) => {
      await page.keyboard.press('Escape')
      await hideList(chat)(width)
    },
  })
  const search = (words: string) => ({
    before: async (width: number) => {
      await showList(chat)(width)
      await page.getByTestId('session-search').filter({ visible: true }).fill(words)
      await expect(chat.link(fresh)).toHaveCount(0)
    },
    after: async (width: number) => {
      await page.getByRole('button', { name: 'End the search' }).filter({ visible: true }).click()
      await hideList(chat)(width)
    },
  })
  await shoot(page, 'search-hits', search('nightly'))
  await shoot(page, 'search-none', search('no such title'))
  await shoot(page, 'archive', {
    before: async (width) => {
      await showList(chat)(width)
      await page.getByTestId('session-filter').filter({ visible: true }).click()
      await page.getByRole('menuitemradio', { name: 'Archived' }).click()
      await expect(chat.link(archived)).toBeVisible()
    },
    after: async (width) => {
      await page.getByTestId('session-filter').filter({ visible: true }).click()
      await page.getByRole('menuitemradio', { name: 'All sessions' }).click()
      await hideList(chat)(width)
    },
  })
  await shoot(page, 'user-menu', {
    before: async (width) => {
      await showList(chat)(width)
      await page.getByTestId('user-menu').filter({ visible: true }).click()
    },
    after: async (width) => {
      await page.keyboard.press('Escape')
      await hideList(chat)(width)
    },
  })
  await page.setViewportSize({ width: 1440, height: 900 })
  await chat.link(shared).click()
  await chat.answerIs('completed')
  await chat.link(shared).hover()
  await chat
    .link(shared)
    .locator('..')
    .getByRole('button', { name: /Actions for/ })
    .click()
  await chat.chooseMenuItem('Delete')
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).hover()
  await shoot(page, 'toast-undo')
  await page.getByRole('button', { name: 'Hide the sidebar' }).click()
  await shoot(page, 'hidden')
})
