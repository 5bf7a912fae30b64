import { describe, expect, it } from 'vitest'
import { formatDuration, formatTime, parseDuration, parseRange, parseTime } from '@/lib/datasources/time'

const NOW = Date.parse('2026-03-01T12:00:00Z') / 1000

describe('points in time', () => {
  it.each([
    ['now', NOW],
    ['now-6h', NOW - 21_600],
    ['now - 1h30m', NOW - 5_400],
    ['now+5m', NOW + 300],
    ['30m', NOW - 1_800],
    ['2026-03-01T10:00:00Z', NOW - 7_200],
    ['2026-03-01T11:00:00.500+01:00', NOW - 7_199.5],
    [String(NOW - 60), NOW - 60],
    [`${NOW - 60}000`, NOW - 60],
  ])('reads %s', (text, expected) => {
    expect(parseTime(text, NOW)).toBeCloseTo(expected, 6)
  })

  it.each(['yesterday', '', 'now-6', 'now-', '2026-03-01', '2026-13-41T10:00:00Z', 'now-99999y', '-5', 'NaN', '1e400'])(
    'refuses %j with a sentence that says which forms are expected',
    (text) => {
      expect(() => parseTime(text, NOW, 'from')).toThrow(/"from" is ".*". Expected RFC3339 .*unix seconds.*"now-6h"/)
    },
  )

  it('refuses a range that ends before it begins, and says what time it is', () => {
    expect(() => parseRange({ from: 'now', to: 'now-1h' }, NOW)).toThrow(
      /must lie before.*It is 2026-03-01T12:00:00Z now/,
    )
  })

  it('takes the last hour when nothing is said', () => {
    expect(parseRange({}, NOW)).toEqual({ from: NOW - 3_600, to: NOW })
  })
})

describe('durations', () => {
  it.each([
    ['30s', 30],
    ['15m', 900],
    ['1h30m', 5_400],
    ['500ms', 0.5],
    ['1.5h', 5_400],
    ['60', 60],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  it.each(['0s', '0', '-5m', '5 minutes', 'm5', ''])('refuses %j with an example of what is expected', (text) => {
    expect(() => parseDuration(text, 'step')).toThrow(/"step" is .*Expected a positive duration such as "30s"/)
  })

  it('writes them back in full units', () => {
    expect([formatDuration(90), formatDuration(3_600), formatDuration(0.25)]).toEqual(['1m30s', '1h', '250ms'])
    expect(formatTime(NOW)).toBe('2026-03-01T12:00:00Z')
  })
})
