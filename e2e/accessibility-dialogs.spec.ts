import { AT_360, AT_1280, CALM, findsNothing } from './support/axe.ts'
import { refusedModel, refusedToken } from './support/settings.ts'
import { expect, test } from './support/test.ts'

test('axe finds nothing in menus, drawers and dialogs, and on forms that were refused', async ({ open, troubles }) => {
  test.setTimeout(240_000)
  troubles.provoke(/status of 400/)
  const chat = await open('ada', CALM)
  const { page } = chat
  await chat.ask('[[words:3]] one to have a menu')
  await chat.answerIs('completed')
  for (const looks of [AT_1280, AT_360]) {
    await page.setViewportSize(looks[0].viewport)
    const names = looks === AT_1280 ? ['org-switch', 'user-menu', 'session-filter', 'visibility'] : ['visibility']
    for (const name of names) {
      await page.getByTestId(name).filter({ visible: true }).click()
      await expect(page.getByRole('menu')).toBeVisible()
      await findsNothing(page, `the menu ${name}`, looks)
      await page.keyboard.press('Escape')
      await expect(page.getByRole('menu')).toHaveCount(0)
    }
  }
  for (const [words, dialog] of [
    ['', 'palette'],
    ['keyboard map', 'keyboard-map'],
    ['rename', 'rename-session'],
  ] as const) {
    await page.keyboard.press('ControlOrMeta+k')
    await expect(page.getByTestId('palette').getByRole('combobox')).toBeFocused()
    await page.keyboard.type(words)
    if (words !== '') await page.keyboard.press('Enter')
    await expect(page.getByTestId(dialog)).toBeVisible()
    await findsNothing(page, `above the page: ${dialog}`)
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
  }
  await page.setViewportSize(AT_1280[0].viewport)
  const link = chat.link(chat.sessionId)
  await link
    .locator('..')
    .getByRole('button', { name: /Actions for/ })
    .click()
  await findsNothing(page, 'the menu of a session in the list', AT_1280)
  await chat.chooseMenuItem('Rename')
  await expect(page.getByLabel('Title of the session')).toBeFocused()
  await findsNothing(page, 'a session that is renamed', AT_1280)
  await page.keyboard.press('Escape')
  await page.getByTestId('session-search').filter({ visible: true }).fill('no such title')
  await expect(page.getByText('No title holds these words.').filter({ visible: true })).toBeVisible()
  await findsNothing(page, 'a search without a find', AT_1280)
  await page.setViewportSize(AT_360[0].viewport)
  await page.getByTestId('open-drawer').click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await findsNothing(page, 'the drawer', AT_360)
  await page.getByRole('dialog').getByTestId('user-menu').click()
  await expect(page.getByRole('menu')).toBeVisible()
  await findsNothing(page, 'the user’s menu in the drawer', AT_360)

  await page.setViewportSize(AT_1280[0].viewport)
  await page.goto('/o/acme/settings/mcp/new')
  await page.getByTestId('preset-other').click()
  await page.getByLabel('Name', { exact: true }).fill('second')
  await page.getByLabel('Address').fill('http://169.254.169.254/mcp')
  await page.getByRole('button', { name: 'Add a header' }).click()
  await page.getByTestId('header').getByLabel('Name').fill('X-Token')
  await page.getByTestId('header').getByLabel('Value', { exact: true }).fill('a value')
  await page.getByTestId('save-settings').click()
  await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true')
  await findsNothing(page, 'a server that was refused')
  await page.setViewportSize(AT_1280[0].viewport)
  await page.getByTestId('settings-link').filter({ hasText: 'Profile' }).click()
  await expect(page.getByRole('alertdialog')).toBeVisible()
  await findsNothing(page, 'the question about unsaved things')
  await page.getByTestId('confirm').click()
  await expect(page).toHaveURL(/profile$/)

  await refusedModel(page)
  await findsNothing(page, 'a model that was refused')

  await refusedToken(page)
  await findsNothing(page, 'a token that was refused')
  await page.goto('/o/acme/settings/members')
  await page.getByTestId('invite').click()
  await findsNothing(page, 'the dialog for inviting')
})
