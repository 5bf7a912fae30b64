import type { Page } from '@playwright/test'
import { AT_360, AT_1280, findsNothing } from './support/axe.ts'
import type { Chat } from './support/chat.ts'
import { addressOf, pagesOfTheApplication } from './support/pages.ts'
import { invitationLink, joinAs, somebody } from './support/people.ts'
import { readyOf } from './support/settings.ts'
import { expect, type OpenChat, test } from './support/test.ts'
import { Troubles } from './support/troubles.ts'
import { World } from './support/world.ts'

/** What fades in is looked at when it is there. */
const CALM = { reducedMotion: 'reduce' } as const
const PARTS = `## What is slow

Since **14:02** the \`payments\` service waits for its [database](https://example.com/runbook).

- one *reason*
- [ ] one task

| service | p99 |
|---|---|
| checkout | 2.1 s |

> A quotation of a colleague.

\`\`\`ts
const rate = 0.95 // of requests
return { rate, name: "checkout" }
\`\`\``

/** A page without a special state: where it is, and what is there once it stands. */
interface Visit {
  path: (page: Page) => Promise<string> | string
  ready: string
}

const settings = (name: string): Visit => ({ path: () => `/o/acme/settings/${name}`, ready: readyOf(name) })
async function firstId(page: Page, list: string, key: string): Promise<string> {
  const answer = (await (await page.request.get(list)).json()) as Record<string, { id: string }[]>
  return answer[key]?.[0]?.id ?? ''
}

/** Ada's pages. Those of strangers and those of nobody's organisation have tests of their own below. */
const VISITS: Record<string, Visit> = {
  '/o/[slug]': { path: () => '/o/acme', ready: '[data-testid=example]' },
  '/o/[slug]/approvals': { path: () => '/o/acme/approvals', ready: '[data-testid=no-approvals]' },
  '/o/[slug]/settings/audit': settings('audit'),
  '/o/[slug]/settings/diagnostics': settings('diagnostics'),
  '/o/[slug]/settings/general': settings('general'),
  '/o/[slug]/settings/mcp': settings('mcp'),
  '/o/[slug]/settings/mcp/[serverId]': {
    path: async (page) => `/o/acme/settings/mcp/${await firstId(page, '/api/mcp/servers?org=acme', 'servers')}`,
    ready: '[data-tool]',
  },
  '/o/[slug]/settings/mcp/new': settings('mcp/new'),
  '/o/[slug]/settings/members': settings('members'),
  '/o/[slug]/settings/models': settings('models'),
  '/o/[slug]/settings/models/[modelId]': {
    path: async (page) => `/o/acme/settings/models/${await firstId(page, '/api/models/configs?org=acme', 'models')}`,
    ready: 'h1',
  },
  '/o/[slug]/settings/models/new': settings('models/new'),
  '/o/[slug]/settings/profile': settings('profile'),
  '/o/[slug]/settings/prompts': settings('prompts'),
  '/o/[slug]/settings/runs': settings('runs'),
  '/o/[slug]/settings/tokens': settings('tokens'),
  '/o/[slug]/settings/tools': settings('tools'),
  '/o/[slug]/settings/usage': settings('usage'),
}
/** Looked at by the named tests of this file. */
const ELSEWHERE = ['/', '/invite/[secret]', '/o/[slug]/s/[sessionId]', '/o/[slug]/shared/[shareId]']
const BEFORE_SIGNING_IN = ['/reset/[secret]', '/setup', '/sign-in']
/** Leads to the first page that the role may open. */
const REDIRECTS = ['/o/[slug]/settings']

async function go(page: Page, route: string, path: string, ready: string): Promise<void> {
  await page.goto(path)
  await expect(page).toHaveURL(addressOf(route))
  await expect(page.locator(ready).filter({ visible: true }).first()).toBeVisible()
}

async function openedResult(open: OpenChat, order: string, kind: RegExp): Promise<Chat> {
  const chat = await open('eddie', CALM)
  await chat.ask(`[[call:${order}]] [[words:2]]`)
  await chat.answerIs('completed')
  await chat.cards.first().getByRole('button').first().click()
  await expect(chat.cards.first().getByTestId('result')).toHaveAttribute('data-kind', kind)
  return chat
}

test('every page of the application is looked at here', () => {
  const looked = [...Object.keys(VISITS), ...ELSEWHERE, ...BEFORE_SIGNING_IN, ...REDIRECTS].sort()
  expect(looked).toEqual(pagesOfTheApplication())
})

