import { expect, test } from 'vitest'
import { notificationsFor, titlePrefix } from '@/components/attention/words'
import type { Happening } from '@/components/chat/live/happenings'

const ended = (id: string, more: Partial<Extract<Happening, { kind: 'ended' }>> = {}): Happening => ({
  kind: 'ended',
  id,
  sessionId: `ses_${id}`,
  title: 'Why is it slow?',
  outcome: 'completed',
  mine: true,
  ...more,
})
const waits = (id: string): Happening => ({ kind: 'waits', id, sessionId: 'ses_w', title: 'Restart it' })

test('the title counts conversations, and a hand says that one waits', () => {
  expect(titlePrefix({ conversations: 0, waits: false })).toBe('')
  expect(titlePrefix({ conversations: 2, waits: false })).toBe('(2) ')
  expect(titlePrefix({ conversations: 2, waits: true })).toBe('✋ (2) ')
})

test('each happening has a notification with its session’s title and a tag of its own', () => {
  const [first, second, third] = notificationsFor(
    [ended('run_1'), ended('run_2', { outcome: 'failed', title: '' }), waits('apr_1')],
    'Acme',
  )
  expect(first).toEqual({
    title: 'Why is it slow? · Acme',
    body: 'The answer is there.',
    tag: 'longwatch:run_1',
    sessionId: 'ses_run_1',
    kind: 'ended',
  })
  expect(second).toMatchObject({ title: 'New session · Acme', body: 'The run failed.', tag: 'longwatch:run_2' })
  expect(third).toMatchObject({ title: 'Restart it · Acme', body: 'A tool call waits for your approval.' })
})

test('many at once are one', () => {
  const [all, ...others] = notificationsFor([...['1', '2', '3'].map((id) => ended(id)), waits('apr_1')], 'Acme')
  expect(others).toEqual([])
  expect(all).toMatchObject({ body: '3 runs have ended, 1 tool call waits for you.', sessionId: null, kind: 'waits' })
})
