import { chips, choose, chooseIn, editor, log, picture } from '../support/files.ts'
import { ask, expect, newChat, test } from './shots.ts'

const LINES = Array.from({ length: 40 }, (_, n) => `2026-11-22T10:${n}:00Z payments WARN pool is empty`).join('\n')

test('files that go with a question, alone and with words, and while it is edited', async ({
  colleague,
  shoot,
  world,
}) => {
  const chat = await colleague('Noor Nasser')
  const { page } = chat
  await choose(chat, log('payments-2026-11-22.log', `${LINES}\n[[say:The pool of payments is empty since 10:00.]]`))
  await expect(chips(chat)).toHaveAttribute('data-state', 'ready')
  await shoot(page, 'composer-alone')
  await chat.sendButton.click()
  await chat.answerIs('completed')
  await shoot(page, 'question-alone')

  await chat.questions.hover()
  await chat.questions.getByRole('button', { name: 'Edit question' }).click()
  await shoot(page, 'edit-alone')
  await editor(chat)
    .getByRole('textbox')
    .fill('Since when is the pool empty, and what was deployed shortly before that?')
  await chooseIn(editor(chat), log('checkout-with-a-rather-long-name-2026-11-22.log', LINES), log('deploys.csv', LINES))
  await expect(chips(chat, editor(chat))).toHaveCount(3)
  await shoot(page, 'edit-files')
  await chooseIn(editor(chat), picture('graph.png'))
  await expect(chips(chat, editor(chat)).last()).toContainText('takes no images')
  await shoot(page, 'edit-refused')
  await page.getByRole('button', { name: 'Cancel' }).click()

  await ask(world, chat, 'Go through the last six hours', '[[words:4000]] [[rate:6]]')
  await chat.untilWords(4)
  await choose(chat, log('payments-2026-11-22.log', LINES), log('checkout.log', LINES))
  await chat.sendButton.click()
  await expect(chat.queue).toHaveCount(1)
  await choose(chat, log('deploys.csv', LINES))
  await chat.ask('And what does this say?')
  await expect(chat.queue).toHaveCount(2)
  await shoot(page, 'queue')
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
})

test('an answer with footnotes', async ({ colleague, shoot, world }) => {
  const chat = await colleague('Noor Nasser')
  await newChat(chat)
  const answer = `The pool of **payments** went from \`40\` to \`6\` connections with v2.14.0[^deploy], and requests wait up to 3 s for one[^wait].

- Checkout is slow because it waits for payments[^wait].
- The database itself is quick[^4].

[^deploy]: Deployed on 22 November at 21:40, see the [runbook](https://runbooks.example.com/pool).
[^wait]: 95th percentile of \`db_pool_acquire_seconds\` over five minutes.

    Before the deployment it was 4 ms.
[^4]: 4 ms at the 95th percentile.`
  await ask(world, chat, 'Why is checkout slow?', `[[say:${answer}]]`)
  await chat.answerIs('completed')
  await shoot(chat.page, 'footnotes')
})