test('axe finds nothing on the pages of an organisation and its settings', async ({ open }) => {
  test.setTimeout(240_000)
  const { page } = await open('ada', CALM)
  for (const [route, { path, ready }] of Object.entries(VISITS)) {
    await go(page, route, await path(page), ready)
    await findsNothing(page, route)
  }
})

test('axe finds nothing before one has signed in', async ({ open, openPage, troubles }) => {
  test.setTimeout(180_000)
  troubles.provoke(/status of 40[0149]/)
  const page = await openPage(CALM)
  await go(page, '/sign-in', '/sign-in', '[data-testid=demo-account]')
  await findsNothing(page, 'signing in')
  await page.getByLabel('E-mail').fill('nobody@acme.test')
  await page.getByLabel('Password').fill('wrong')
  await page.getByTestId('sign-in').click()
  await expect(page.getByText('E-mail or password is wrong.')).toBeVisible()
  await findsNothing(page, 'a refused sign-in')

  const ada = (await open('ada', CALM)).page
  const link = await invitationLink(ada, { role: 'viewer' })
  await go(page, '/invite/[secret]', link, '[data-testid=create-account]')
  await findsNothing(page, 'an invitation')
  await page.getByLabel('Your name').fill('Not Ada')
  await page.getByLabel('E-mail').fill('ada@acme.test')
  await page.getByLabel('Password').fill('a-long-enough-password')
  await page.getByTestId('create-account').click()
  await expect(page.getByText('There is an account with this address')).toBeVisible()
  await findsNothing(page, 'a refused account')
  await go(ada, '/invite/[secret]', link, 'h1')
  await findsNothing(ada, 'an invitation, signed in')
  await go(page, '/invite/[secret]', '/invite/inv_no-such-thing', '[data-testid=useless-link]')
  await findsNothing(page, 'a useless link')

  const kim = somebody('Kim')
  await joinAs(page, link, kim)
  await ada.goto('/o/acme/settings/members')
  const row = ada.locator(`[data-member="${kim.email}"]`)
  await row.getByTestId('member-menu').click()
  await findsNothing(ada, 'the menu of a member', AT_1280)
  await ada.getByRole('menuitem', { name: 'Link to a new password' }).click()
  await findsNothing(ada, 'a question before something is done')
  await ada.getByTestId('confirm').click()
  const reset = await ada.getByTestId('secret-once').inputValue()
  await findsNothing(ada, 'a secret that is shown once')
  await ada.getByTestId('secret-done').click()
  const strangers = await openPage(CALM)
  await go(strangers, '/reset/[secret]', reset, '[data-testid=set-password]')
  await findsNothing(strangers, 'a new password')

  await row.getByTestId('member-menu').click()
  await ada.getByRole('menuitem', { name: 'Remove from the organisation' }).click()
  await ada.getByTestId('confirm').click()
  await expect(row).toHaveCount(0)
  await go(page, '/', '/', 'h1')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('No organisation yet')
  await findsNothing(page, 'nobody’s member')
})

test('axe finds nothing on an empty server’s first page', async ({ browser }) => {
  const world = await World.start({ provisioned: false })
  const troubles = new Troubles(world)
  troubles.provoke(/status of 400/)
  const context = await browser.newContext({ baseURL: world.url, ...CALM })
  try {
    troubles.watch(context)
    const page = await context.newPage()
    await go(page, '/setup', '/', 'h1')
    await findsNothing(page, 'the set-up')
    await page.getByLabel('One-time code').fill('not-the-code')
    await page.getByLabel('Organisation').fill('Initech')
    await page.getByLabel('Your name').fill('Peter')
    await page.getByLabel('E-mail').fill('peter@initech.test')
    await page.getByLabel('Password').fill('a-long-enough-password')
    await page.getByTestId('finish-setup').click()
    await expect(page.getByText('This code is not valid.')).toBeVisible()
    await findsNothing(page, 'a refused set-up')
  } finally {
    await context.close()
    await world.stop()
  }
  expect(troubles.unexpected()).toEqual([])
})

