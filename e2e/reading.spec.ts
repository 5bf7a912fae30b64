import { expect, test } from './support/test.ts'

test('a token rerenders the block that it belongs to and nothing else of the thread', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:40]] an older answer')
  await chat.showsWordsOnce(40)
  await chat.ask('[[reasoning:10]] [[words:260]] [[rate:60]] the streaming one')
  await expect(chat.answers).toHaveCount(2)
  await chat.untilWords(10)
  await chat.page.evaluate(() => {
    const seen: { inside: number; outside: string[] } = { inside: 0, outside: [] }
    Object.assign(window, { seenMutations: seen })
    const stream = [...document.querySelectorAll('[data-testid=message-assistant]')]
      .at(-1)
      ?.querySelector('.prose-answer')
    const observer = new MutationObserver((records) => {
      for (const { target, type, attributeName } of records) {
        const element = target instanceof Element ? target : target.parentElement
        if (element && stream?.contains(element)) seen.inside += 1
        else seen.outside.push(`${type} ${attributeName ?? ''} ${element?.outerHTML.slice(0, 200)}`)
      }
    })
    const options = { subtree: true, childList: true, characterData: true, attributes: true }
    observer.observe(document.body, options)
    Object.assign(window, { stopObserving: () => observer.disconnect() })
  })
  await chat.untilWords(210)
  const seen = await chat.page.evaluate(() => {
    const page = window as unknown as {
      stopObserving: () => void
      seenMutations: { inside: number; outside: string[] }
    }
    page.stopObserving()
    return page.seenMutations
  })
  expect(seen.inside).toBeGreaterThan(20)
  expect(seen.outside).toEqual([])
  await chat.showsWordsOnce(260)
})

test('a long answer does not scroll under a reader who scrolled up', async ({ open }) => {
  const chat = await open('eddie')
  const thread = chat.page.getByTestId('thread')
  const top = () => thread.evaluate((element) => element.scrollTop)
  const fromEnd = () => thread.evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop)
  await chat.ask('[[words:3000]] [[rate:250]] a long one')
  await expect.poll(top).toBeGreaterThan(300)
  await expect.poll(fromEnd).toBeLessThan(60)

  await thread.hover()
  await chat.page.mouse.wheel(0, -400)
  await expect(chat.page.getByTestId('jump-to-latest')).toBeVisible()
  const read = await top()
  const height = await thread.evaluate((element) => element.scrollHeight)
  await expect.poll(() => thread.evaluate((element) => element.scrollHeight)).toBeGreaterThan(height + 400)
  expect(Math.abs((await top()) - read)).toBeLessThanOrEqual(1)

  await chat.page.getByTestId('jump-to-latest').click()
  await expect.poll(fromEnd).toBeLessThan(60)
  await expect(chat.page.getByTestId('jump-to-latest')).toBeHidden()
  await chat.showsWordsOnce(3000)
  await expect.poll(fromEnd).toBeLessThan(60)
})

test('on a phone one opens the list, asks and reads, and nothing is wider than the screen', async ({ open }) => {
  const chat = await open('eddie', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true })
  const overflow = () => chat.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(await overflow()).toBeLessThanOrEqual(0)
  await chat.ask('Which services are slow?')
  await chat.answerIs('completed')
  expect(await overflow()).toBeLessThanOrEqual(0)
  const path = chat.sessionPath

  await chat.page.getByTestId('open-drawer').tap()
  await chat.page.getByTestId('new-chat').filter({ visible: true }).tap()
  await expect(chat.page).toHaveURL(/\/o\/acme$/)
  await chat.page.getByTestId('open-drawer').tap()
  const id = path.split('/').at(-1) ?? ''
  await chat.link(id).tap()
  await expect(chat.page).toHaveURL(new RegExp(`${id}$`))
  await chat.answerIs('completed')
  await expect(chat.link(id)).toHaveCount(0)
  await chat.card('query_metrics').first().getByRole('button').first().tap()
  expect(await overflow()).toBeLessThanOrEqual(0)
})

test('nothing that an answer holds becomes markup, an image or a hidden link target', async ({ open, world }) => {
  const injected = '<img src=x onerror=alert(1)> ![leak](https://stranger.test/?q=1) [here](https://stranger.test/a)'
  await world.fault({ tool: 'list_alerts', fail: injected })
  const chat = await open('eddie')
  const strange: string[] = []
  chat.page.on('request', (request) => {
    if (request.url().includes('stranger.test')) strange.push(request.url())
  })
  // The model repeats what the tool said, as one that fell for an injection would.
  await chat.ask('[[call:list_alerts:{}]] tell me')
  await chat.answerIs('completed')
  await chat.card('list_alerts').getByRole('button').first().click()
  await expect(chat.answer.locator('img')).toHaveCount(0)
  expect(strange).toEqual([])
})
