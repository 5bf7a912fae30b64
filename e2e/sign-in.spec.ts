import { expect, signInAs, test } from './support/test.ts'

test('one click on a demo account signs in', async ({ openPage }) => {
  const page = await openPage()
  await page.goto('/')
  await expect(page.getByTestId('demo-account')).toHaveCount(3)
  await signInAs(page, 'eddie')
  await expect(page).toHaveURL(/\/o\/acme$/)
  await expect(page.getByTestId('user-menu')).toContainText('Eddie Editor')
  await expect(page.getByTestId('user-menu')).toContainText('editor')
})

test('e-mail and password sign in, and a wrong password says so', async ({ openPage, troubles }) => {
  troubles.provoke(/status of 401 .*callback\/credentials/)
  const page = await openPage()
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill('vera@acme.test')
  await page.getByLabel('Password').fill('not-her-password')
  await page.getByTestId('sign-in').click()
  await expect(page.getByText('E-mail or password is wrong.')).toBeVisible()
  await page.getByLabel('Password').fill('demo-vera-password')
  await page.getByTestId('sign-in').click()
  await expect(page.getByTestId('user-menu')).toContainText('Vera Viewer')
})

test('a page that wants a sign-in is shown after it', async ({ openPage }) => {
  const page = await openPage()
  await page.goto('/o/globex')
  await expect(page).toHaveURL(/\/sign-in/)
  await signInAs(page, 'ada')
  await expect(page).toHaveURL(/\/o\/globex$/)
})

test('signing out ends the access of every tab of the browser', async ({ open }) => {
  const chat = await open('eddie')
  await chat.ask('[[words:3]] before I leave')
  await chat.showsWordsOnce(3)
  const path = chat.sessionPath
  const second = await chat.page.context().newPage()
  await second.goto(path)
  await expect(second.getByTestId('message-assistant')).toContainText('w3')

  await chat.page.getByTestId('user-menu').click()
  await chat.page.getByTestId('sign-out').click()
  await expect(chat.page).toHaveURL(/\/sign-in/)
  await expect(second).toHaveURL(/\/sign-in/)
  expect((await chat.page.request.get('/api/me')).status()).toBe(401)
  await chat.page.goto(path)
  await expect(chat.page).toHaveURL(/\/sign-in/)
})
