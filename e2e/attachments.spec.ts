import type { Locator } from '@playwright/test'
import { findsNothing } from './support/axe.ts'
import { chips, choose, files, log, noise, paste, picture, test } from './support/files.ts'
import { expect } from './support/test.ts'

const WIDTHS = [
  { name: 'on a desktop', options: { viewport: { width: 1280, height: 800 } } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } },
]
/** Fetched only by a page that may read it. */
const isDrawn = (image: Locator) => image.evaluate((element: HTMLImageElement) => element.naturalWidth > 0)

for (const { name, options } of WIDTHS) {
  test.describe(name, () => {
    test('a long pasted text becomes a file, can be text again, and opens from the question', async ({
      open,
      world,
    }) => {
      const chat = await open('eddie', options)
      const lines = Array.from({ length: 80 }, (_, n) => `line ${n} of the paste`).join('\n')
      await paste(chat.page, 'a short one')
      await expect(chips(chat)).toHaveCount(0)
      await paste(chat.page, lines)
      await expect(chips(chat)).toHaveText(/Pasted text/)
      await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
      await chips(chat).getByRole('button', { name: 'Put it back as text' }).click()
      await expect(chips(chat)).toHaveCount(0)
      await expect(chat.composer).toHaveValue(lines)

      await chat.composer.fill('')
      await paste(chat.page, lines)
      await chat.ask(`[[words:3]] what is in this paste, ${name}`)
      await chat.showsWordsOnce(3)
      await expect(chips(chat)).toHaveCount(0)
      const asked = await world.modelRequests(`what is in this paste, ${name}`)
      expect(asked[0]?.question).toContain('[Attached file "Pasted text", text/plain')

      await files(chat.questions).getByRole('button').click()
      const viewer = chat.page.getByRole('dialog', { name: 'Pasted text' })
      await expect(viewer.getByTestId('attachment-viewer')).toContainText('line 79 of the paste')
      await chat.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await viewer.getByTestId('copy-attachment').click()
      await expect.poll(() => chat.page.evaluate(() => navigator.clipboard.readText())).toBe(lines)
      await chat.page.keyboard.press('Escape')
      await expect(viewer).toHaveCount(0)
      expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport.width)
    })

    test('chosen files stay over a reload, are removed by keyboard, and go with the question', async ({ open }) => {
      const chat = await open('eddie', options)
      await choose(chat, log('first.log', 'one'), log('second.log', 'two'))
      await expect(chips(chat)).toHaveCount(2)
      for (const chip of await chips(chat).all()) await expect(chip).toHaveAttribute('data-state', 'ready')
      await chat.composer.fill('[[words:2]] look')
      await chat.page.reload()
      await expect(chips(chat)).toHaveText([/first\.log/, /second\.log/])
      await expect(chat.composer).toHaveValue('[[words:2]] look')
      const kept = await chat.page.evaluate(() => Object.entries(localStorage).flat().join())
      expect(kept).toContain('first.log')
      expect(kept).not.toContain('one"')

      await chips(chat).first().getByRole('button', { name: 'Remove first.log' }).focus()
      await chat.page.keyboard.press('Enter')
      await expect(chips(chat)).toHaveText([/second\.log/])
      await expect(chat.composer).toBeFocused()
      await chat.page.keyboard.press('Enter')
      await chat.showsWordsOnce(2)
      await expect(files(chat.questions)).toHaveText([/second\.log/])
      await chat.page.reload()
      await expect(files(chat.questions)).toHaveText([/second\.log/])
      await expect(chips(chat)).toHaveCount(0)
    })

    test('an image is for a model that takes them; the chip says so of others', async ({ open, world }) => {
      const chat = await open('eddie', options)
      await choose(chat, picture('graph.png'))
      await chat.composer.fill(`[[words:2]] what does it show, ${name}`)
      await expect(chips(chat)).toContainText('The chosen model takes no images.')
      await expect(chat.sendButton).toBeDisabled()
      await chat.page.getByTestId('model-choice').click()
      await chat.page.getByRole('menuitemradio', { name: 'seeing model' }).click()
      await expect(chips(chat)).not.toContainText('takes no images')
      await chat.sendButton.click()
      await chat.showsWordsOnce(2)
      const [asked] = await world.modelRequests(`what does it show, ${name}`)
      expect(asked?.question).toContain('[Attached image "graph.png", image/png')
      const thumbnail = files(chat.questions).getByRole('img', { name: 'graph.png' })
      await expect.poll(() => isDrawn(thumbnail)).toBe(true)
      await files(chat.questions).getByRole('button').focus()
      await chat.page.keyboard.press('Enter')
      const large = chat.page.getByRole('dialog', { name: 'graph.png' }).getByRole('img', { name: 'graph.png' })
      await expect.poll(() => isDrawn(large)).toBe(true)
    })

    test('a queued question keeps its file', async ({ open }) => {
      const chat = await open('eddie', options)
      await chat.ask('[[words:900]] [[rate:40]] the long one')
      await chat.untilWords(3)
      await choose(chat, log('queued.log', 'what waits'))
      await chat.ask('[[words:4]] with a file')
      await expect(chat.queue.getByTestId('queued-files')).toContainText('queued.log')
      await chat.page.reload()
      await expect(chat.queue.getByTestId('queued-files')).toContainText('queued.log')
      await chat.stopButton.click()
      await chat.page.getByTestId('queue-resume').click()
      await expect(chat.questions).toHaveCount(2)
      await chat.showsWordsOnce(4)
      await expect(files(chat.questions.last())).toHaveText([/queued\.log/])
    })
  })
}

