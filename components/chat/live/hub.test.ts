import { expect, test } from 'vitest'
import { boundWatches, isBehind, olderCursor } from '@/components/chat/live/cursors'
import { createHub } from '@/components/chat/live/hub'

const key = 'session:s'
const run = (runId: string, n: number) =>
  ({ type: 'run', data: { sessionId: 's', runId, n, chunk: { type: 'finish-step' } } }) as const

test('orders cursors by run, then by event; no cursor knows nothing', () => {
  expect(isBehind('run_1.9', 'run_1.10')).toBe(true)
  expect(isBehind('run_1.99', 'run_2.1')).toBe(true)
  expect(isBehind('run_2.1', 'run_1.99')).toBe(false)
  expect(isBehind(null, 'run_1.0')).toBe(true)
  expect(isBehind('run_1.0', null)).toBe(false)
  expect(olderCursor('run_1.9', 'run_1.10')).toBe('run_1.9')
  expect(olderCursor(null, 'run_1.3')).toBe('run_1.3')
})

test('connects anew for a tab that is behind, from its cursor, and not for one in step', () => {
  const hub = createHub()
  expect(hub.want('one', [{ key, cursor: 'run_1.5' }], [])).toBe(true)
  expect(hub.watches()).toEqual([{ key, cursor: 'run_1.5' }])
  hub.opened(hub.watches())
  hub.delivered(run('run_1', 6))
  hub.delivered(run('run_1', 7))
  expect(hub.want('two', [{ key, cursor: 'run_1.7' }], [])).toBe(false)
  expect(hub.want('three', [{ key, cursor: 'run_1.2' }], [])).toBe(true)
  expect(hub.watches()).toEqual([{ key, cursor: 'run_1.2' }])
  hub.opened(hub.watches())
  expect(hub.watches()).toEqual([{ key, cursor: 'run_1.2' }])
  hub.delivered(run('run_1', 3))
  expect(hub.watches()).toEqual([{ key, cursor: 'run_1.3' }])
  expect(hub.want('one', [{ key, cursor: 'run_1.7' }], [])).toBe(false)
  expect(hub.want('one', [{ key, cursor: 'run_1.1' }], [key])).toBe(true)
})

test('keeps the cursor of a tab that joined while the request was under way', () => {
  const hub = createHub()
  hub.want('one', [{ key, cursor: 'run_1.5' }], [])
  const sent = hub.watches()
  hub.want('two', [{ key, cursor: 'run_1.2' }], [])
  hub.opened(sent)
  expect(hub.watches()).toEqual([{ key, cursor: 'run_1.2' }])
})

test('drops what no living tab wants', () => {
  const hub = createHub()
  hub.want('one', [{ key, cursor: null }], [])
  hub.want('two', [{ key: 'org:o', cursor: null }], [])
  hub.opened(hub.watches())
  expect(hub.keep(new Set(['two']))).toBe(true)
  expect(hub.watches()).toEqual([{ key: 'org:o', cursor: null }])
  expect(hub.want('two', [], [])).toBe(true)
  expect(hub.watches()).toEqual([])
})

test('asks for no more watches than one request may carry: organisations, then the newest sessions', () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ key: `session:${index}`, cursor: null }))
  const bounded = boundWatches([...many, { key: 'org:o', cursor: null }])
  expect(bounded).toHaveLength(32)
  expect(bounded.map((watch) => watch.key)).toContain('org:o')
  expect(bounded.at(-1)?.key).toBe('session:39')
})
