import { expect, test } from 'vitest'
import type { RunChunk } from '@/lib/agent/events'
import { mergeDeltas } from '@/lib/sessions/fold/merge'

const text = (id: string, delta: string): RunChunk => ({ type: 'text-delta', id, delta })

test('joins neighbours of one part, not across another chunk, part or kind', () => {
  const end: RunChunk = { type: 'text-end', id: 'b' }
  const reasoning: RunChunk = { type: 'reasoning-delta', id: 'a', delta: '6' }
  const signed: RunChunk = { type: 'text-delta', id: 'a', delta: '8', providerMetadata: { test: {} } }
  const chunks = [text('a', '1'), text('a', '2'), text('b', '3'), end, text('b', '4'), text('a', '5'), reasoning]
  expect(mergeDeltas([...chunks, text('a', '7'), signed, text('a', '9')])).toEqual([
    text('a', '12'),
    text('b', '3'),
    end,
    text('b', '4'),
    text('a', '5'),
    reasoning,
    text('a', '7'),
    signed,
    text('a', '9'),
  ])
})

test('joins tool input, too', () => {
  const input = (inputTextDelta: string): RunChunk => ({ type: 'tool-input-delta', toolCallId: 'a', inputTextDelta })
  expect(mergeDeltas([input('{'), input('}')])).toEqual([input('{}')])
})

test('stops at the limit, counted in bytes of UTF-8, and leaves a larger delta whole', () => {
  expect(mergeDeltas([text('a', '€'), text('a', '€'), text('a', '€')], 6)).toEqual([text('a', '€€'), text('a', '€')])
  expect(mergeDeltas([text('a', 'x'.repeat(5000)), text('a', 'y')])).toHaveLength(2)
})
