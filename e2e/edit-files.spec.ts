import { findsNothing } from './support/axe.ts'
import type { Chat } from './support/chat.ts'
import { chips, choose, chooseIn, drop, editor, files, log, paste, picture, test } from './support/files.ts'
import { expect } from './support/test.ts'

const WIDTHS = [
  { name: 'on a desktop', options: { viewport: { width: 1440, height: 900 } } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } },
]
const field = (chat: Chat) => editor(chat).getByRole('textbox', { name: 'Edited question' })
const edited = (chat: Chat) => chips(chat, editor(chat))
const step = (chat: Chat, which: 'previous' | 'next') =>
  chat.questions.getByRole('button', { name: `Show the ${which} version` })
const LONG = Array.from({ length: 80 }, (_, n) => `line ${n} of the paste`).join('\n')

async function ask(chat: Chat, ...names: string[]) {
  await choose(chat, ...names.map((name) => log(name, `words of ${name}`)))
  await chat.ask('[[words:2]] look')
  await chat.showsWordsOnce(2)
}

async function edit(chat: Chat) {
  await chat.questions.hover()
  await chat.questions.getByRole('button', { name: 'Edit question' }).click()
  await expect(field(chat)).toBeFocused()
}

async function areThere(chat: Chat, names: RegExp[]) {
  await expect(edited(chat)).toHaveText(names)
  for (const chip of await edited(chat).all()) await expect(chip).toHaveAttribute('data-state', 'ready')
}

for (const { name, options } of WIDTHS) {
  test.describe(name, () => {
    test('files are taken off and added by mouse; the version before keeps its own', async ({ open, world }) => {
      const chat = await open('eddie', options)
      await ask(chat, 'first.log', 'second.log')
      await edit(chat)
      await areThere(chat, [/first\.log/, /second\.log/])
      await edited(chat).first().getByRole('button', { name: 'Remove first.log' }).click()
      await expect(field(chat)).toBeFocused()
      await chooseIn(editor(chat), log('third.log', 'words of third.log'))
      await paste(chat.page, LONG, field(chat))
      await drop(editor(chat), 'fourth.log', 'words of fourth.log')
      const wanted = [/second\.log/, /third\.log/, /Pasted text/, /fourth\.log/]
      await areThere(chat, wanted)
      // Where not all of them fit, the newest is the one to see.
      await expect(edited(chat).last()).toBeInViewport({ ratio: 0.9 })
      // What is dropped beside the editor is for the next question.
      await drop(chat.page.getByTestId('drop-area'), 'beside.log', 'words of beside.log')
      await expect(chips(chat)).toHaveText([/beside\.log/])
      await chips(chat).getByRole('button', { name: 'Remove beside.log' }).click()
      await expect(edited(chat)).toHaveCount(4)
      expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport.width)

      await field(chat).fill(`[[words:3]] look again, ${name}`)
      await editor(chat).getByRole('button', { name: 'Send' }).click()
      await chat.showsWordsOnce(3)
      await expect(files(chat.questions)).toHaveText(wanted)
      const [asked] = await world.modelRequests(`look again, ${name}`)
      expect(asked?.question).toContain('[Attached file "second.log"')
      expect(asked?.question).not.toContain('first.log')

      await step(chat, 'previous').click()
      await expect(files(chat.questions)).toHaveText([/first\.log/, /second\.log/])
      await files(chat.questions)
        .getByRole('button', { name: /first\.log/ })
        .click()
      await expect(chat.page.getByTestId('attachment-viewer')).toContainText('words of first.log')
      await chat.page.keyboard.press('Escape')
      await step(chat, 'next').click()
      await files(chat.questions)
        .getByRole('button', { name: /fourth\.log/ })
        .click()
      await expect(chat.page.getByTestId('attachment-viewer')).toContainText('words of fourth.log')
    })

    test('by keyboard alone; what was changed outlives a reload, and giving up brings all back', async ({ open }) => {
      const chat = await open('eddie', options)
      const { page } = chat
      await ask(chat, 'first.log', 'second.log')
      const button = chat.questions.getByRole('button', { name: 'Edit question' })
      const chooser = page.waitForEvent('filechooser')
      await button.focus()
      await page.keyboard.press('Enter')
      await expect(field(chat)).toBeFocused()
      // Chips stand before the field, the button for more behind it.
      await page.keyboard.press('Shift+Tab')
      await expect(edited(chat).last().getByRole('button', { name: 'Remove second.log' })).toBeFocused()
      await page.keyboard.press('Enter')
      await areThere(chat, [/first\.log/])
      await expect(field(chat)).toBeFocused()
      await page.keyboard.press('Tab')
      await expect(editor(chat).getByTestId('attach')).toBeFocused()
      await page.keyboard.press('Enter')
      await (await chooser).setFiles(log('third.log', 'words of third.log'))
      await areThere(chat, [/first\.log/, /third\.log/])

      await page.reload()
      await button.focus()
      await page.keyboard.press('Enter')
      await areThere(chat, [/first\.log/, /third\.log/])
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Escape')
      await expect(editor(chat)).toHaveCount(0)
      await expect(button).toBeFocused()
      await page.keyboard.press('Enter')
      await areThere(chat, [/first\.log/, /second\.log/])

      for (const wanted of [['first.log'], []]) {
        await page.keyboard.press('Shift+Tab')
        await page.keyboard.press('Enter')
        await areThere(
          chat,
          wanted.map((one) => new RegExp(one)),
        )
      }
      await expect(field(chat)).toBeFocused()
      // Sent, the page shows the new version, wherever one went in the meantime.
      const shown = page.waitForResponse(
        (response) => new URL(response.url()).pathname === `/api/sessions/${chat.sessionId}`,
      )
      await page.keyboard.press('Enter')
      await shown
      await expect(files(chat.questions)).toHaveCount(0)
      await chat.showsWordsOnce(2)
      await step(chat, 'previous').press('Enter')
      await expect(files(chat.questions)).toHaveText([/first\.log/, /second\.log/])
    })

    test('what is refused is refused in the composer’s words, and can be mended', async ({ open, troubles }) => {
      troubles.provoke(/Failed to load resource/)
      const chat = await open('eddie', options)
      await ask(chat, 'first.log')
      await edit(chat)
      const send = editor(chat).getByRole('button', { name: 'Send' })
      const refusals = [
        [{ name: 'large.log', mimeType: 'text/plain', buffer: Buffer.alloc(3_500_001, 'a') }, 'Larger than 3.5 MB.'],
        [
          { name: 'core.gz', mimeType: 'application/gzip', buffer: Buffer.from([0x1f, 0x8b, 8, 0, 1]) },
          'neither text nor a PNG, JPEG, GIF or WebP',
        ],
        [picture('graph.png'), 'The chosen model takes no images.'],
      ] as const
      for (const form of [editor(chat), chat.page.getByRole('form', { name: 'Message' })])
        for (const [chosen, words] of refusals) {
          await chooseIn(form, chosen)
          const chip = chips(chat, form).filter({ hasText: chosen.name })
          await expect(chip).toContainText(words)
          await expect(form.getByRole('alert')).toContainText(/is not there|takes no images/)
          await chip.getByRole('button', { name: `Remove ${chosen.name}` }).click()
          await expect(form.getByRole('alert')).toHaveCount(0)
        }
      await chooseIn(editor(chat), picture('graph.png'))
      await expect(send).toBeDisabled()
      await field(chat).press('Enter')
      await expect(editor(chat)).toBeVisible()
      await field(chat).fill('x'.repeat(70_000))
      await expect(editor(chat).getByRole('alert')).toContainText('longer than 64 KiB')
      await field(chat).fill('[[words:2]] what does it show')
      await expect(editor(chat).getByRole('alert')).toContainText('The chosen model takes no images')
      await chat.page.getByTestId('model-choice').click()
      await chat.page.getByRole('menuitemradio', { name: 'seeing model' }).click()
      await expect(editor(chat).getByRole('alert')).toHaveCount(0)
      await edited(chat).first().getByRole('button', { name: 'Remove first.log' }).click()
      await field(chat).fill('')
      await expect(send).toBeEnabled()
      await field(chat).fill('[[words:3]] what does it show')
      await field(chat).press('Enter')
      await chat.showsWordsOnce(3)
      await expect(files(chat.questions).getByRole('img', { name: 'graph.png' })).toBeVisible()
    })
  })
}

