import { randomUUID } from 'node:crypto'
import { expect, type Page } from '@playwright/test'

export const PASSWORD = 'a-long-enough-password'

export interface Invitee {
  name: string
  email: string
}

/** A person whom no test has met. */
export function somebody(name: string): Invitee {
  return { name, email: `${name.toLowerCase()}-${randomUUID().slice(0, 8)}@guests.test` }
}

/** An invitation's link, made by whoever is signed in on the page. */
export async function invitationLink(
  page: Page,
  input: { org?: string; role: string; email?: string },
): Promise<string> {
  const { org = 'acme', ...body } = input
  const response = await page.request.post(`/api/invitations?org=${org}`, {
    headers: { origin: new URL(page.url()).origin },
    data: body,
  })
  expect(response.status()).toBe(201)
  return ((await response.json()) as { url: string }).url
}

/** Opens the link and joins with a new account. */
export async function joinAs(page: Page, link: string, { name, email }: Invitee): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Your name').fill(name)
  const address = page.getByLabel('E-mail')
  if (await address.isEditable()) await address.fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByTestId('create-account').click()
  await expect(page.getByTestId('user-menu')).toContainText(name)
}

export async function signInWith(page: Page, email: string, password: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByTestId('sign-in').click()
}
