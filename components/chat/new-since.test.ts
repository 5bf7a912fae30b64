import { describe, expect, it } from 'vitest'
import { newSince } from '@/components/chat/new-since'

const left = { lastId: 'b', parts: 2, count: 2 }
const parts = (counts: Record<string, number>) => (id: string) => counts[id] ?? 0

describe('what came since the reader left the end', () => {
  it('is nothing while only words are added to what was there', () => {
    expect(newSince(left, { ids: ['a', 'b'], partsOf: parts({ b: 2 }) })).toBe(0)
  })

  it('counts new parts of the answer that was being written, and each message behind it', () => {
    expect(newSince(left, { ids: ['a', 'b'], partsOf: parts({ b: 5 }) })).toBe(3)
    expect(newSince(left, { ids: ['a', 'b', 'c', 'd'], partsOf: parts({ b: 3, c: 9 }) })).toBe(3)
  })

  it('does not count older messages that were loaded, nor parts that were taken back', () => {
    expect(newSince(left, { ids: ['x', 'y', 'a', 'b'], partsOf: parts({ b: 1 }) })).toBe(0)
  })

  it('goes by places when the last message has another id by now', () => {
    expect(newSince(left, { ids: ['a', 'stored', 'c'], partsOf: parts({}) })).toBe(1)
    expect(newSince({ ...left, lastId: undefined, count: 0 }, { ids: ['a'], partsOf: parts({}) })).toBe(1)
  })
})
