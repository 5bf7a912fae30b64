import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTranscript } from '@/components/chat/live/transcript'
import type { LongwatchMessage } from '@/lib/agent/events'

const message = (id: string): LongwatchMessage => ({ id, role: 'user', parts: [] })

test('ends in the order of the positions, whatever order the messages were stored in and whichever were live before', () => {
  const arrivals = fc.integer({ min: 1, max: 8 }).chain((count) => {
    const positions = Array.from({ length: count }, (_, index) => index + 1)
    return fc.tuple(fc.shuffledSubarray(positions, { minLength: count }), fc.subarray(positions), fc.nat(count))
  })
  fc.assert(
    fc.property(arrivals, ([order, live, loaded]) => {
      const transcript = createTranscript()
      transcript.load(Array.from({ length: loaded }, (_, index) => message(`m${index + 1}`)))
      for (const position of live) transcript.appendLive(`m${position}`)
      for (const position of order) transcript.place(message(`m${position}`), position)
      expect(transcript.ids()).toEqual(order.toSorted((left, right) => left - right).map((position) => `m${position}`))
    }),
  )
})

test('a question goes before the answer that is being written', () => {
  const transcript = createTranscript()
  transcript.appendLive('answer')
  transcript.place(message('question'), 3)
  expect(transcript.ids()).toEqual(['question', 'answer'])
})

test('loading again keeps older pages and what came meanwhile, and forgets what a gap separates', () => {
  const transcript = createTranscript()
  expect(transcript.load([message('c'), message('d')]).joined).toBe(false)
  transcript.prepend([message('a'), message('b')])
  transcript.place(message('e'), 5)
  transcript.appendLive('live')
  expect(transcript.load([message('c'), message('d')]).joined).toBe(true)
  expect(transcript.ids()).toEqual(['a', 'b', 'c', 'd', 'e', 'live'])
  expect(transcript.load([message('x'), message('y')]).joined).toBe(false)
  expect(transcript.ids()).toEqual(['x', 'y', 'live'])
  expect(transcript.has('a')).toBe(false)
})
