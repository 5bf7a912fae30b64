import { invitationLink, joinAs, PASSWORD, somebody } from './support/people.ts'
import { expect, test } from './support/test.ts'

test('a link makes one member: the next visitor is told that it is of no use', async ({ open, openPage, troubles }) => {
  troubles.provoke(/status of 404/)
  const { page } = await open('ada')
  const link = await invitationLink(page, { role: 'viewer' })
  const first = await openPage()
  const late = await openPage()
  await late.goto(link)
  const referrers: (string | undefined)[] = []
  first.on('request', (request) => referrers.push(request.headers().referer))
  const response = await first.goto(link)
  expect(response?.headers()['referrer-policy']).toBe('no-referrer')
  await joinAs(first, link, somebody('Lena'))
  expect(referrers.filter((referrer) => referrer?.includes('/invite/'))).toEqual([])

  // The page was open before the other one accepted.
  const mia = somebody('Mia')
  await late.getByLabel('Your name').fill(mia.name)
  await late.getByLabel('E-mail').fill(mia.email)
  await late.getByLabel('Password').fill(PASSWORD)
  await late.getByTestId('create-account').click()
  await expect(late.getByText('No such invitation')).toBeVisible()
  await expect(late.getByLabel('E-mail')).toHaveValue(mia.email)
  await late.reload()
  await expect(late.getByTestId('useless-link')).toBeVisible()
  await late.goto('/invite/inv_no-such-thing')
  await expect(late.getByTestId('useless-link')).toBeVisible()
})

test('somebody who has an account signs in on the page of the link, or is signed in, and joins', async ({
  open,
  openPage,
}) => {
  const { page } = await open('ada')
  const nina = somebody('Nina')
  const hers = await openPage()
  await joinAs(hers, await invitationLink(page, { role: 'viewer' }), nina)
  const link = await invitationLink(page, { org: 'acme', role: 'editor' })
  // Already a member: told so, and the link stays good for somebody else.
  await hers.goto(link)
  await expect(hers.getByText(`You are signed in as Nina (${nina.email}).`)).toBeVisible()

  const slug = somebody('Twice').email.split('@')[0] as string
  const founded = await page.request.post('/api/organisations', {
    headers: { origin: new URL(page.url()).origin },
    data: { name: 'Twice', slug },
  })
  expect(founded.status()).toBe(201)
  const other = await openPage()
  await other.goto(await invitationLink(page, { org: slug, role: 'editor' }))
  await other.getByTestId('switch-account').click()
  await other.getByLabel('E-mail').fill(nina.email)
  await other.getByLabel('Password').fill(PASSWORD)
  await other.getByTestId('sign-in').click()
  await other.getByTestId('accept-invitation').click()
  await expect(other).toHaveURL(new RegExp(`/o/${slug}$`))
  await expect(other.getByTestId('user-menu')).toContainText('editor')
  await other.getByTestId('org-switch').click()
  await expect(other.locator('[data-organisation=acme]')).toBeVisible()
})

test('an invitation for an address is for nobody else', async ({ open, openPage, troubles }) => {
  troubles.provoke(/status of 40[04]/)
  const { page } = await open('ada')
  const olga = somebody('Olga')
  const link = await invitationLink(page, { role: 'viewer', email: olga.email })
  const { page: eddies } = await open('eddie')
  await eddies.goto(link)
  await expect(eddies.getByText(`The invitation is for ${olga.email}.`)).toBeVisible()
  await expect(eddies.getByTestId('accept-invitation')).toHaveCount(0)
  const hers = await openPage()
  await hers.goto(link)
  await expect(hers.getByLabel('E-mail')).toHaveValue(olga.email)
  await expect(hers.getByLabel('E-mail')).not.toBeEditable()
  await joinAs(hers, link, olga)
})

test('what an account gets wrong is said at its field, and the rest stays', async ({ open, openPage, troubles }) => {
  troubles.provoke(/status of 400/)
  const { page } = await open('ada')
  const link = await invitationLink(page, { role: 'viewer' })
  const visitor = await openPage()
  await visitor.goto(link)
  await visitor.getByLabel('Your name').fill('Not Ada')
  await visitor.getByLabel('E-mail').fill('ada@acme.test')
  await visitor.getByLabel('Password').fill(PASSWORD)
  await visitor.getByTestId('create-account').click()
  await expect(visitor.getByText('There is an account with this address')).toBeVisible()
  await expect(visitor.getByLabel('E-mail')).toHaveAttribute('aria-invalid', 'true')
  await expect(visitor.getByLabel('Your name')).toHaveValue('Not Ada')
})
