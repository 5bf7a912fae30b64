import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunChunk } from '@/lib/agent/events'
import { emptyFold, foldChunks, messageOf } from '@/lib/sessions/fold'
import { closingChunks, hasOpenParts, NOT_MADE } from '@/lib/sessions/fold/close'
import { randomLog } from '@/lib/sessions/fold/random-log'

test('leaves nothing open, wherever the log was cut', () => {
  fc.assert(
    fc.property(randomLog(), fc.nat(60), (log, cut) => {
      const state = foldChunks(emptyFold('msg_run_test'), log.slice(0, Math.min(cut, log.length - 1)))
      const chunks = closingChunks(state, 'Stopped.')
      const closed = foldChunks(state, chunks)
      expect(hasOpenParts(closed)).toBe(false)
      expect(closed.ignored).toBe(state.ignored)
      expect(closed.parts).toHaveLength(state.parts.length)
      expect(chunks.length > 0).toBe(hasOpenParts(state))
      for (const part of messageOf(closed).parts)
        if ('state' in part) expect(part.state).not.toMatch(/streaming|input-available/)
    }),
    { numRuns: 150 },
  )
})

test('closes in the order of the message, and says why to the calls', () => {
  const log: RunChunk[] = [
    { type: 'start-step' },
    { type: 'reasoning-start', id: 'r' },
    { type: 'text-start', id: 't' },
    { type: 'tool-input-available', toolCallId: 'asked', toolName: 'q', input: { a: 1 }, dynamic: true },
    { type: 'tool-input-start', toolCallId: 'typing', toolName: 'q', dynamic: true },
    { type: 'tool-input-delta', toolCallId: 'typing', inputTextDelta: '{"a' },
  ]
  expect(closingChunks(foldChunks(emptyFold('m'), log), 'Stopped.')).toEqual([
    { type: 'reasoning-end', id: 'r' },
    { type: 'text-end', id: 't' },
    { type: 'tool-output-error', toolCallId: 'asked', errorText: 'Stopped.', dynamic: true },
    { type: 'tool-input-error', toolCallId: 'typing', toolName: 'q', input: {}, errorText: 'Stopped.', dynamic: true },
  ])
})

test('says of a call that waited for a decision that it was not made, and of one that was sent that nobody knows', () => {
  const ask = (toolCallId: string, decision?: 'approve'): RunChunk => ({
    type: 'data-approval',
    id: toolCallId,
    data: {
      approvalId: toolCallId,
      toolCallId,
      toolName: 'q',
      server: 's',
      tool: 'q',
      risk: 'write',
      arguments: {},
      definition: '',
      decidableBy: 'asker',
      askedAt: 0,
      expiresAt: 1,
      ...(decision && { decision }),
    },
  })
  const log: RunChunk[] = [
    { type: 'start-step' },
    ...['waits', 'approved', 'sent'].map(
      (toolCallId): RunChunk => ({ type: 'tool-input-available', toolCallId, toolName: 'q', input: {}, dynamic: true }),
    ),
    ask('waits'),
    ask('approved', 'approve'),
    ask('sent'),
    { type: 'data-tool-progress', data: { toolCallId: 'sent', status: 'started' }, transient: true },
  ]
  const told = closingChunks(foldChunks(emptyFold('m'), log), 'Stopped.')
  expect(told.map((chunk) => 'errorText' in chunk && chunk.errorText)).toEqual([NOT_MADE, 'Stopped.', 'Stopped.'])
})
