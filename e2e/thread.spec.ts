import type { Locator } from '@playwright/test'
import type { Chat } from './support/chat.ts'
import { expect, test } from './support/test.ts'

const WIDTHS = [
  { name: 'on a desktop', options: { viewport: { width: 1440, height: 900 } } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 } } },
]

const clipboard = (chat: Chat) => chat.page.evaluate(() => navigator.clipboard.readText())
const allowClipboard = (chat: Chat) => chat.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
const sidewards = (chat: Chat) => chat.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
/** Scrolls from the beginning to the end, and answers the rounds of the questions that came into view, in their order. */
const readThrough = (thread: Locator) =>
  thread.evaluate(async (frame) => {
    const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const inView = (selector: string) => {
      const view = frame.getBoundingClientRect()
      return [...frame.querySelectorAll<HTMLElement>(selector)].filter((element) => {
        const box = element.getBoundingClientRect()
        return box.bottom > view.top && box.top < view.bottom
      })
    }
    const rounds = new Set<string>()
    frame.scrollTop = 0
    for (;;) {
      do await nextFrame()
      while (inView('[data-gap], [data-drawing]').length > 0)
      for (const { textContent } of inView('[data-item]')) {
        const round = textContent?.match(/one more, (\d+)\./)?.[1]
        if (round) rounds.add(round)
      }
      if (frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 1) return [...rounds]
      frame.scrollTop += frame.clientHeight / 2
    }
  })
const threadOf = (chat: Chat) => chat.page.getByTestId('thread')