test('axe finds nothing in a conversation, whatever is in it and wherever it is', async ({ open }) => {
  test.setTimeout(240_000)
  const chat = await open('eddie', CALM)
  const { page } = chat
  const route = '/o/[slug]/s/[sessionId]'
  await chat.ask(`[[reasoning:12]] [[say:${PARTS}]] Look`)
  await chat.answerIs('completed')
  await expect(page).toHaveURL(addressOf(route))
  await expect(chat.answer.locator('.hljs-keyword').first()).toBeVisible()
  await chat.answer.getByTestId('reasoning').getByRole('button').click()
  await chat.answer.getByRole('button', { name: 'Bad answer' }).click()
  await expect(page.getByTestId('feedback-form')).toBeVisible()
  await findsNothing(page, 'an answer with all of its parts')

  for (const answers of [2, 3]) {
    await chat.ask('[[call:list_services:{}]] [[call:list_alerts:{}]] [[words:2]] side by side')
    await expect(chat.answers).toHaveCount(answers)
    await chat.answerIs('completed')
  }
  await findsNothing(page, 'calls side by side, twice')

  await chat.ask('[[stall:4]] it stalls')
  await expect(chat.answers).toHaveCount(4)
  await chat.untilWords(4)
  await chat.ask('[[words:2]] the second')
  await chat.ask('[[words:2]] the third')
  await expect(chat.queue).toHaveCount(2)
  await findsNothing(page, 'a run, and a queue behind it')
  await page.setViewportSize(AT_1280[0].viewport)
  await chat.queue.first().getByRole('button', { name: 'Edit' }).click()
  await findsNothing(page, 'a queued message that is edited')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await expect(page.getByTestId('queue')).toHaveAttribute('data-paused', 'true')
  await findsNothing(page, 'a stopped run, and a paused queue')
  await page.setViewportSize(AT_1280[0].viewport)
  await chat.queue.first().getByRole('button', { name: 'Remove' }).click()
  await expect(chat.queue).toHaveCount(1)
  await chat.queue.first().getByRole('button', { name: 'Remove' }).click()
  await expect(chat.queue).toHaveCount(0)
  await chat.ask('[[error-chunk]] it fails')
  await chat.answerIs('failed')
  await findsNothing(page, 'a failed answer')

  await page.setViewportSize(AT_1280[0].viewport)
  await page.getByTestId('session-menu').click()
  await findsNothing(page, 'the menu of the session', AT_1280)
  await chat.chooseMenuItem('Share…')
  await page.getByTestId('create-share').click()
  const share = page.getByTestId('share').getByRole('link')
  await expect(share).toBeVisible()
  await findsNothing(page, 'the dialog for sharing')
  const path = (await share.getAttribute('href')) ?? ''
  await go(page, '/o/[slug]/shared/[shareId]', path, '[data-testid=shared-thread]')
  await page.getByTestId('tool-card').first().getByRole('button').first().click()
  await findsNothing(page, 'a shared session')
})

test('axe finds nothing where a question is edited, where an earlier version is read, and offline', async ({
  open,
  troubles,
}) => {
  test.setTimeout(120_000)
  troubles.provoke(/net::ERR_/)
  const chat = await open('eddie', CALM)
  const { page } = chat
  await chat.ask('[[words:2]] to be edited')
  await chat.answerIs('completed')
  await chat.questions.first().getByRole('button', { name: 'Edit question' }).press('Enter')
  const editor = page.getByTestId('question-editor')
  await editor.getByRole('textbox').fill('[[words:3]] edited')
  await findsNothing(page, 'a question that is edited')
  await editor.getByRole('button', { name: /send$/i }).click()
  await chat.showsWordsOnce(3)
  const before = page.getByRole('button', { name: 'Show the previous version' })
  await expect(before).toBeVisible()
  await findsNothing(page, 'a question with versions')
  await before.click()
  await expect(page.getByTestId('version-bar')).toBeVisible()
  await findsNothing(page, 'an earlier version')
  await page.getByTestId('version-back').click()

  await page.context().setOffline(true)
  await expect(page.getByTestId('connection')).toHaveAttribute('data-outage', 'offline')
  await chat.composer.fill('asked while offline')
  await chat.composer.press('Enter')
  await expect(chat.questions.last()).toHaveAttribute('data-delivery', 'held')
  await findsNothing(page, 'offline, with a question that is held')
  await page.context().setOffline(false)
  await expect(chat.answers).toHaveCount(2)
  await chat.answerIs('completed')
})

