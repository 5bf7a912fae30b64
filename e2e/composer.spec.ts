import { expect, test } from './support/test.ts'

const WIDTHS = [
  { name: 'on a desktop', options: { viewport: { width: 1440, height: 900 } } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 } } },
]

for (const { name, options } of WIDTHS) {
  test.describe(name, () => {
    test('the model of a conversation is chosen by mouse and by keyboard, and stays chosen', async ({
      open,
      world,
    }) => {
      const admin = await open('ada')
      const headers = { origin: world.url }
      const second = {
        provider: 'openai-compatible',
        model: 'demo-second',
        name: 'The second',
        baseUrl: world.modelUrl,
      }
      const added = await admin.page.request.post('/api/models/configs?org=acme', { headers, data: second })
      const { id } = (await added.json()) as { id: string }
      try {
        const chat = await open('eddie', options)
        const choice = chat.page.getByTestId('model-choice')
        await choice.click()
        await chat.page.getByRole('menuitemradio', { name: 'The second' }).click()
        await expect(choice).toHaveAttribute('data-model', 'demo-second')
        await chat.ask(`[[words:3]] which model answers ${name}`)
        await chat.showsWordsOnce(3)
        const asked = async () => (await world.modelRequests(`which model answers ${name}`)).map(({ model }) => model)
        expect(await asked()).toEqual(['demo-second'])
        await chat.page.reload()
        await expect(choice).toHaveAttribute('data-model', 'demo-second')

        await choice.focus()
        await choice.press('Enter')
        await expect(chat.page.getByRole('menuitemradio', { name: 'The second' })).toBeChecked()
        await chat.page.keyboard.press('Home')
        await chat.page.keyboard.press('Enter')
        await expect(choice).not.toHaveAttribute('data-model', 'demo-second')
        await expect(choice).toBeFocused()
        await chat.ask(`[[words:4]] and which model answers ${name}`)
        await expect(chat.answers).toHaveCount(2)
        await chat.showsWordsOnce(4)
        expect(await asked()).toEqual(['demo-second', 'demo-scripted'])
      } finally {
        await admin.page.request.delete(`/api/models/configs/${id}`, { headers })
      }
    })

    test('arrow-up brings back what was asked, and takes nothing from a draft', async ({ open }) => {
      const chat = await open('eddie', options)
      const { composer } = chat
      await chat.ask('[[words:2]] the first question')
      await chat.showsWordsOnce(2)
      await chat.ask('[[words:3]] the second question')
      await expect(chat.answers).toHaveCount(2)
      await chat.showsWordsOnce(3)

      await composer.focus()
      await composer.press('ArrowUp')
      await expect(composer).toHaveValue('[[words:3]] the second question')
      await composer.press('ArrowUp')
      await expect(composer).toHaveValue('[[words:2]] the first question')
      // There is nothing before the first.
      await composer.press('ArrowUp')
      await expect(composer).toHaveValue('[[words:2]] the first question')
      await composer.press('ArrowDown')
      await expect(composer).toHaveValue('[[words:3]] the second question')
      await composer.press('ArrowDown')
      await expect(composer).toHaveValue('')

      await composer.fill('a draft')
      await composer.press('ArrowUp')
      await expect(composer).toHaveValue('a draft')
      await composer.fill('')
      await composer.press('ArrowUp')
      await composer.press('ArrowUp')
      await composer.press('End')
      await composer.pressSequentially(', again')
      await composer.press('ArrowUp')
      await expect(composer).toHaveValue('[[words:2]] the first question, again')
      await composer.press('Enter')
      await expect(chat.questions).toHaveCount(3)
      await expect(chat.questions.last()).toContainText('the first question, again')
      await chat.showsWordsOnce(2)
    })

    test('what Enter does while an answer is written is seen before, chosen by keyboard, and for one message', async ({
      open,
    }) => {
      const chat = await open('eddie', options)
      const { page, composer } = chat
      await chat.ask('[[words:3000]] [[rate:40]] the long one')
      await chat.untilWords(3)
      await composer.fill('[[words:5]] this first')
      await expect(chat.sendButton).toHaveAccessibleName('Add to the queue')
      const queue = page.getByTestId('when-busy-queue')
      await expect(queue).toBeChecked()
      await queue.focus()
      await queue.press('ArrowRight')
      await expect(page.getByTestId('when-busy-steer')).toBeChecked()
      await expect(chat.sendButton).toHaveAccessibleName('Stop and send now')
      await composer.press('Enter')
      await expect(chat.answers).toHaveCount(2)
      await expect(chat.answers.first()).toHaveAttribute('data-status', 'cancelled')
      await chat.showsWordsOnce(5)

      await chat.ask('[[words:3000]] [[rate:40]] another long one')
      await expect(chat.answers).toHaveCount(3)
      await composer.fill('[[words:6]] and then this')
      await expect(queue).toBeChecked()
      await composer.press('Enter')
      await expect(chat.queue).toHaveCount(1)
      await expect(chat.answer).toHaveAttribute('data-live', 'true')
      await chat.stopButton.press('Enter')
      await chat.answerIs('cancelled')
    })

    test('a queued message is sent now, in front of the others, by mouse and by keyboard', async ({ open }) => {
      const chat = await open('eddie', options)
      await chat.ask('[[words:3000]] [[rate:40]] the long one')
      await chat.untilWords(3)
      await chat.ask('[[words:7]] waits its turn')
      await chat.ask('[[words:3000]] [[rate:40]] cannot wait')
      await chat.ask('[[words:9]] cannot wait either')
      await expect(chat.queue).toHaveCount(3)
      await chat.queue.nth(1).hover()
      await chat.queue.nth(1).getByRole('button', { name: 'Send now' }).click()
      await expect(chat.answers).toHaveCount(2)
      await expect(chat.answers.first()).toHaveAttribute('data-status', 'cancelled')
      await expect(chat.questions.nth(1)).toContainText('cannot wait')
      await expect(chat.queue).toHaveCount(2)

      await chat.queue.last().getByRole('button', { name: 'Send now' }).focus()
      await chat.page.keyboard.press('Enter')
      await expect(chat.answers.nth(1)).toHaveAttribute('data-status', 'cancelled')
      await expect(chat.answers).toHaveCount(4)
      await chat.showsWordsOnce(9, chat.answers.nth(2))
      await chat.showsWordsOnce(7, chat.answers.nth(3))
      await expect(chat.questions).toHaveText([/the long one/, /cannot wait/, /cannot wait either/, /waits its turn/])
      await expect(chat.queue).toHaveCount(0)
    })

    test('a queued message is moved, edited and removed where there is little room too', async ({ open }) => {
      const chat = await open('eddie', options)
      const isNarrow = options.viewport.width < 640
      await chat.ask('[[words:3000]] [[rate:40]] the long one')
      await chat.untilWords(3)
      for (const words of ['one', 'two', 'three']) await chat.ask(`[[words:3]] ${words}`)
      await expect(chat.queue).toHaveCount(3)
      const act = async (place: number, action: string) => {
        const row = chat.queue.nth(place)
        await row.hover()
        if (!isNarrow) return row.getByRole('button', { name: action }).click()
        await row.getByRole('button', { name: 'More for this message' }).press('Enter')
        await chat.page.getByRole('menuitem', { name: action }).press('Enter')
      }
      await act(2, 'Move up')
      await expect(chat.queue).toContainText(['one', 'three', 'two'])
      await act(0, 'Move down')
      await expect(chat.queue).toContainText(['three', 'one', 'two'])
      await act(1, 'Edit')
      const field = chat.page.getByLabel('Queued message')
      await expect(field).toBeFocused()
      await field.fill('[[words:3]] one and a half')
      await field.press('Enter')
      await expect(chat.queue.nth(1)).toContainText('one and a half')
      await act(2, 'Remove')
      await act(0, 'Remove')
      await expect(chat.queue).toHaveCount(1)
      await chat.stopButton.click()
      await chat.answerIs('cancelled')
    })
  })
}