test('an image that is too large is made smaller on its way', async ({ open }) => {
  const chat = await open('eddie')
  await choose(chat, { name: 'wide.png', mimeType: 'image/png', buffer: noise(2_400, 800) })
  await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
  await chat.composer.fill('[[words:2]] look')
  await chat.page.getByTestId('model-choice').click()
  await chat.page.getByRole('menuitemradio', { name: 'seeing model' }).click()
  await chat.sendButton.click()
  await chat.showsWordsOnce(2)
  const thumbnail = files(chat.questions).getByRole('img', { name: 'wide.png' })
  await expect.poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(2_048)
})

test('files that are dropped on the conversation go to the composer', async ({ open }) => {
  const chat = await open('eddie')
  const area = chat.page.getByTestId('drop-area')
  const transfer = await chat.page.evaluateHandle(() => {
    const data = new DataTransfer()
    data.items.add(new File(['dropped words'], 'dropped.log', { type: 'text/plain' }))
    return data
  })
  await area.dispatchEvent('dragenter', { dataTransfer: transfer })
  await expect(area).toContainText('Drop text files or images here')
  await area.dispatchEvent('drop', { dataTransfer: transfer })
  await expect(area).not.toContainText('Drop text files or images here')
  await expect(chips(chat)).toHaveText(/dropped\.log/)
  await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
})

test('a file that could not be sent keeps its chip, and is tried again', async ({ open, troubles }) => {
  troubles.provoke(/Failed to load resource/)
  const chat = await open('eddie')
  await chat.page.route('**/api/attachments?*', (route) => route.abort(), { times: 1 })
  await choose(chat, log('late.log', 'late words'))
  await expect(chips(chat)).toHaveAttribute('data-state', 'failed')
  await expect(chips(chat)).toContainText('The server cannot be reached.')
  await chat.composer.fill('[[words:2]] look')
  await expect(chat.sendButton).toBeDisabled()
  await chips(chat).getByRole('button', { name: 'Try late.log again' }).click()
  await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
  await chat.sendButton.click()
  await chat.showsWordsOnce(2)
})

test('what is neither text nor image is refused in the server’s words', async ({ open, troubles }) => {
  troubles.provoke(/Failed to load resource/)
  const chat = await open('eddie')
  await choose(chat, { name: 'core.gz', mimeType: 'application/gzip', buffer: Buffer.from([0x1f, 0x8b, 8, 0, 1]) })
  await expect(chips(chat)).toContainText('neither text nor a PNG, JPEG, GIF or WebP')
  await expect(chips(chat).getByRole('button', { name: /again/ })).toHaveCount(0)
  await chips(chat).getByRole('button', { name: 'Remove core.gz' }).click()
  await expect(chips(chat)).toHaveCount(0)
})

