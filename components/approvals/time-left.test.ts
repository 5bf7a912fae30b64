import { describe, expect, it } from 'vitest'
import { leftWords } from '@/components/approvals/time-left'

describe('the time left to decide', () => {
  it('is told in the two largest units', () => {
    expect(leftWords(86_400_000 + 3 * 3_600_000)).toBe('1 d 3 h left')
    expect(leftWords(5 * 3_600_000 + 2 * 60_000 + 59_000)).toBe('5 h 02 min left')
    expect(leftWords(4 * 60_000 + 9_500)).toBe('4 min 09 s left')
    expect(leftWords(0)).toBe('time is up')
    expect(leftWords(-1)).toBe('time is up')
  })
})
