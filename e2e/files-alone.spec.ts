import { findsNothing } from './support/axe.ts'
import { chips, choose, editor, files, log, picture, test } from './support/files.ts'
import { expect } from './support/test.ts'

const WIDTHS = [
  { name: 'on a desktop', options: { viewport: { width: 1440, height: 900 } } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } },
]
const WITHOUT_WORDS = '[Sent without a question: look at what is attached, and say what matters in it.]'

for (const { name, options } of WIDTHS) {
  test.describe(name, () => {
    test('files are sent alone, and name their session, which is found by them', async ({ open, world }) => {
      const chat = await open('eddie', options)
      const { page } = chat
      const isNarrow = options.viewport.width < 768
      const file = `pool-${options.viewport.width}.log`
      await chat.composer.press('Enter')
      await expect(chat.sendButton).toBeDisabled()
      await choose(chat, log(file, `[[words:3]] [[rate:2]] words of ${file}`))
      await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
      await chat.composer.press('Enter')
      await expect(chat.page).toHaveURL(/\/s\//)
      await expect(files(chat.questions)).toHaveText([new RegExp(file)])
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(new RegExp(file, 'i'))
      await chat.showsWordsOnce(3)
      expect((await chat.questions.innerText()).replace(/\s+/g, ' ')).not.toContain('words of')
      await expect(chat.questions.getByRole('heading', { name: 'Question' })).toHaveCount(1)
      const asked = await world.modelRequests(`Attached file "${file}"`)
      expect(asked[0]?.question.startsWith(WITHOUT_WORDS)).toBe(true)

      await page.reload()
      await expect(files(chat.questions)).toHaveText([new RegExp(file)])
      await chat.showsWordsOnce(3)
      await chat.questions.hover()
      await expect(chat.questions.getByRole('button', { name: 'Copy question' })).toHaveCount(0)
      await expect(chat.questions.getByRole('button', { name: 'Copy link to this question' })).toHaveCount(1)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport.width)

      const markdown = await page.request.get(`/api/sessions/${chat.sessionId}/export?format=markdown`)
      expect(await markdown.text()).toContain(`Attached: \`${file}\` (text/plain`)

      if (isNarrow) await page.getByTestId('open-drawer').click()
      await page.getByTestId('session-search').filter({ visible: true }).fill(file)
      await expect(chat.link(chat.sessionId)).toBeVisible()
    })

    test('they wait in the queue by name, get words and lose them again', async ({ open }) => {
      const chat = await open('eddie', options)
      await chat.ask('[[words:900]] [[rate:40]] the long one')
      await chat.untilWords(3)
      await choose(chat, log('queued.log', '[[words:4]]'))
      await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
      await chat.composer.press('Enter')
      await expect(chat.queue).toContainText('queued.log')
      await expect(chips(chat)).toHaveCount(0)
      const change = async (words: string) => {
        if (options.viewport.width < 640) {
          await chat.queue.getByRole('button', { name: 'More for this message' }).click()
          await chat.chooseMenuItem('Edit')
        } else {
          await chat.queue.hover()
          await chat.queue.getByRole('button', { name: 'Edit' }).click()
        }
        await chat.page.getByLabel('Queued message').fill(words)
        await chat.page.getByRole('button', { name: 'Save' }).click()
      }
      await change('what is it')
      await expect(chat.queue).toContainText('what is it')
      await change('')
      await expect(chat.queue).toContainText('queued.log')
      await chat.page.reload()
      await expect(chat.queue).toContainText('queued.log')
      await expect(chat.queue.getByTestId('queued-files')).toHaveCount(1)
      await chat.stopButton.click()
      await chat.page.getByTestId('queue-resume').click()
      await expect(chat.questions).toHaveCount(2)
      await chat.showsWordsOnce(4)
      await expect(files(chat.questions.last())).toHaveText([/queued\.log/])
    })

    test('they are asked again after a stop, and get words by editing', async ({ open, world }) => {
      const chat = await open('eddie', options)
      const file = `again-${options.viewport.width}.log`
      await choose(chat, log(file, '[[words:900]] [[rate:40]]'))
      await chat.sendButton.click()
      await chat.untilWords(3)
      await chat.stopButton.click()
      await chat.answerIs('cancelled')
      await chat.page.getByTestId('retry').click()
      await expect(chat.questions).toHaveCount(2)
      await expect(files(chat.questions.last())).toHaveText([new RegExp(file)])
      await expect.poll(async () => (await world.modelRequests(`Attached file "${file}"`)).length).toBeGreaterThan(1)
      await chat.untilWords(3)
      await chat.stopButton.click()
      await chat.answerIs('cancelled')

      await chat.questions.last().hover()
      await chat.questions.last().getByRole('button', { name: 'Edit question' }).click()
      const field = editor(chat).getByRole('textbox')
      await expect(field).toHaveValue('')
      await expect(chips(chat, editor(chat))).toHaveText([new RegExp(file)])
      await chips(chat, editor(chat))
        .getByRole('button', { name: /Remove/ })
        .click()
      await field.fill('[[words:5]] words after all')
      await field.press('Enter')
      await chat.showsWordsOnce(5)
      await expect(chat.questions.last()).toContainText('words after all')
      await expect(files(chat.questions.last())).toHaveCount(0)
    })
  })
}

test('an image alone, in the thread of its asker and of a colleague, and shared', async ({ open }) => {
  const chat = await open('eddie', { reducedMotion: 'reduce' })
  await choose(chat, picture('graph.png'))
  await chat.page.getByTestId('model-choice').click()
  await chat.page.getByRole('menuitemradio', { name: 'seeing model' }).click()
  await chat.sendButton.click()
  await expect(files(chat.questions).getByRole('img', { name: 'graph.png' })).toBeVisible()
  await chat.answerIs('completed')
  await findsNothing(chat.page, 'a question of an image alone')
  const response = await chat.page.request.post(`/api/sessions/${chat.sessionId}/shares`, {
    data: { expiresIn: null, evidence: true },
    headers: { origin: new URL(chat.page.url()).origin },
  })
  const reader = await open('vera')
  await reader.page.goto((await response.json()).url)
  await expect(files(reader.questions).getByRole('img', { name: 'graph.png' })).toBeVisible()
  await expect(reader.questions.getByRole('heading', { name: 'Question' })).toHaveCount(1)
})

test('a message of files alone that the server refuses gives them back', async ({ open, troubles }) => {
  troubles.provoke(/Failed to load resource/)
  const chat = await open('eddie')
  await chat.ask('[[words:2]] first')
  await chat.showsWordsOnce(2)
  await choose(chat, log('back.log', 'words'))
  await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
  const error = { code: 'rate_limited', message: 'Too many questions at once.', requestId: 'r' }
  await chat.page.route('**/api/agent/runs', (route) => route.fulfill({ status: 429, json: { error } }), { times: 1 })
  await chat.composer.press('Enter')
  await expect(chat.page.getByRole('form', { name: 'Message' }).getByRole('alert')).toContainText('Too many questions')
  await expect(chips(chat)).toHaveText([/back\.log/])
  await expect(chat.composer).toHaveValue('')
  await expect(chat.questions).toHaveCount(1)
})