test('axe finds nothing in what tools answered', async ({ open }) => {
  test.setTimeout(240_000)
  const series = 'query_metrics:{"metric":"db_pool_max"}'
  const chart = await openedResult(open, series, /series/)
  await expect(chart.page.getByTestId('chart')).toBeVisible()
  await findsNothing(chart.page, 'a chart')
  await chart.page.getByTestId('result').getByRole('button', { name: 'Table' }).click()
  await expect(chart.page.getByTestId('result').getByRole('table')).toBeVisible()
  await findsNothing(chart.page, 'a table')
  await chart.page.getByTestId('result').getByRole('button', { name: 'Tree' }).click()
  await findsNothing(chart.page, 'a tree')
  await chart.page.getByTestId('result').getByRole('button', { name: 'Raw' }).click()
  await findsNothing(chart.page, 'raw text')

  const logs = await openedResult(open, 'query_logs:{"service":"payments"}', /logs/)
  await findsNothing(logs.page, 'lines of a log')
  await logs.ask('[[call:query_logs:{"service":"payments"}]] [[say:| a |\n|---|\n| 1 |\n\n| b |\n|---|\n| 2 |]]')
  await expect(logs.answers).toHaveCount(2)
  await logs.answerIs('completed')
  await logs.cards.last().getByRole('button').first().click()
  await expect(logs.page.getByTestId('result')).toHaveCount(2)
  await findsNothing(logs.page, 'two of each')

  const traces = await openedResult(open, 'search_traces:{"service":"checkout"}', /table|json/)
  const stored = await (await traces.page.request.get(`/api/sessions/${traces.sessionId}`)).text()
  const id = /traceId\W+([0-9a-f]{16,})/.exec(stored)?.[1]
  expect(id).toBeTruthy()
  const trace = await openedResult(open, `get_trace:{"trace_id":"${id}"}`, /trace/)
  await findsNothing(trace.page, 'a trace')
})

test('axe finds nothing where approvals are asked for', async ({ open }) => {
  test.setTimeout(120_000)
  const chat = await open('ada', CALM)
  await chat.ask('Please restart the catalogue service')
  await expect(chat.approvals).toBeVisible()
  await findsNothing(chat.page, 'an approval in its conversation')
  const session = chat.sessionPath
  await go(chat.page, '/o/[slug]/approvals', '/o/acme/approvals', '[data-testid=approval]')
  await findsNothing(chat.page, 'the list of approvals')
  await chat.page.goto(session)
  await chat.stopButton.click()
  await chat.answerIs('cancelled')
  await findsNothing(chat.page, 'an approval that nobody gave')
})

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

  await page.goto('/o/acme/settings/models/new')
  await page.getByTestId('provider-openai-compatible').click()
  await page.getByLabel('Model', { exact: true }).fill('demo-second')
  await page.getByLabel('Address').fill('http://169.254.169.254/v1')
  await page.getByTestId('save-settings').click()
  await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true')
  await findsNothing(page, 'a model that was refused')

  await page.goto('/o/acme/settings/tokens')
  await page.getByTestId('create-token').click()
  await page.getByLabel('Name').fill('too long')
  await page.getByLabel('Valid for').fill('99999')
  await page.getByTestId('save-settings').click()
  await expect(page.getByLabel('Valid for')).toHaveAttribute('aria-invalid', 'true')
  await findsNothing(page, 'a token that was refused')
  await page.goto('/o/acme/settings/members')
  await page.getByTestId('invite').click()
  await findsNothing(page, 'the dialog for inviting')
})

test('axe finds nothing where there is nothing, where one may not be, and where a page broke', async ({
  open,
  troubles,
}) => {
  test.setTimeout(120_000)
  // React tells of what was thrown, in its own words.
  troubles.provoke(/status of 404/, /TypeError/, /error occurred/i)
  const { page } = await open('vera', CALM)
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here')
  await findsNothing(page, 'no page')
  await page.goto('/o/somebody-elses')
  await findsNothing(page, 'no organisation of yours')
  await page.goto('/o/acme/s/ses_no-such-session')
  await expect(page.getByText('This session does not exist')).toBeVisible()
  await findsNothing(page, 'no session')
  await page.goto('/o/acme/settings/members')
  await expect(page.getByTestId('may-not')).toBeVisible()
  await findsNothing(page, 'a page that is not for the role')

  // The server's answers as they never are: the page breaks while it is drawn.
  await page.route('**/api/suggestions*', (route) => route.fulfill({ json: { suggestions: [null] } }))
  await page.goto('/o/acme')
  await expect(page.getByText('This page could not be shown')).toBeVisible()
  await findsNothing(page, 'a broken page')
  // And where the organisation's own frame breaks, the whole application's stands in.
  await page.route('**/api/sessions?*', (route) => route.fulfill({ json: { sessions: [null], nextCursor: null } }))
  await page.goto('/o/acme/settings/profile')
  await expect(page.locator('main')).toHaveCount(1)
  await findsNothing(page, 'a list that broke')
})
