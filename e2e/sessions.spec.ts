import type { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

async function openActions(chat: Chat, sessionId: string): Promise<void> {
  const link = chat.link(sessionId)
  await link.hover()
  await link
    .locator('..')
    .getByRole('button', { name: /Actions for/ })
    .click()
}

test('a session is renamed, everywhere at once', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:3]] name me')
  await chat.showsWordsOnce(3)
  const other = await open('eddie')
  await expect(other.link(chat.sessionId)).toBeVisible()

  await openActions(chat, chat.sessionId)
  await chat.chooseMenuItem('Rename')
  const field = chat.page.getByLabel('Title of the session')
  await field.fill('The night of the pool')
  await field.press('Enter')
  await expect(chat.link(chat.sessionId)).toHaveText('The night of the pool')
  await expect(chat.page.getByRole('heading', { level: 1 })).toHaveText('The night of the pool')
  await expect(other.link(chat.sessionId)).toHaveText('The night of the pool')
  await chat.page.reload()
  await expect(chat.link(chat.sessionId)).toHaveText('The night of the pool')
})

test('a deleted session is gone for every tab at once, can be taken back, and is gone for good with what runs in it', async ({
  open,
  world,
  troubles,
}) => {
  troubles.provoke(/status of 404/)
  const chat = await open('eddie')
  await chat.ask('[[words:2000]] [[rate:30]] delete me')
  await chat.untilWords(3)
  const id = chat.sessionId
  const path = chat.sessionPath
  const other = await open('eddie')
  await other.page.goto(path)
  await other.untilWords(3)

  await openActions(chat, id)
  await chat.chooseMenuItem('Delete')
  await expect(chat.link(id)).toHaveCount(0)
  await expect(chat.page).toHaveURL(/\/o\/acme$/)
  await expect(other.page.getByText('This session does not exist')).toBeVisible()
  await chat.page.getByRole('button', { name: 'Undo' }).click()
  await expect(chat.link(id)).toBeVisible()
  // Nothing of it was lost.
  await chat.page.goto(path)
  await chat.untilWords(6)

  await openActions(chat, id)
  await chat.chooseMenuItem('Delete')
  await expect(chat.link(id)).toHaveCount(0)
  // Deleted for good by the server's clock, with no page's help.
  await chat.page.goto('about:blank')
  await expect
    .poll(async () => (await world.modelRequests('delete me'))[0]?.status, { timeout: 45_000 })
    .toBe('aborted')
  await chat.page.goto(path)
  await expect(chat.page.getByText('This session does not exist')).toBeVisible()
})

test('sessions are found by title, pinned, archived and told apart by whose they are', async ({ open }) => {
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ]) {
    const chat = await open('eddie', { viewport })
    const isNarrow = viewport.width < 768
    const word = `pool${viewport.width}`
    const showList = async () => {
      if (isNarrow) await chat.page.getByTestId('open-drawer').click()
    }
    await chat.ask(`The night of the ${word}`)
    const id = chat.sessionId
    await chat.answerIs('completed')
    await showList()
    await openActions(chat, id)
    await chat.chooseMenuItem('Pin')
    await expect(chat.page.getByRole('region', { name: 'Pinned' }).locator(`[data-session="${id}"]`)).toBeVisible()
    await chat.page.getByTestId('session-search').filter({ visible: true }).fill(word)
    await expect(chat.link(id)).toBeVisible()
    await chat.page.keyboard.press('Escape')
    if (isNarrow) await showList()
    await openActions(chat, id)
    await chat.chooseMenuItem('Archive')
    await expect(chat.link(id)).toHaveCount(0)
    await chat.page.getByTestId('session-filter').filter({ visible: true }).click()
    await chat.page.getByRole('menuitemradio', { name: 'Archived' }).click()
    await expect(chat.link(id)).toBeVisible()
    await openActions(chat, id)
    await chat.chooseMenuItem('Take out of the archive')
    await chat.page.getByTestId('session-filter').filter({ visible: true }).click()
    await chat.page.getByRole('menuitemradio', { name: 'The organisation’s' }).click()
    await expect(chat.link(id)).toHaveCount(0)
  }
})

test('a new answer is marked for whoever has not seen it, on every device', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:60]] [[rate:30]] answer me later')
  const id = chat.sessionId
  await chat.page.getByTestId('new-chat').click()
  await expect(chat.link(id)).toHaveAttribute('data-state', 'new-answer', { timeout: 30_000 })
  const elsewhere = await open('eddie')
  await expect(elsewhere.link(id)).toHaveAttribute('data-state', 'new-answer')
  await elsewhere.link(id).click()
  await expect(elsewhere.link(id)).toHaveAttribute('data-state', 'quiet')
  await expect(chat.link(id)).toHaveAttribute('data-state', 'quiet')
})

test('drafts and streams stay with their sessions when one switches', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:300]] [[rate:40]] the one that runs')
  const running = chat.sessionId
  await chat.untilWords(5)
  await chat.composer.fill('a draft for the running one')

  await chat.page.getByTestId('new-chat').click()
  await expect(chat.page).toHaveURL(/\/o\/acme$/)
  await expect(chat.composer).toHaveValue('')
  await expect(chat.answers).toHaveCount(0)
  await chat.ask('[[words:6]] the short one')
  await chat.showsWordsOnce(6)
  expect(chat.sessionId).not.toBe(running)

  await chat.link(running).click()
  await expect(chat.composer).toHaveValue('a draft for the running one')
  await chat.showsWordsOnce(300)
  await expect(chat.answers).toHaveCount(1)
})

test('what is typed before the page’s scripts are there is kept and can be sent', async ({ open }) => {
  const chat = await open('eddie')
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await chat.page.route('**/_next/static/**/*.js*', async (route) => {
    await released
    await route.continue()
  })
  await chat.page.goto('/o/acme', { waitUntil: 'commit' })
  await chat.composer.fill('[[words:5]] typed at once')
  await expect(chat.sendButton).toBeDisabled()
  release()
  await expect(chat.sendButton).toBeEnabled()
  await expect(chat.composer).toHaveValue('[[words:5]] typed at once')
  await chat.composer.press('Enter')
  await chat.showsWordsOnce(5)
})

test('a list of sessions shows which one is at work', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:60]] [[rate:30]] at work')
  await expect(chat.link(chat.sessionId)).toHaveAttribute('data-active', 'true')
  await chat.showsWordsOnce(60)
  await expect(chat.link(chat.sessionId)).toHaveAttribute('data-active', 'false')
})