test('sending waits for what is still on its way', async ({ open }) => {
  const chat = await open('eddie')
  const arrived = Promise.withResolvers<void>()
  await chat.page.route('**/api/attachments?*', async (route) => {
    await arrived.promise
    await route.continue()
  })
  await choose(chat, log('slow.log', 'slow words'))
  await chat.composer.fill('[[words:2]] look')
  await chat.sendButton.click()
  await expect(chips(chat)).toHaveAttribute('data-state', 'uploading')
  await expect(chat.questions).toHaveCount(0)
  arrived.resolve()
  await chat.showsWordsOnce(2)
  await expect(files(chat.questions)).toHaveText([/slow\.log/])
})

test('a question that is edited or asked again keeps its files', async ({ open, world }) => {
  const chat = await open('eddie')
  await choose(chat, log('kept.log', 'kept words'))
  await chat.ask('[[words:2]] look at it')
  await chat.showsWordsOnce(2)
  await chat.questions.hover()
  await chat.questions.getByRole('button', { name: 'Edit question' }).click()
  await chat.page.getByLabel('Edited question').fill('[[words:900]] [[rate:40]] look again')
  await chat.page.keyboard.press('Enter')
  await chat.untilWords(3)
  await expect(chat.questions).toHaveCount(1)
  await expect(files(chat.questions)).toHaveText([/kept\.log/])
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await chat.page.getByTestId('retry').click()
  await expect(chat.questions).toHaveCount(2)
  await expect(files(chat.questions.last())).toHaveText([/kept\.log/])
  await expect.poll(async () => (await world.modelRequests('look again')).length).toBeGreaterThan(1)
  const asked = await world.modelRequests('look again')
  for (const { question } of asked) expect(question).toContain('[Attached file "kept.log"')
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
})

test('a share names files, and shows them with results only', async ({ open }) => {
  const chat = await open('eddie')
  await choose(chat, log('shared.log', 'words of the shared log'))
  await chat.ask('[[words:2]] look')
  await chat.showsWordsOnce(2)
  const reader = await open('vera')
  const share = async (evidence: boolean) => {
    const response = await chat.page.request.post(`/api/sessions/${chat.sessionId}/shares`, {
      data: { expiresIn: null, evidence },
      headers: { origin: new URL(chat.page.url()).origin },
    })
    await reader.page.goto((await response.json()).url)
    await expect(files(reader.questions)).toHaveText([/shared\.log/])
  }
  await share(false)
  await expect(files(reader.questions).getByRole('button')).toHaveCount(0)
  await share(true)
  await files(reader.questions).getByRole('button').click()
  await expect(reader.page.getByTestId('attachment-viewer')).toContainText('words of the shared log')
})

test('axe finds nothing on files: in the composer, in the thread, and opened', async ({ open }) => {
  test.setTimeout(120_000)
  const chat = await open('eddie', { reducedMotion: 'reduce' })
  await choose(chat, log('seen.log', 'one\ntwo'), picture('graph.png'))
  await expect(chips(chat)).toHaveCount(2)
  for (const chip of await chips(chat).all()) await expect(chip).toHaveAttribute('data-state', 'ready')
  await findsNothing(chat.page, 'files in the composer, one of which the model does not take')
  await chat.page.getByTestId('model-choice').click()
  await chat.page.getByRole('menuitemradio', { name: 'seeing model' }).click()
  await chat.composer.fill('[[words:2]] look at both')
  await chat.sendButton.click()
  await chat.showsWordsOnce(2)
  await findsNothing(chat.page, 'files of a question')
  for (const name of ['seen.log', 'graph.png']) {
    await files(chat.questions).getByRole('button', { name }).click()
    await expect(chat.page.getByRole('dialog', { name })).toBeVisible()
    await findsNothing(chat.page, `${name}, opened`)
    await chat.page.keyboard.press('Escape')
    await expect(chat.page.getByRole('dialog')).toHaveCount(0)
  }
})
