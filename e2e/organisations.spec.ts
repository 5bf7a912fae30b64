import { expect, test } from './support/test.ts'

const NOT_FOUND = 'This session does not exist'

test('the sessions of one organisation are not seen in the other', async ({ open }) => {
  const chat = await open('ada')
  await chat.ask('[[words:3]] in Acme')
  await chat.showsWordsOnce(3)
  const acme = chat.sessionId
  await expect(chat.link(acme)).toBeVisible()

  await chat.page.getByTestId('org-switch').click()
  await chat.page.getByRole('menuitemradio', { name: /Globex Lab/ }).click()
  await expect(chat.page).toHaveURL(/\/o\/globex$/)
  await expect(chat.page.getByTestId('org-switch')).toHaveAttribute('data-organisation', 'globex')
  await expect(chat.link(acme)).toHaveCount(0)
  await chat.ask('[[words:4]] in Globex')
  await chat.showsWordsOnce(4)
  const globex = chat.sessionId
  await expect(chat.link(globex)).toBeVisible()

  await chat.page.getByTestId('org-switch').click()
  await chat.page.getByRole('menuitemradio', { name: /Acme Shop/ }).click()
  await expect(chat.page).toHaveURL(/\/o\/acme$/)
  await expect(chat.link(acme)).toBeVisible()
  await expect(chat.link(globex)).toHaveCount(0)
})

test('another organisation’s and another person’s session do not exist', async ({ open, troubles }) => {
  troubles.provoke(/status of 404/)
  const ada = await open('ada')
  await ada.page.goto('/o/globex')
  await ada.ask('[[words:3]] a secret of Globex')
  await ada.showsWordsOnce(3)
  const foreign = ada.sessionId
  await ada.page.goto('/o/acme')
  await ada.ask('[[words:3]] my own')
  await ada.showsWordsOnce(3)
  const own = ada.sessionId

  const eddie = await open('eddie')
  for (const id of [foreign, own]) {
    await eddie.page.goto(`/o/acme/s/${id}`)
    await expect(eddie.page.getByText(NOT_FOUND)).toBeVisible()
    await expect(eddie.answers).toHaveCount(0)
    expect((await eddie.page.request.get(`/api/sessions/${id}`)).status()).toBe(404)
  }
  await eddie.page.goto(`/o/globex/s/${foreign}`)
  await expect(eddie.page.getByText('There is nothing here')).toBeVisible()
})

test('in a session of the organisation an editor asks on, and a viewer reads along', async ({ open }) => {
  const owner = await open('eddie')
  await owner.ask('[[words:5]] for the organisation')
  await owner.showsWordsOnce(5)
  await owner.page.getByTestId('visibility').click()
  await owner.page.getByRole('menuitemradio', { name: /Acme Shop/ }).click()
  await expect(owner.page.getByTestId('visibility')).toHaveAttribute('data-visibility', 'organisation')

  const viewer = await open('vera')
  await viewer.link(owner.sessionId).click()
  await viewer.showsWordsOnce(5)
  await expect(viewer.page.getByTestId('read-only')).toBeVisible()
  await expect(viewer.composer).toHaveCount(0)
  const refused = await viewer.page.request.post('/api/agent/runs', {
    data: { message: 'let me', sessionId: owner.sessionId },
    headers: { origin: new URL(viewer.page.url()).origin },
  })
  expect(refused.status()).toBe(403)

  const colleague = await open('ada')
  await colleague.page.goto(owner.sessionPath)
  await colleague.showsWordsOnce(5)
  await colleague.ask('[[words:80]] [[rate:40]] a colleague asks on')
  await Promise.all([owner.untilWords(20), viewer.untilWords(20)])
  await Promise.all([owner, viewer, colleague].map((chat) => chat.showsWordsOnce(80)))

  await owner.page.getByTestId('visibility').click()
  await owner.page.getByRole('menuitemradio', { name: /Private/ }).click()
  await expect(viewer.page.getByText(NOT_FOUND)).toBeVisible()
  await expect(viewer.link(owner.sessionId)).toHaveCount(0)
})
