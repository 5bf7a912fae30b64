import { describe, expect, it } from 'vitest'
import { dayGroup, formatBytes, formatCount, formatDuration, formatValue } from '@/components/ui/format'

it.each([
  [0, '0 ms'],
  [340, '340 ms'],
  [2400, '2.4 s'],
  [59_960, '1 min 00 s'],
  [65_000, '1 min 05 s'],
  [Number.NaN, ''],
])('writes %d milliseconds as %s', (value, text) => expect(formatDuration(value)).toBe(text))

it.each([
  [512, '512 B'],
  [1400, '1.4 kB'],
  [14_200, '14 kB'],
  [3_100_000, '3.1 MB'],
])('writes %d bytes as %s', (value, text) => expect(formatBytes(value)).toBe(text))

it.each([
  [980, '980'],
  [1240, '1.2k'],
  [12_400, '12k'],
  [1_200_000, '1.2M'],
])('writes a count of %d as %s', (value, text) => expect(formatCount(value)).toBe(text))

it.each([
  [0.25, 's', '250 ms'],
  [1.5, 'seconds', '1.5 s'],
  [0.031, 'ratio', '3.1 %'],
  [2_500_000, 'bytes', '2.5 MB'],
  [42, undefined, '42'],
  [1234567, 'req/s', '1.235 M req/s'],
  [null, 's', '–'],
  [Number.NaN, undefined, '–'],
])('writes the value %s with unit %s as %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text))

describe('dayGroup', () => {
  const now = new Date(2026, 2, 15, 1, 0).getTime()
  it.each([
    [new Date(2026, 2, 15, 0, 30), 'Today'],
    [new Date(2026, 2, 14, 23, 59), 'Yesterday'],
    [new Date(2026, 2, 10), 'Last 7 days'],
    [new Date(2026, 1, 20), 'Last 30 days'],
    [new Date(2025, 1, 20), 'Older'],
    [new Date(2026, 2, 16), 'Today'],
  ])('puts %s under %s, by the calendar', (time, group) => expect(dayGroup(time.getTime(), now)).toBe(group))
})
