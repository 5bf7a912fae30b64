import { expect, test, vi } from 'vitest'
import { CommitRefused } from '@/lib/stores/commit'
import * as here from './errors'

/** As a route handler and the instrumentation see it: the same module, loaded twice. */
async function loadedAgain(): Promise<typeof here> {
  vi.resetModules()
  const again = await import('./errors')
  expect(again.LongwatchError).not.toBe(here.LongwatchError)
  return again
}

test('knows an error that another module graph threw', async () => {
  const there = await loadedAgain()
  const away = new there.StoreUnavailable()
  const missing = there.notFound('run')
  expect(away instanceof here.LongwatchError).toBe(true)
  expect(away instanceof here.StoreUnavailable).toBe(true)
  expect(missing instanceof here.LongwatchError).toBe(true)
  expect(missing instanceof here.StoreUnavailable).toBe(false)
})

test('takes nothing else for one of its errors', () => {
  expect(new Error('unavailable') instanceof here.LongwatchError).toBe(false)
  expect({ code: 'unavailable' } instanceof here.StoreUnavailable).toBe(false)
  expect(here.conflict('busy') instanceof here.StoreUnavailable).toBe(false)
  expect(here.conflict('busy') instanceof CommitRefused).toBe(false)
})

test('shows and logs no mark', () => {
  expect(Object.keys(new here.StoreUnavailable())).not.toContain('longwatch.error')
  expect(Reflect.ownKeys({ ...new here.StoreUnavailable() }).filter((key) => typeof key === 'symbol')).toEqual([])
})