for (const { name, options } of WIDTHS) {
  test.describe(name, () => {
    test('code of an answer has colours, and each block and the answer can be copied', async ({ open }) => {
      const chat = await open('eddie', options)
      await allowClipboard(chat)
      const code = 'const rate = 0.95 // of requests\nreturn rate'
      const table = '| service | p99 |\n|---|---|\n| checkout | 2.1 s |'
      const text = `Look:\n\n\`\`\`ts\n${code}\n\`\`\`\n\n${table}`
      await chat.ask(`[[say:${text}]] show me code`)
      await chat.answerIs('completed')
      const block = chat.answer.getByTestId('code-block')
      await expect(block.locator('.hljs-keyword').first()).toHaveText('const')
      await expect(chat.answer.getByRole('cell', { name: '2.1 s' })).toBeVisible()
      await block.getByRole('button', { name: 'Copy code' }).click()
      expect(await clipboard(chat)).toBe(code)
      await chat.answer.getByRole('button', { name: 'Copy answer' }).press('Enter')
      await expect.poll(() => clipboard(chat)).toBe(text)
      await expect(chat.answer.locator('time')).toHaveAttribute('title', /\d{4}.*\d:\d\d/)
      await expect(chat.questions.last().locator('time')).toHaveAttribute('title', /\d{4}.*\d:\d\d/)
      expect(await sidewards(chat)).toBeLessThanOrEqual(0)
    })

    test('reasoning says how long it took, after a reload too', async ({ open }) => {
      const chat = await open('eddie', options)
      await chat.ask('[[reasoning:12]] [[words:5]] think about it')
      await chat.answerIs('completed')
      const reasoning = chat.answer.getByTestId('reasoning').getByRole('button')
      await expect(reasoning).toHaveText(/^Thought for \d+(\.\d)? m?s$/)
      const said = await reasoning.innerText()
      await chat.page.reload()
      await expect(reasoning).toHaveText(said)
      await reasoning.press('Enter')
      await expect(chat.answer.getByText('r12')).toBeVisible()
    })

    test('the calls of one step are one group that shows what ran side by side', async ({ open, world }) => {
      await world.fault({ tool: 'list_alerts', delayMs: 1_500 })
      const chat = await open('eddie', options)
      await chat.ask('[[call:list_alerts:{}]] [[call:list_services:{}]] [[words:3]] both')
      await chat.answerIs('completed')
      const group = chat.answer.getByTestId('tool-group')
      await expect(group).toHaveAttribute('data-parallel', 'true')
      await expect(group.getByTestId('tool-card')).toHaveCount(2)
      await expect(group.getByTestId('group-duration')).toHaveText(/^[1-9][\d.]* s$/)
      const head = group.getByRole('button').first()
      await head.press('Enter')
      await expect(head).toHaveAttribute('aria-expanded', 'false')
      await expect(chat.cards).toHaveCount(0)
      await head.click()
      await expect(chat.cards).toHaveCount(2)
      expect(await sidewards(chat)).toBeLessThanOrEqual(0)
    })

    test('a question whose run was stopped or failed is asked again with one press', async ({ open, world }) => {
      const chat = await open('eddie', options)
      const question = `[[words:2000]] [[rate:40]] ask me again ${name}`
      await chat.ask(question)
      await chat.untilWords(5)
      await chat.stopButton.click()
      await chat.answerIs('cancelled')
      await chat.answer.getByTestId('retry').press('Enter')
      await expect(chat.answers).toHaveCount(2)
      await chat.untilWords(5)
      await expect(chat.questions).toHaveCount(2)
      expect((await world.modelRequests(`ask me again ${name}`)).length).toBe(2)
      await chat.stopButton.click()
      await chat.answerIs('cancelled')
    })

    test('the link to a message finds it however far back it is, and marks it', async ({ open, world }) => {
      const chat = await open('eddie', options)
      await allowClipboard(chat)
      await chat.ask('[[words:30]] the first of many')
      await chat.answerIs('completed')
      await chat.answer.getByRole('button', { name: 'Copy link to this answer' }).click()
      const link = await clipboard(chat)
      expect(link).toContain(`${chat.sessionPath}#msg_`)
      const id = decodeURIComponent(new URL(link).hash.slice(1))
      const origin = new URL(link).origin
      for (let round = 0; round < 52; round++) {
        const response = await chat.page.request.post('/api/agent/runs', {
          headers: { origin },
          data: { sessionId: chat.sessionId, message: `[[words:30]] one more, ${round}.`, whenBusy: 'queue' },
        })
        expect(response.status()).toBe(202)
        // A queue has an end.
        if (round % 20 === 0) await expect(chat.answers.filter({ hasText: 'w30' })).toHaveCount(round + 2)
      }
      await expect
        .poll(async () => (await world.modelRequests('one more, 51')).at(-1)?.status, { timeout: 60_000 })
        .toBe('completed')
      await chat.answerIs('completed')
      await chat.page.goto('about:blank')
      await chat.page.goto(link)
      const marked = chat.page.locator('[data-marked]')
      await expect(marked.locator(`[data-message="${id}"]`)).toBeInViewport()
      await expect(marked).toHaveCount(1)
      // A window of the thread is drawn: what is near to the reader, and the newest.
      const thread = threadOf(chat)
      const drawn = thread.locator('[data-item]')
      const count = Number(await thread.locator('[data-count]').getAttribute('data-count'))
      expect(count).toBeGreaterThan(100)
      await expect.poll(() => thread.locator('[data-gap]').count()).toBeGreaterThan(0)
      expect(await drawn.count()).toBeLessThan(count - 20)
      await chat.page.getByTestId('jump-to-latest').press('Enter')
      await expect(chat.answer.getByText(/\bw30\b/)).toBeInViewport()
      // Back to the marked one, and through the whole of it: every message once and in its order, nothing blank.
      await chat.page.evaluate(() => {
        const { hash } = window.location
        window.location.hash = ''
        window.location.hash = hash
      })
      await expect(marked.getByText(/\bw30\b/)).toBeInViewport()
      const top = () => thread.evaluate((element) => element.scrollTop)
      const before = await top()
      await marked.getByRole('button').first().press('PageDown')
      await expect.poll(top).toBeGreaterThan(before + 100)
      const rounds = await readThrough(thread)
      expect(rounds).toEqual(Array.from({ length: 52 }, (_, round) => String(round)))

      // Who comes near to the beginning gets what is older, and what is read stays where it is.
      await chat.page.goto(chat.sessionPath)
      const loaded = async () => Number(await thread.locator('[data-count]').getAttribute('data-count'))
      await expect(chat.answer.getByText(/\bw30\b/)).toBeInViewport()
      const atFirst = await loaded()
      expect(atFirst).toBeLessThan(count)
      await expect(thread.locator('[data-gap], [data-drawing]')).toHaveCount(0)
      let answerOlder = () => {}
      const released = new Promise<void>((resolve) => {
        answerOlder = resolve
      })
      await chat.page.route(/[?&]before=/, async (route) => {
        await released
        await route.continue()
      })
      const held = await thread.evaluate(async (frame) => {
        frame.scrollTop = 1_000
        for (let frames = 0; frames < 10; frames += 1) await new Promise((resolve) => requestAnimationFrame(resolve))
        const line = frame.getBoundingClientRect().top
        const row = [...frame.querySelectorAll('[data-item]')].find((item) => item.getBoundingClientRect().top > line)
        return { messageId: row?.getAttribute('data-item'), place: row?.getBoundingClientRect().top }
      })
      answerOlder()
      await expect.poll(loaded).toBeGreaterThan(atFirst)
      const row = thread.locator(`[data-item="${held.messageId}"]`)
      const place = () => row.evaluate((item) => item.getBoundingClientRect().top)
      await expect(thread.locator('[data-gap]').first()).toBeAttached()
      expect(Math.abs((await place()) - (held.place ?? 0))).toBeLessThanOrEqual(1)
      expect(await sidewards(chat)).toBeLessThanOrEqual(0)
    })

    test('who left the end is told how much came, and nothing moves meanwhile', async ({ open }) => {
      const chat = await open('eddie', options)
      const thread = threadOf(chat)
      const top = () => thread.evaluate((element) => element.scrollTop)
      await chat.ask('[[words:1200]] a long one to read')
      await chat.showsWordsOnce(1200)
      await thread.hover()
      await chat.page.mouse.wheel(0, -500)
      const jump = chat.page.getByTestId('jump-to-latest')
      await expect(jump).toHaveAttribute('data-count', '0')
      await chat.page.request.post('/api/agent/runs', {
        headers: { origin: new URL(chat.page.url()).origin },
        data: { sessionId: chat.sessionId, message: '[[call:list_services:{}]] [[words:900]] meanwhile' },
      })
      const read = await top()
      await expect(jump).toHaveAttribute('data-count', '2')
      await chat.answerIs('completed')
      expect(Math.abs((await top()) - read)).toBeLessThanOrEqual(1)
      await jump.press('Enter')
      await expect(jump).toBeHidden()
      await expect(chat.answer.getByText(/\bw900\b/)).toBeInViewport()
    })

    test('a rating and its comment stay, and administrators read them', async ({ open }) => {
      const chat = await open('eddie', options)
      const comment = `Named the wrong deploy, ${name}`
      await chat.ask('[[words:4]] rate me')
      await chat.answerIs('completed')
      const bad = chat.answer.getByRole('button', { name: 'Bad answer' })
      await bad.press('Enter')
      await expect(bad).toHaveAttribute('aria-pressed', 'true')
      await chat.page.getByTestId('feedback-form').getByRole('textbox').fill(comment)
      await chat.page.getByTestId('feedback-form').getByRole('button', { name: 'Send' }).click()
      await expect(chat.page.getByTestId('feedback-form')).toBeHidden()
      await chat.page.reload()
      await expect(bad).toHaveAttribute('aria-pressed', 'true')

      const admin = await open('ada', options)
      await admin.page.goto('/o/acme/settings/usage')
      const row = admin.page.getByTestId('feedback-row').filter({ hasText: comment })
      await expect(row).toHaveAttribute('data-rating', 'down')
      await expect(row).toContainText('in a private session')

      await bad.click()
      await expect(bad).toHaveAttribute('aria-pressed', 'false')
      await admin.page.reload()
      await expect(row).toHaveCount(0)
    })
  })
}
