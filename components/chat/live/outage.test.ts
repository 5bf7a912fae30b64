import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createOutageWatch, type Outage } from '@/components/chat/live/outage'

let told: Outage[]
let watch: ReturnType<typeof createOutageWatch>

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  told = []
  watch = createOutageWatch(() => told.push(watch.view()))
})
afterEach(() => {
  watch.pause()
  vi.useRealTimers()
})

const now = () => Date.now()
const states = () => told.map(({ state }) => state)

test('a break of less than two seconds is never more than brief', () => {
  watch.update({ state: 'open' })
  watch.update({ state: 'reconnecting', since: now() })
  vi.advanceTimersByTime(1_999)
  watch.update({ state: 'open' })
  vi.advanceTimersByTime(60_000)
  expect(states()).toEqual(['brief', 'none'])
})

test('also when the browser says at once that it has no network', () => {
  watch.update({ state: 'open' })
  watch.update({ state: 'offline', since: now() })
  vi.advanceTimersByTime(1_999)
  watch.update({ state: 'reconnecting', since: now() - 1_999 })
  watch.update({ state: 'open' })
  vi.advanceTimersByTime(60_000)
  expect(states()).toEqual(['brief', 'none'])
})

test('after two seconds it says that it reconnects, after fifteen that the server is out of reach', () => {
  const since = now()
  watch.update({ state: 'reconnecting', since })
  vi.advanceTimersByTime(2_000)
  expect(watch.view()).toEqual({ state: 'reconnecting', since })
  for (let attempt = 0; attempt < 5; attempt++) watch.update({ state: 'reconnecting', since })
  vi.advanceTimersByTime(12_999)
  expect(watch.view().state).toBe('reconnecting')
  vi.advanceTimersByTime(1)
  expect(watch.view()).toEqual({ state: 'offline', since, reason: 'server' })
  expect(states()).toEqual(['brief', 'reconnecting', 'offline'])
})

test('without a network it is offline after two seconds, and reconnects when the network is back', () => {
  const since = now()
  watch.update({ state: 'offline', since })
  vi.advanceTimersByTime(2_000)
  expect(watch.view()).toEqual({ state: 'offline', since, reason: 'network' })
  vi.advanceTimersByTime(4_000)
  watch.update({ state: 'reconnecting', since })
  expect(watch.view()).toEqual({ state: 'reconnecting', since })
  watch.update({ state: 'open' })
  expect(watch.view()).toEqual({ state: 'none' })
})

test('another tab that takes the connection over does not begin the break anew', () => {
  const since = now()
  watch.update({ state: 'reconnecting', since })
  vi.advanceTimersByTime(1_500)
  watch.update({ state: 'connecting' })
  vi.advanceTimersByTime(500)
  expect(watch.view()).toEqual({ state: 'reconnecting', since })
})

test('a first connection that never comes is told like a break', () => {
  watch.update({ state: 'connecting' })
  expect(states()).toEqual(['brief'])
  vi.advanceTimersByTime(2_000)
  expect(states()).toEqual(['brief', 'reconnecting'])
})

test('signing out is no outage', () => {
  watch.update({ state: 'reconnecting', since: now() })
  watch.update({ state: 'signed-out' })
  vi.advanceTimersByTime(60_000)
  expect(watch.view()).toEqual({ state: 'none' })
})
