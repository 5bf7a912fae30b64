import { expect, test } from './support/test.ts'

const MOST_KILOBYTES = 300

test(`the chat's first load brings less than ${MOST_KILOBYTES} kB of compressed scripts`, async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:3]]')
  await chat.answerIs('completed')
  const { page } = chat
  for (const path of ['/o/acme', chat.sessionPath]) {
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.setCacheDisabled', { cacheDisabled: true })
    const scripts = new Map<string, string>()
    const loaded: { url: string; kB: number }[] = []
    // By what is asked for from here on: the page before may still get what its last key made it fetch.
    session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      if (/\.js(\?|$)/.test(request.url)) scripts.set(requestId, request.url)
    })
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const url = scripts.get(requestId)
      if (url) loaded.push({ url, kB: encodedDataLength / 1000 })
    })
    await page.goto(path)
    await chat.composer.fill('a question')
    if (path !== '/o/acme') await expect(chat.answer).toBeVisible()
    await page.waitForLoadState('load')
    const total = loaded.reduce((sum, { kB }) => sum + kB, 0)
    const largest = loaded.sort((a, b) => b.kB - a.kB).slice(0, 6)
    expect(loaded.length).toBeGreaterThan(3)
    expect(total, `${path}: ${JSON.stringify(largest)}`).toBeLessThan(MOST_KILOBYTES)
    await chat.composer.fill('')
    await session.detach()
  }
})
