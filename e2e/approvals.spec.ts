import type { Locator, Page } from '@playwright/test'
import { Chat } from './support/chat.ts'
import { expect, signInAs, test } from './support/test.ts'
import { World } from './support/world.ts'

const RESTART = 'Please restart the catalogue service'
const count = (page: Page) => page.getByTestId('approvals-count').locator('visible=true')

const restarts = async (world: World) => (await world.toolCalls('restart_service')).length

/** A call of the API as the page's own scripts make it. */
const call = (page: Page, world: World, method: string, path: string, data?: unknown) =>
  page.request.fetch(`${world.url}${path}`, { method, data, headers: { origin: world.url } })

async function idsOf(chat: Chat) {
  const response = await chat.page.request.get(`/api/sessions/${chat.sessionId}`)
  const { activeRunId, waitingForMe } = (await response.json()) as { activeRunId: string; waitingForMe: string[] }
  return { runId: activeRunId, approvalId: waitingForMe[0] ?? '' }
}

test('a call that destroys is shown whole before it is made, and made once when it is approved', async ({
  open,
  world,
}) => {
  const chat = await open('ada')
  const before = await restarts(world)
  await chat.ask(RESTART)
  const card = chat.approvals
  await expect(card).toContainText('restart_service')
  await expect(card).toContainText('shop')
  await expect(card).toContainText('destroys')
  await expect(card).toContainText('"service": "catalogue"')
  await expect(card).toContainText(/\d+ h \d\d min left/)
  await expect(count(chat.page)).toContainText('1')
  await expect(chat.link(chat.sessionId).getByTestId('session-waiting')).toHaveAttribute('data-mine', 'true')
  const { runId } = await idsOf(chat)
  const run = (await (await chat.page.request.get(`/api/agent/runs/${runId}`)).json()) as { status: string }
  expect(run.status).toBe('waiting')
  expect(await restarts(world)).toBe(before)

  await card.getByTestId('approve-once').click()
  await chat.answerIs('completed')
  expect(await restarts(world)).toBe(before + 1)
  await expect(chat.answer.getByTestId('approval')).toContainText('Ada Admin approved of restart_service')
  await expect(count(chat.page)).toHaveCount(0)
  await chat.page.reload()
  await expect(chat.answer.getByTestId('approval')).toContainText('Ada Admin approved of restart_service')
})

test('a rejection with its comment reaches the agent, and everybody sees it', async ({ open, world }) => {
  const chat = await open('eddie')
  const before = await restarts(world)
  await chat.ask(RESTART)
  await chat.approvals.getByTestId('approval-comment').fill('Not during the sale')
  await chat.approvals.getByTestId('reject').click()
  await chat.answerIs('completed')
  const outcome = chat.answer.getByTestId('approval')
  await expect(outcome).toHaveAttribute('data-state', 'reject')
  await expect(outcome).toContainText('Eddie Editor rejected restart_service')
  await expect(outcome).toContainText('Not during the sale')
  await expect(chat.card('restart_service')).toHaveAttribute('data-state', 'failed')
  expect(await restarts(world)).toBe(before)
})

test('for the session: the same call is not asked about again, another one is', async ({ open, world }) => {
  const chat = await open('ada')
  const before = await restarts(world)
  const order = (service: string) => `[[call:restart_service:{"service":"${service}","reason":"a test"}]] [[words:3]]`
  await chat.ask(order('catalogue'))
  await chat.approvals.getByTestId('approve-session').click()
  await chat.answerIs('completed')
  await chat.ask(order('catalogue'))
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
  expect(await restarts(world)).toBe(before + 2)
  await chat.ask(order('payments'))
  await expect(chat.approvals).toContainText('payments')
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await expect(chat.answer.getByTestId('approval')).toContainText('The run ended before anybody decided')
  expect(await restarts(world)).toBe(before + 2)
})

test('two tabs that click at the same time decide once', async ({ open, world, troubles }) => {
  troubles.provoke(/409/)
  const chat = await open('ada')
  const before = await restarts(world)
  await chat.ask(RESTART)
  await expect(chat.approvals).toBeVisible()
  const other = new Chat(await chat.page.context().newPage())
  await other.page.goto(chat.sessionPath)
  await expect(other.approvals).toBeVisible()
  const click = (button: Locator) => button.click({ timeout: 5_000 }).catch(() => undefined)
  await Promise.all([
    click(chat.approvals.getByTestId('approve-once')),
    click(other.approvals.getByTestId('approve-once')),
    click(other.approvals.getByTestId('approve-once')),
  ])
  await chat.answerIs('completed')
  await other.answerIs('completed')
  expect(await restarts(world)).toBe(before + 1)
  await expect(other.answer.getByTestId('approval')).toHaveAttribute('data-state', 'approve')
})

test('what waits for me is listed, and can be decided there', async ({ open, world }) => {
  const chat = await open('ada')
  const before = await restarts(world)
  await chat.ask(RESTART)
  await expect(chat.approvals).toBeVisible()
  const session = chat.sessionPath
  await chat.page.getByTestId('open-approvals').locator('visible=true').click()
  await expect(chat.page).toHaveURL(/\/o\/acme\/approvals$/)
  await expect(chat.approvals).toHaveCount(1)
  await expect(chat.approvals).toContainText('Ada Admin asked')
  await chat.approvals.getByTestId('approve-once').click()
  await expect(chat.page.getByTestId('no-approvals')).toBeVisible()
  await chat.page.goto(session)
  await chat.answerIs('completed')
  expect(await restarts(world)).toBe(before + 1)
})

