import type { Request } from '@playwright/test'
import { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

const NETWORK = /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED|ABORTED|INCOMPLETE_CHUNKED_ENCODING)/

test('the browser is closed in mid-answer, and another shows every word once', async ({ open }) => {
  const first = await open('eddie')
  await first.ask('[[words:500]] [[rate:40]] I shall close the browser')
  await first.untilWords(30)
  const path = first.sessionPath
  await first.page.context().close()

  const second = await open('eddie')
  await second.link(path.split('/').at(-1) ?? '').click()
  await expect(second.answer).toHaveAttribute('data-live', 'true')
  await second.showsWordsOnce(500)
})

test('an answer that was finished while nobody looked is there whole', async ({ open, world }) => {
  const question = '[[words:200]] nobody looks at this'
  const first = await open('eddie')
  await first.ask(question)
  const path = first.sessionPath
  await first.page.context().close()
  await expect.poll(async () => (await world.modelRequests('nobody looks'))[0]?.status).toBe('completed')

  const second = await open('eddie')
  await second.page.goto(path)
  await second.showsWordsOnce(200)
})

test('ten reloads during one answer lose and repeat nothing', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:600]] [[rate:30]] reload me')
  for (let reload = 1; reload <= 10; reload += 1) {
    await chat.untilWords(10 * reload)
    await chat.page.reload()
  }
  await expect(chat.answer).toHaveAttribute('data-live', 'true')
  await chat.showsWordsOnce(600)
  await chat.page.reload()
  await chat.showsWordsOnce(600)
})

test('two tabs of one session show the same, whichever asks', async ({ open }) => {
  const left = await open('eddie')
  await left.ask('[[words:4]] from the left')
  await left.showsWordsOnce(4)
  const right = new Chat(await left.page.context().newPage())
  await right.page.goto(left.sessionPath)
  await right.showsWordsOnce(4)

  await right.ask('[[words:150]] [[rate:60]] from the right')
  await expect(left.questions.last()).toContainText('from the right')
  await expect(left.answer).toHaveAttribute('data-live', 'true')
  await left.untilWords(20)
  await expect(right.answer).toHaveAttribute('data-live', 'true')
  await Promise.all([left.showsWordsOnce(150), right.showsWordsOnce(150)])

  await left.ask('[[words:60]] [[rate:60]] from the left again')
  // The answers before this one have the same words.
  await expect(left.answers).toHaveCount(3)
  await expect(right.answers).toHaveCount(3)
  await Promise.all([left.showsWordsOnce(60), right.showsWordsOnce(60)])
  await expect(right.questions).toHaveCount(3)
})

test('the tab with the connection is closed in mid-answer, and the other goes on', async ({ open }) => {
  const left = await open('eddie')
  await left.ask('[[words:300]] [[rate:40]] who leads')
  const right = new Chat(await left.page.context().newPage())
  await right.page.goto(left.sessionPath)
  await right.untilWords(20)
  await left.page.close()
  await right.showsWordsOnce(300)
})

test('twenty seconds offline in mid-answer cost no word', async ({ open, troubles }) => {
  troubles.provoke(NETWORK)
  const chat = await open('eddie')
  await chat.ask('[[words:400]] [[rate:16]] offline for a while')
  await chat.untilWords(10)
  await chat.page.context().setOffline(true)
  const shown = (await chat.wordsOf()).length
  await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'offline')
  await expect(chat.page.getByText('Offline. Your text is kept')).toBeVisible()
  // At sixteen words a second, 320 more words are twenty seconds. This request is the test's, not the browser's.
  const written = async () => {
    const session = await (await chat.page.request.get(`/api/sessions/${chat.sessionId}`)).text()
    return session.match(/\bw\d+\b/g)?.length ?? 0
  }
  await expect.poll(written, { timeout: 60_000 }).toBeGreaterThan(shown + 320)
  expect((await chat.wordsOf()).length).toBeLessThan(shown + 16)
  await chat.page.context().setOffline(false)
  await chat.showsWordsOnce(400)
  await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'open')
})

test('eight tabs at once all load and show the answer over one connection', async ({ open }) => {
  const first = await open('eddie')
  const context = first.page.context()
  const live = new Set<Request>()
  let most = 0
  context.on('request', (request) => {
    if (!new URL(request.url()).pathname.endsWith('/api/events')) return
    live.add(request)
    most = Math.max(most, live.size)
  })
  const ended = (request: Request) => live.delete(request)
  context.on('requestfinished', ended)
  context.on('requestfailed', ended)
  await first.page.reload()
  await first.ask('[[words:300]] [[rate:30]] for eight tabs')

  const others = await Promise.all(
    Array.from({ length: 7 }, async () => {
      const chat = new Chat(await context.newPage())
      await chat.page.goto(first.sessionPath)
      await chat.untilWords(1)
      return chat
    }),
  )
  expect(live.size).toBe(1)
  const tabs = [first, ...others]
  for (const tab of tabs) await tab.showsWordsOnce(300)
  expect(live.size).toBe(1)
  // A new set of watches may open its stream just before the old one is reported closed.
  expect(most).toBeLessThanOrEqual(2)
})
