import { findsNothing } from './support/axe.ts'
import type { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

const WIDTHS = [
  { name: 'on a desktop', options: { viewport: { width: 1440, height: 900 } } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } },
]
const FILLING = Array.from({ length: 30 }, (_, n) => `Paragraph ${n} of what was found.`).join('\n\n')
const ANSWER = `The pool[^pool] is too small[^2]; the pool[^pool] again.

${FILLING}

[^pool]: Since v2.14.0, see the [runbook](https://runbooks.example.com/pool).
[^2]: Requests wait up to 3 s.`

const mark = (chat: Chat, number: number, place = 0) =>
  chat.answer.getByRole('link', { name: `Footnote ${number}`, exact: true }).nth(place)
const back = (chat: Chat, number: number) =>
  chat.answer.getByRole('link', { name: `Back to the mark of footnote ${number}` })
const notes = (chat: Chat) => chat.answer.getByRole('group', { name: 'Footnotes' }).getByRole('listitem')

for (const { name, options } of WIDTHS) {
  test(`footnotes are gone to and come back from, by mouse and by keyboard, ${name}`, async ({ open, world }) => {
    const chat = await open('eddie', options)
    const { page } = chat
    const question = `Why does it wait, ${name}?`
    await world.order(question, `[[say:${ANSWER}]]`)
    await chat.ask(question)
    await chat.answerIs('completed')
    await chat.ask(question)
    await expect(chat.answers).toHaveCount(2)
    await chat.answerIs('completed')
    const address = page.url()
    await expect(notes(chat)).toHaveText([/Since v2\.14\.0/, /Requests wait/])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport.width)

    await mark(chat, 1).click()
    await expect(notes(chat).first()).toBeFocused()
    await expect(notes(chat).first()).toBeInViewport()
    await expect(mark(chat, 1)).not.toBeInViewport()
    await back(chat, 1).click()
    await expect(mark(chat, 1)).toBeFocused()
    await expect(mark(chat, 1)).toBeInViewport()

    // The mark that one came from is the one to go back to.
    await mark(chat, 1, 1).focus()
    await page.keyboard.press('Enter')
    await expect(notes(chat).first()).toBeFocused()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await expect(back(chat, 1)).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(mark(chat, 1, 1)).toBeFocused()
    expect(page.url()).toBe(address)
    expect(await page.evaluate(() => window.scrollY)).toBe(0)

    const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
  })
}

test('no bracket of a footnote flickers while an answer is being written', async ({ open, world }) => {
  const chat = await open('eddie')
  await world.order('Slowly?', `[[rate:60]] [[say:${ANSWER.replace(FILLING, 'One paragraph between them.')}]]`)
  await chat.ask('[[words:2]] first')
  await chat.showsWordsOnce(2)
  await chat.page.evaluate(() => {
    const seen: string[] = []
    new MutationObserver(() => {
      const text = [...document.querySelectorAll('.prose-answer')].at(-1)?.textContent ?? ''
      // A name that is no number is text until its footnote is there.
      if (/\[\^?$|\[\^?\d|\[\^pool\]?:/.test(text)) seen.push(text)
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
    Object.assign(window, { seenBrackets: seen })
  })
  await chat.ask('Slowly?')
  await chat.answerIs('completed')
  await expect(notes(chat)).toHaveCount(2)
  expect(await chat.page.evaluate(() => (window as unknown as { seenBrackets: string[] }).seenBrackets)).toEqual([])
})

test('axe finds nothing on footnotes', async ({ open, world }) => {
  const chat = await open('eddie', { reducedMotion: 'reduce' })
  await world.order('Why?', `[[say:${ANSWER.replace(FILLING, 'One paragraph between them.')}]]`)
  await chat.ask('Why?')
  await chat.answerIs('completed')
  await expect(notes(chat)).toHaveCount(2)
  await findsNothing(chat.page, 'an answer with footnotes')
})
