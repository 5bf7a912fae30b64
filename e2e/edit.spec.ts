import type { Page } from '@playwright/test'
import type { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

const switchOf = (chat: Chat, place = 0) => chat.questions.nth(place).getByTestId('version-switch')
const step = (chat: Chat, which: 'previous' | 'next', place = 0) =>
  switchOf(chat, place).getByRole('button', { name: `Show the ${which} version` })
const editor = (chat: Chat) => chat.page.getByTestId('question-editor')
const editButton = (chat: Chat, place: number) =>
  chat.questions.nth(place).getByRole('button', { name: 'Edit question' })
const bar = (chat: Chat) => chat.page.getByTestId('version-bar')
const sideways = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

async function twoTurns(chat: Chat) {
  await chat.ask('[[words:3]] the first')
  await chat.showsWordsOnce(3)
  await chat.ask('[[words:4]] the second')
  await expect(chat.answers).toHaveCount(2)
  await chat.showsWordsOnce(4)
}

async function edit(chat: Chat, place: number, text: string) {
  await chat.questions.nth(place).hover()
  await editButton(chat, place).click()
  await editor(chat).getByRole('textbox').fill(text)
  await editor(chat).getByRole('button', { name: /send$/i }).click()
}

test('a question is asked anew in its place; every page follows, and the old thread is read and gone on with', async ({
  open,
}) => {
  const left = await open('eddie')
  await twoTurns(left)
  const right = await open('eddie')
  await right.page.goto(left.sessionPath)
  await expect(right.answers).toHaveCount(2)

  await left.questions.first().hover()
  await editButton(left, 0).click()
  await expect(editor(left).getByRole('textbox')).toHaveValue('[[words:3]] the first')
  await expect(editor(left)).toContainText('What follows is replaced; this version stays reachable.')
  await editor(left).getByRole('textbox').fill('[[words:5]] the first, edited')
  await editor(left).getByRole('button', { name: 'Send' }).click()
  for (const chat of [left, right]) {
    await expect(chat.questions).toHaveText([/the first, edited/])
    await chat.showsWordsOnce(5)
    await expect(chat.answers).toHaveCount(1)
    await expect(switchOf(chat)).toHaveText('2/2')
  }
  await expect(editor(left)).toHaveCount(0)

  // Looking at the old thread is this page's own affair, and outlives a reload.
  await step(left, 'previous').click()
  await expect(left.questions).toHaveText([/the first/, /the second/])
  await expect(switchOf(left)).toHaveText('1/2')
  await left.showsWordsOnce(4)
  await expect(left.composer).toBeHidden()
  await expect(left.page.getByRole('button', { name: 'Edit question' })).toHaveCount(0)
  await expect(right.questions).toHaveCount(1)
  await left.page.reload()
  await expect(left.questions).toHaveText([/the first/, /the second/])
  await left.page.getByTestId('version-back').click()
  await expect(left.questions).toHaveText([/edited/])
  await expect(left.composer).toBeFocused()

  // Going on from it is everybody's.
  await step(left, 'previous').click()
  await expect(left.questions).toHaveCount(2)
  await left.page.getByTestId('version-go-on').click()
  await expect(bar(left)).toHaveCount(0)
  for (const chat of [left, right]) await expect(chat.questions).toHaveText([/the first/, /the second/])
  await right.ask('[[words:6]] the third')
  for (const chat of [left, right]) {
    await expect(chat.questions).toHaveText([/the first/, /the second/, /the third/])
    await chat.showsWordsOnce(6)
  }
  await step(right, 'next').click()
  await expect(right.questions).toHaveText([/edited/])
  await expect(bar(right)).toBeVisible()
  await step(right, 'previous').click()
  await expect(right.questions).toHaveCount(3)
  await expect(bar(right)).toHaveCount(0)
  await left.page.reload()
  await expect(left.questions).toHaveText([/the first/, /the second/, /the third/])
})

test('a page that was offline meanwhile shows the right thread afterwards', async ({ open, troubles }) => {
  troubles.provoke(/net::ERR_/)
  const left = await open('eddie')
  await twoTurns(left)
  const right = await open('eddie')
  await right.page.goto(left.sessionPath)
  await expect(right.answers).toHaveCount(2)
  await right.page.context().setOffline(true)
  await edit(left, 1, '[[words:5]] anew')
  await expect(left.questions).toHaveText([/the first/, /anew/])
  await left.showsWordsOnce(5)
  await edit(left, 1, '[[words:6]] anew once more')
  await expect(left.questions).toHaveText([/the first/, /once more/])
  await left.showsWordsOnce(6)
  await expect(right.questions).toHaveText([/the first/, /the second/])
  await right.page.context().setOffline(false)
  await expect(right.questions).toHaveText([/the first/, /once more/])
  await right.showsWordsOnce(6)
  await expect(right.answers).toHaveCount(2)
  await expect(switchOf(right, 1)).toHaveText('3/3')
})

test('by keyboard alone, on a narrow page', async ({ open }) => {
  const chat = await open('eddie', { viewport: { width: 360, height: 740 } })
  const { page } = chat
  await twoTurns(chat)
  await editButton(chat, 1).focus()
  await page.keyboard.press('Enter')
  const field = editor(chat).getByRole('textbox')
  await expect(field).toBeFocused()
  await page.keyboard.type(' not this')
  await page.keyboard.press('Escape')
  await expect(editor(chat)).toHaveCount(0)
  await expect(editButton(chat, 1)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(field).toHaveValue('[[words:4]] the second')

  // What an input method takes is not sent.
  await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true })
  await expect(field).toBeVisible()
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('[[words:7]] with a second line')
  expect(await sideways(page)).toBe(0)
  await page.keyboard.press('Control+A')
  await page.keyboard.type('[[words:7]] anew')
  await page.keyboard.press('Enter')
  await expect(chat.questions).toHaveText([/the first/, /anew/])
  await chat.showsWordsOnce(7)
  await expect(chat.composer).toBeFocused()

  await step(chat, 'previous', 1).focus()
  await page.keyboard.press('Enter')
  await expect(chat.questions).toHaveText([/the first/, /the second/])
  await expect(step(chat, 'next', 1)).toBeFocused()
  expect(await sideways(page)).toBe(0)
  await page.keyboard.press('Enter')
  await expect(chat.questions).toHaveText([/the first/, /anew/])
  await expect(step(chat, 'previous', 1)).toBeFocused()
})

