import { expect, test } from './support/test.ts'

for (const viewport of [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]) {
  test(`a session is handed over while it runs, and a colleague at ${viewport.width} watches and asks on`, async ({
    open,
  }) => {
    const isNarrow = viewport.width < 768
    const owner = await open('eddie', { viewport })
    const colleague = await open('ada', { viewport })
    await owner.ask('[[words:260]] [[rate:30]] watch this with me')
    await owner.untilWords(5)
    const id = owner.sessionId
    if (isNarrow) await colleague.page.getByTestId('open-drawer').click()
    await expect(colleague.page.getByTestId('session-search').filter({ visible: true })).toBeVisible()
    await expect(colleague.link(id)).toHaveCount(0)

    if (isNarrow) await owner.page.getByTestId('open-drawer').click()
    await owner.link(id).hover()
    await owner
      .link(id)
      .locator('..')
      .getByRole('button', { name: /Actions for/ })
      .press('Enter')
    await owner.page.getByRole('menuitem', { name: 'Hand over to Acme Shop' }).press('Enter')
    if (isNarrow) await owner.page.keyboard.press('Escape')
    await expect(owner.page.getByTestId('visibility')).toHaveAttribute('data-visibility', 'organisation')

    // It comes into the colleague's list by itself, at work; one key opens it.
    await expect(colleague.link(id)).toHaveAttribute('data-state', 'running')
    await colleague.link(id).press('Enter')
    await expect(colleague.page).toHaveURL(new RegExp(`${id}$`))
    await expect(colleague.answer).toHaveAttribute('data-live', 'true')
    const shown = (await colleague.wordsOf()).length
    await colleague.untilWords(shown + 20)
    await expect(colleague.page.getByTestId('visibility')).toHaveCount(0)

    await colleague.ask('[[words:12]] the colleague asks on')
    await expect(owner.queue).toContainText('the colleague asks on')
    for (const chat of [owner, colleague]) {
      await expect(chat.answers).toHaveCount(2)
      await chat.showsWordsOnce(260, chat.answers.first())
      await chat.showsWordsOnce(12)
    }
  })
}
