import type { Page } from '@playwright/test'
import { expect, test } from './support/test.ts'

/** All that the page has put into the browser, by key. */
const storedIn = (page: Page) =>
  page.evaluate(async () => ({
    ...Object.fromEntries(Object.entries(localStorage)),
    ...Object.fromEntries(Object.entries(sessionStorage)),
    ...Object.fromEntries((await indexedDB.databases()).map(({ name }) => [name ?? '', 'a database'])),
    ...Object.fromEntries((await caches.keys()).map((name) => [name, 'a cache'])),
  }))

test('what the browser keeps has the product’s prefix and nothing sensitive, and signing out takes the writing along', async ({
  open,
}) => {
  const chat = await open('ada')
  const { page } = chat
  await chat.ask('[[words:40]] a question for the storage')
  await chat.showsWordsOnce(40)
  await page.getByTestId('user-menu').click()
  await page.getByRole('menuitemradio', { name: 'Dark' }).click()
  await page.keyboard.press('Escape')
  for (const path of [
    'approvals',
    'settings/general',
    'settings/mcp',
    'settings/models',
    'settings/members',
    'settings/usage',
  ]) {
    await page.goto(`/o/acme/${path}`)
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
  }
  const answer = await page.request.post('/api/tokens?org=acme', {
    headers: { origin: new URL(page.url()).origin },
    data: { name: 'for the storage', role: 'viewer', expiresInDays: 1 },
  })
  const { value: token } = (await answer.json()) as { value: string }
  expect(token).toMatch(/^lw_/)
  await page.goto('/o/acme/settings/tokens')
  await expect(page.getByText('for the storage')).toBeVisible()
  await page.goto('/o/acme')
  await chat.composer.fill('half a question, my own words')

  const kept = await storedIn(page)
  expect(Object.keys(kept).length).toBeGreaterThan(1)
  for (const key of Object.keys(kept)) expect(key).toMatch(/^longwatch:/)
  const text = JSON.stringify(kept)
  expect(text).toContain('half a question, my own words')
  const cookies = (await page.context().cookies()).map(({ value }) => value).filter((value) => value.length > 20)
  expect(cookies.length).toBeGreaterThan(0)
  for (const secret of [token, token.slice(3, 20), 'ada@acme.test', 'w7 w8', ...cookies])
    expect(text).not.toContain(secret)

  await page.getByTestId('user-menu').click()
  await page.getByTestId('sign-out').click()
  await expect(page).toHaveURL(/\/sign-in$/)
  const left = await storedIn(page)
  expect(JSON.stringify(left)).not.toContain('half a question')
  expect(Object.keys(left).filter((key) => /draft|unsent|writer/.test(key))).toEqual([])
})
