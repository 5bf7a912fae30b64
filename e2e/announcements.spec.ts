import type { Page } from '@playwright/test'
import { expect, test } from './support/test.ts'

/** Notes whatever any live region of the page says from now on. */
const listen = (page: Page) =>
  page.evaluate(() => {
    const said: string[] = []
    Object.assign(window, { said })
    new MutationObserver((records) => {
      for (const { target, addedNodes, type } of records) {
        const element = target instanceof Element ? target : target.parentElement
        const region = element?.closest('[role=status], [role=alert], [role=log], output, [aria-live]')
        if (!region || region.getAttribute('aria-live') === 'off') continue
        if (type === 'characterData') said.push(target.textContent ?? '')
        for (const node of addedNodes) said.push(node.textContent ?? '')
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
const said = (page: Page) => page.evaluate(() => (window as unknown as { said: string[] }).said)

test('a long answer is heard as two sentences, and no token of it', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:2]] to begin with')
  await chat.answerIs('completed')
  await listen(chat.page)
  await chat.ask('[[reasoning:20]] [[call:list_services:{}]] [[words:1000]] [[rate:400]] a long one')
  await chat.showsWordsOnce(1000)
  await expect.poll(() => said(chat.page)).toEqual(['An answer has begun.', 'The answer is complete.'])
})

test('an approval is heard at once, in its conversation and in any other', async ({ open }) => {
  const chat = await open('ada')
  await chat.ask('Please restart the catalogue service')
  await expect(chat.page.getByTestId('urgent-announcements')).toContainText('An approval is wanted')
  const { sessionId } = chat
  await chat.page.getByTestId('new-chat').click()
  const other = await open('ada')
  await expect(other.link(sessionId)).toBeVisible()
  await listen(chat.page)
  await other.ask('Please restart the catalogue service now')
  await expect.poll(() => said(chat.page)).toEqual(['An approval is wanted of you in another conversation.'])
  await other.stopButton.click()
  await other.answerIs('cancelled')
  await other.link(sessionId).click()
  await other.stopButton.click()
  await other.answerIs('cancelled')
})

test('a lost connection is heard once, and that it is back', async ({ open, troubles }) => {
  troubles.provoke(/net::ERR_/)
  const chat = await open('eddie')
  await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'open')
  await listen(chat.page)
  await chat.page.context().setOffline(true)
  await expect.poll(() => said(chat.page)).toEqual(['The connection is lost. Your text is kept, and runs go on.'])
  await chat.page.context().setOffline(false)
  await expect.poll(async () => (await said(chat.page)).slice(1)).toEqual(['The connection is back.'])
})
