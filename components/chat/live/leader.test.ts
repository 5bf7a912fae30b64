import { expect, test, vi } from 'vitest'
import { opening, setUpClients, textIn, word } from '@/components/chat/live/set-up'
import type { ChatClient } from '@/components/chat/live/store'
import { testEnvironment } from '@/components/chat/live/test-server'
import { messageIdOf } from '@/lib/agent/events'

const here = setUpClients()
const { openTab } = here

async function open(tab: ChatClient, sessionId: string) {
  const session = tab.session(sessionId)
  session.subscribe('head', () => {})
  await vi.waitFor(() => expect(session.head().status).toBe('ready'))
  return session
}

test('tells the other tabs once that it shows a session, however many of its parts are subscribed to', async () => {
  here.server.session('ses_a').ask('run_a', 'Why?')
  const sent: unknown[] = []
  const { environment } = testEnvironment({
    locks: navigator.locks,
    channel: (name) => {
      const channel = new BroadcastChannel(name)
      const post = channel.postMessage.bind(channel)
      channel.postMessage = (message: unknown) => {
        if (name.endsWith(':presence')) sent.push(message)
        post(message)
      }
      return channel
    },
  })
  const tab = here.make({ environment, timing: { debounce: 2 } })
  tab.connect()
  const session = await open(tab, 'ses_a')
  const before = sent.length
  for (let part = 0; part < 50; part++) session.subscribe(`part:${messageIdOf('run_a')}:${part}`, () => {})
  expect(sent.slice(before)).toEqual([])
  expect(sent).toContainEqual(expect.objectContaining({ presence: expect.objectContaining({ sessions: ['ses_a'] }) }))
})

test('seven tabs hold one connection, and each sees the sessions that it shows', async () => {
  for (let index = 0; index < 7; index++) here.server.session(`ses_${index}`).ask(`run_${index}`, 'Why?')
  const all = Array.from({ length: 7 }, () => openTab().tab)
  await Promise.all(all.map((tab, index) => open(tab, `ses_${index}`)))
  await vi.waitFor(() => expect(here.server.requests.at(-1)).toMatch(/(.*session){7}/))
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  for (let index = 0; index < 7; index++)
    here.server.session(`ses_${index}`).append(`run_${index}`, ...opening(`run_${index}`), word(`${index}`))
  for (const [index, tab] of all.entries()) {
    await vi.waitFor(() => expect(textIn(tab, `ses_${index}`, `run_${index}`)).toBe(`${index}`))
  }
  expect(here.server.streams()).toBe(1)
  expect(all.every((tab) => tab.connection.status().state === 'open')).toBe(true)
})

test('a tab that joins a session late has everything from the start', async () => {
  here.server.includeFold = false
  const session = here.server.session('ses_a')
  session.ask('run_a', 'Why?')
  const first = openTab().tab
  await open(first, 'ses_a')
  session.append('run_a', ...opening('run_a'), word('one '))
  await vi.waitFor(() => expect(textIn(first, 'ses_a', 'run_a')).toBe('one '))
  const second = openTab().tab
  await open(second, 'ses_a')
  await vi.waitFor(() => expect(textIn(second, 'ses_a', 'run_a')).toBe('one '))
  session.append('run_a', word('two'))
  for (const tab of [first, second]) await vi.waitFor(() => expect(textIn(tab, 'ses_a', 'run_a')).toBe('one two'))
  expect(here.server.streams()).toBe(1)
})

test('another tab leads when the leader closes, and no event is lost meanwhile', async () => {
  const session = here.server.session('ses_a')
  session.ask('run_a', 'Why?')
  session.append('run_a', ...opening('run_a'))
  const [first, second, third] = [openTab().tab, openTab().tab, openTab().tab]
  for (const tab of [first, second, third]) await open(tab, 'ses_a')
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  const words = Array.from({ length: 60 }, (_, index) => `${index} `)
  for (const [index, delta] of words.entries()) {
    session.append('run_a', word(delta))
    if (index === 20) first.disconnect()
    if (index === 40) second.disconnect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await vi.waitFor(() => expect(textIn(third, 'ses_a', 'run_a')).toBe(words.join('')))
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
})

test('a page that leaves gives the lead to another', async () => {
  here.server.session('ses_a')
  const leaving = openTab()
  await open(leaving.tab, 'ses_a')
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  const staying = openTab().tab
  const session = await open(staying, 'ses_a')
  leaving.fire('leave')
  await vi.waitFor(() => expect(staying.connection.status().state).toBe('open'))
  here.server.session('ses_a').ask('run_a', 'Still there?')
  await vi.waitFor(() => expect(session.messageIds()).toEqual(['usr_run_a']))
})

test('signing out in one tab ends the connection of all', async () => {
  const signedOut = [vi.fn(), vi.fn()]
  const [first, second] = signedOut.map((told) => openTab({ onSignedOut: told }).tab) as [ChatClient, ChatClient]
  here.server.session('ses_a')
  await open(first, 'ses_a')
  await open(second, 'ses_a')
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  second.signOut()
  for (const told of signedOut) await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1))
  await vi.waitFor(() => expect(here.server.streams()).toBe(0))
})

test('without Web Locks a tab has its own connection, gives it back while hidden and catches up when shown', async () => {
  let isHidden = false
  const { environment, fire } = testEnvironment()
  const tab = here.make({
    environment: { ...environment, isHidden: () => isHidden },
    timing: { debounce: 1 },
  })
  tab.connect()
  const session = here.server.session('ses_a')
  session.ask('run_a', 'Why?')
  await open(tab, 'ses_a')
  await vi.waitFor(() => expect(here.server.streams()).toBe(1))
  isHidden = true
  fire('hidden')
  await vi.waitFor(() => expect(here.server.streams()).toBe(0))
  session.append('run_a', ...opening('run_a'), word('while hidden'))
  isHidden = false
  fire('wake')
  await vi.waitFor(() => expect(textIn(tab, 'ses_a', 'run_a')).toBe('while hidden'))
})