test('a question that is neither words nor files cannot be sent', async ({ open }) => {
  const chat = await open('eddie')
  await ask(chat, 'first.log')
  await edit(chat)
  await field(chat).fill('')
  await edited(chat).getByRole('button', { name: 'Remove first.log' }).click()
  await expect(editor(chat).getByRole('button', { name: 'Send' })).toBeDisabled()
  await field(chat).press('Enter')
  await expect(editor(chat)).toBeVisible()
})

test('a file that could not be sent is tried again before the question goes', async ({ open, troubles }) => {
  troubles.provoke(/Failed to load resource/)
  const chat = await open('eddie')
  await ask(chat, 'first.log')
  await edit(chat)
  await chat.page.route('**/api/attachments?*', (route) => route.abort(), { times: 1 })
  await chooseIn(editor(chat), log('late.log', 'late words'))
  await expect(edited(chat).last()).toContainText('The server cannot be reached.')
  await edited(chat).getByRole('button', { name: 'Try late.log again' }).click()
  await areThere(chat, [/first\.log/, /late\.log/])
  // The request is lost, too: asked again it is the same one.
  await chat.page.route('**/api/agent/runs', (route) => route.abort(), { times: 5 })
  await field(chat).press('Enter')
  await expect(editor(chat).getByRole('alert')).toContainText('Not sent', { timeout: 20_000 })
  await chat.page.unroute('**/api/agent/runs')
  await field(chat).press('Enter')
  await expect(files(chat.questions)).toHaveText([/first\.log/, /late\.log/])
  await chat.showsWordsOnce(2)
})

test('axe finds nothing on an editor with files', async ({ open }) => {
  const chat = await open('eddie', { reducedMotion: 'reduce' })
  await ask(chat, 'first.log')
  await edit(chat)
  await chooseIn(editor(chat), picture('graph.png'))
  await expect(edited(chat).last()).toContainText('takes no images')
  await findsNothing(chat.page, 'files of a question that is edited, one of which the model does not take')
})