test('a server that is killed while the run waits changes nothing', async ({ open, world, troubles }) => {
  troubles.provoke(/net::ERR_/)
  const chat = await open('ada')
  const before = await restarts(world)
  await chat.ask(RESTART)
  await expect(chat.approvals).toBeVisible()
  await world.killServer()
  await world.startServer()
  await expect(chat.page.getByTestId('connection')).toHaveAttribute('data-state', 'open', { timeout: 30_000 })
  await chat.approvals.getByTestId('approve-once').click()
  await chat.answerIs('completed')
  expect(await restarts(world)).toBe(before + 1)
  await expect(chat.notes).toHaveCount(0)
})

test('forged ids and strangers get nowhere', async ({ open, world }) => {
  const ada = await open('ada')
  const before = await restarts(world)
  await ada.ask(RESTART)
  await expect(ada.approvals).toBeVisible()
  const { runId, approvalId } = await idsOf(ada)
  const eddie = await open('eddie')
  const verdict = { decision: 'approve' }
  const status = async (chat: Chat, run: string, approval: string) =>
    (await call(chat.page, world, 'POST', `/api/agent/runs/${run}/approvals/${approval}`, verdict)).status()
  const forged = `${approvalId.slice(0, -4)}zzzz`
  expect(await status(ada, runId, forged)).toBe(404)
  expect(await status(eddie, runId, approvalId)).toBe(404)
  const arguments_ = { ...verdict, arguments: { service: 'payments' } }
  const foreign = await ada.page.request.post(`/api/agent/runs/${runId}/approvals/${approvalId}`, {
    data: arguments_,
    headers: { origin: 'https://evil.test' },
  })
  expect(foreign.status()).toBe(403)
  expect(await restarts(world)).toBe(before)
  await ada.stopButton.click()
  await ada.answerIs('cancelled')
})

test('whoever loses the role may not decide any more, and an approval by others does not help the asker', async ({
  open,
  openPage,
  world,
  troubles,
}) => {
  troubles.provoke(/403/)
  const ada = await open('ada')
  const before = await restarts(world)
  const invited = await call(ada.page, world, 'POST', '/api/invitations?org=acme', { role: 'editor' })
  const { url } = (await invited.json()) as { url: string }
  const account = { email: 'nia@acme.test', name: 'Nia New', password: 'a-long-password' }
  const page = await openPage()
  const secret = url.split('/').at(-1) as string
  await call(page, world, 'POST', '/api/invitations/accept', { secret, account })
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill(account.email)
  await page.getByLabel('Password').fill(account.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  const nia = new Chat(page)
  await expect(nia.composer).toBeVisible()
  await page.waitForLoadState('load')
  await nia.ask('[[call:restart_service:{"service":"catalogue","reason":"a test"}]] [[words:2]]')
  await expect(nia.approvals).toBeVisible()

  const { members } = (await (await ada.page.request.get('/api/members?org=acme')).json()) as {
    members: { user: { id: string; email: string } }[]
  }
  const id = members.find(({ user }) => user.email === account.email)?.user.id
  const changed = await call(ada.page, world, 'PATCH', `/api/members/${id}?org=acme`, { role: 'viewer' })
  expect(changed.status()).toBe(200)
  await nia.approvals.getByTestId('approve-once').click()
  await expect(nia.approvals.getByRole('alert')).toContainText(/not for the role viewer|may decide/)
  expect(await restarts(world)).toBe(before)

  // In the organisation's eyes an admin may approve; the asker's role is looked at again when the call is made.
  await call(nia.page, world, 'PATCH', `/api/sessions/${nia.sessionId}`, { visibility: 'organisation' })
  await ada.page.goto(nia.sessionPath)
  await ada.approvals.getByTestId('approve-once').click()
  await ada.answerIs('completed')
  await expect(ada.card('restart_service')).toHaveAttribute('data-state', 'failed')
  await expect(ada.card('restart_service')).toContainText('not permitted')
  expect(await restarts(world)).toBe(before)
})

test('without a decision in time it is rejected', async ({ browser }) => {
  const own = await World.start({
    provisioned: true,
    provisioning: (demo) => demo.replace('externalId: "1"', 'externalId: "1"\n    limits: { approvalMinutes: 0.06 }'),
  })
  try {
    const context = await browser.newContext({ baseURL: own.url })
    const page = await context.newPage()
    await page.goto('/')
    await signInAs(page, 'ada')
    const chat = new Chat(page)
    await chat.ask(RESTART)
    await expect(chat.approvals).toContainText(/0 min 0\d s left/)
    await chat.answerIs('completed', 30_000)
    const outcome = chat.answer.getByTestId('approval')
    await expect(outcome).toHaveAttribute('data-state', 'expired')
    await expect(outcome).toContainText('Nobody decided about restart_service in time')
    expect(await restarts(own)).toBe(0)
    await context.close()
  } finally {
    await own.stop()
  }
})

test('an admin sees what runs, private conversations without their titles, and stops it', async ({ open }) => {
  const eddie = await open('eddie')
  await eddie.ask('[[words:2000]] [[rate:20]] a secret plan')
  await eddie.untilWords(3)
  const ada = await open('ada')
  await ada.page.goto('/o/acme/settings/runs')
  const row = ada.page.locator('[data-run][data-status=running]')
  await expect(row).toContainText('Eddie Editor')
  await expect(row).toContainText('Private conversation')
  await expect(ada.page.getByText('secret plan')).toHaveCount(0)
  await row.getByTestId('stop-run').click()
  await eddie.answerIs('cancelled')
  await expect(row).toHaveCount(0)
  const vera = await open('vera')
  await vera.page.goto('/o/acme/settings/runs')
  await expect(vera.page.getByText('Nothing runs now.')).toBeVisible()
})