test('by touch, and while the answer is being written: it is stopped, and stays in its version', async ({ open }) => {
  const chat = await open('eddie', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
  await chat.ask('[[words:900]] [[rate:30]] a long one')
  await chat.untilWords(3)
  await editButton(chat, 0).tap()
  await expect(editor(chat)).toContainText('What runs is stopped.')
  await editor(chat).getByRole('textbox').fill('[[words:8]] a short one')
  await editor(chat).getByRole('button', { name: 'Stop and send' }).tap()
  await expect(chat.questions).toHaveText([/a short one/])
  await chat.showsWordsOnce(8)
  await expect(chat.answers).toHaveCount(1)
  await step(chat, 'previous').tap()
  await expect(chat.questions).toHaveText([/a long one/])
  await chat.answerIs('cancelled')
  await expect(chat.page.getByTestId('retry')).toHaveCount(0)
  expect(await sideways(chat.page)).toBe(0)
})

test('a link into an earlier version opens it, for those who only read as well', async ({ open, troubles }) => {
  const eddie = await open('eddie')
  await twoTurns(eddie)
  const old = await eddie.questions.nth(1).getAttribute('data-message')
  await edit(eddie, 1, '[[words:5]] the second, edited')
  await eddie.showsWordsOnce(5)
  await eddie.page.getByTestId('visibility').click()
  await eddie.page.getByRole('menuitemradio', { name: /Acme/ }).click()
  await expect(eddie.page.getByTestId('visibility')).toHaveAttribute('data-visibility', 'organisation')
  const vera = await open('vera')
  await vera.page.goto(`${eddie.sessionPath}#${old}`)
  await expect(vera.questions).toHaveText([/the first/, /the second/])
  await vera.showsWordsOnce(4)
  await expect(bar(vera)).toBeVisible()
  await expect(vera.page.getByTestId('version-go-on')).toHaveCount(0)
  await vera.page.getByTestId('version-back').click()
  await expect(vera.questions).toHaveText([/the first/, /the second, edited/])
  await expect(vera.page.getByRole('button', { name: 'Edit question' })).toHaveCount(0)
  await step(vera, 'previous', 1).click()
  await expect(vera.questions).toHaveText([/the first/, /the second/])
  await vera.page.getByTestId('version-back').click()
  // Going back changes the address, which must not overtake the next one.
  await expect(vera.questions).toHaveText([/the first/, /the second, edited/])

  troubles.provoke(/404/)
  // The router may still write the address of before over the new one.
  await vera.page.evaluate((path) => {
    window.location.hash = '#usr_none'
    window.history.replaceState(null, '', path)
  }, eddie.sessionPath)
  await expect(vera.page.getByText('The message that the address points at is not in this session.')).toBeVisible()
})
