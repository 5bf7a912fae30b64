import type { Page } from '@playwright/test'
import { expect, test } from './support/test.ts'

const NETWORK = /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED|ABORTED|INCOMPLETE_CHUNKED_ENCODING)/
const SIZES = [
  { name: '1280', viewport: { width: 1280, height: 800 } },
  { name: '360', viewport: { width: 360, height: 740 } },
]

const line = (page: Page) => page.getByTestId('connection')
const outage = (page: Page, state: string, timeout = 20_000) =>
  expect(line(page)).toHaveAttribute('data-outage', state, { timeout })

interface Witness {
  /** Everything that the line has said. */
  said: string[]
  outages: string[]
  /** The sum of all layout shifts. */
  shift: number
}

/** Has the page note from now on what its line says and how much anything moves. */
const witness = (page: Page) =>
  page.evaluate(() => {
    const notes: Witness = { said: [], outages: [], shift: 0 }
    Object.assign(window, { witness: notes })
    const element = document.querySelector('[data-testid=connection]') as HTMLElement
    new MutationObserver(() => {
      if (element.innerText) notes.said.push(element.innerText)
      notes.outages.push(element.dataset.outage ?? '')
    }).observe(element, { attributes: true, childList: true, subtree: true })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) notes.shift += (entry as unknown as { value: number }).value
    }).observe({ type: 'layout-shift' })
  })
const witnessed = (page: Page) => page.evaluate(() => (window as unknown as { witness: Witness }).witness)

for (const { name, viewport } of SIZES) {
  test(`a break of less than two seconds shows nothing at all, at ${name} px`, async ({ open, troubles }) => {
    troubles.provoke(NETWORK)
    const chat = await open('eddie', { viewport })
    const { page } = chat
    await chat.ask('[[words:60]] something to look at')
    await chat.showsWordsOnce(60)
    await expect(line(page)).toHaveAttribute('data-state', 'open')
    await chat.composer.fill('half a question')
    await witness(page)
    await page.context().setOffline(true)
    await outage(page, 'brief')
    await page.context().setOffline(false)
    await outage(page, 'none')
    const { said, outages, shift } = await witnessed(page)
    expect(new Set(outages)).toEqual(new Set(['brief', 'none']))
    expect(said).toEqual([])
    expect(shift).toBe(0)
  })

  test(`a longer one says one quiet line over the thread, and nothing moves when it comes and goes, at ${name} px`, async ({
    open,
    troubles,
  }) => {
    troubles.provoke(NETWORK)
    const chat = await open('eddie', { viewport })
    const { page } = chat
    await chat.ask('[[words:60]] something to look at')
    await chat.showsWordsOnce(60)
    await chat.composer.fill('half a question')
    await witness(page)
    await page.context().setOffline(true)
    await outage(page, 'offline')
    await expect(line(page)).toHaveText('Offline. Your text is kept; runs go on.')
    await page.context().setOffline(false)
    await outage(page, 'none')
    await expect(line(page)).toHaveText('')
    await expect(chat.composer).toHaveValue('half a question')
    const { said, shift } = await witnessed(page)
    expect(new Set(said)).toEqual(new Set(['Offline. Your text is kept; runs go on.']))
    expect(shift).toBe(0)
  })

  test(`what is sent offline waits in the thread and is asked once when the network is back, at ${name} px`, async ({
    open,
    world,
    troubles,
  }) => {
    troubles.provoke(NETWORK)
    const chat = await open('eddie', { viewport })
    const { page } = chat
    await chat.ask('[[words:3]] before the tunnel')
    await chat.showsWordsOnce(3)
    await page.context().setOffline(true)
    await chat.composer.fill(`[[words:4]] from the tunnel ${name}`)
    await chat.composer.press('Enter')
    const unsent = page.getByTestId('unsent')
    await expect(unsent).toContainText('Not sent yet. It goes as soon as the server is in reach.')
    await expect(chat.questions.last()).toHaveAttribute('data-delivery', 'held')
    await expect(chat.composer).toHaveValue('')
    await chat.composer.fill('and a draft')
    await page.context().setOffline(false)
    await chat.showsWordsOnce(4)
    await expect(unsent).toHaveCount(0)
    await expect(chat.questions).toHaveCount(2)
    await expect(chat.composer).toHaveValue('and a draft')
    const asked = (await world.modelRequests(`from the tunnel ${name}`)).filter(({ kind }) => kind === 'chat')
    expect(asked).toHaveLength(1)
  })
}

test('a message whose answer was lost is kept over a reload, sent by keyboard, and asked once', async ({
  open,
  world,
  troubles,
}) => {
  troubles.provoke(/net::ERR_FAILED|net::ERR_ABORTED/)
  const chat = await open('eddie')
  const { page } = chat
  await chat.ask('[[words:3]] before the break')
  await chat.showsWordsOnce(3)
  // The server gets it and starts the run; the page never hears of it, nor of anything after.
  await page.route('**/api/events?*', (route) => route.abort())
  await page.route('**/api/agent/runs', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await chat.composer.fill('[[words:5]] was it heard?')
  await chat.composer.press('Enter')
  await expect(chat.questions.last()).toHaveAttribute('data-delivery', 'held')
  page.on('dialog', (dialog) => dialog.accept())
  await page.reload()
  await expect(page.getByTestId('unsent')).toBeVisible()
  // In reach again it would go by itself; with nothing heard of the server, it goes by the key.
  await page.getByTestId('resend').focus()
  await page.unroute('**/api/agent/runs')
  await page.keyboard.press('Enter')
  await page.unroute('**/api/events?*')
  await chat.showsWordsOnce(5)
  await expect(chat.questions).toHaveCount(2)
  await expect(chat.composer).toHaveValue('')
  const asked = (await world.modelRequests('was it heard?')).filter(({ kind }) => kind === 'chat')
  expect(asked).toHaveLength(1)
})

test('a message that waits can be discarded, and a new chat keeps its text in the composer', async ({
  open,
  world,
  troubles,
}) => {
  troubles.provoke(NETWORK)
  const chat = await open('eddie')
  const { page } = chat
  await page.context().setOffline(true)
  await chat.composer.fill('[[words:3]] a new chat in a tunnel')
  await chat.sendButton.click()
  await expect(page.getByText('Not sent: The server cannot be reached.')).toBeVisible()
  await expect(chat.composer).toHaveValue('[[words:3]] a new chat in a tunnel')
  await page.context().setOffline(false)
  await chat.sendButton.click()
  await chat.showsWordsOnce(3)
  expect((await world.modelRequests('a new chat in a tunnel')).filter(({ kind }) => kind === 'chat')).toHaveLength(1)

  await page.context().setOffline(true)
  await chat.composer.fill('[[words:2]] better not')
  await chat.sendButton.click()
  await page.getByTestId('discard').click()
  await expect(chat.questions).toHaveCount(1)
  await page.context().setOffline(false)
  await expect(line(page)).toHaveAttribute('data-state', 'open')
  await chat.ask('[[words:2]] this instead')
  await chat.showsWordsOnce(2)
  expect(await world.modelRequests('better not')).toEqual([])
})
