import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { countRequest } from '@/lib/http/request-limit'
import type { Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

let folder: string
let one: Store
let two: Store

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwatch-limit-'))
  one = await openSqliteStore({ file: join(folder, 'test.db') })
  two = await openSqliteStore({ file: join(folder, 'test.db') })
})
afterAll(async () => {
  await one.close()
  await two.close()
  await rm(folder, { recursive: true })
})

it('refuses a principal’s calls beyond the limit, counted over all instances, and says when to try again', async () => {
  const ada = { kind: 'user', id: `ada-${Date.now()}` } as const
  const calls = await Promise.allSettled(
    // Two minutes' worth, in case the minute changes in between.
    Array.from({ length: 21 }, (_, n) => countRequest(n % 2 ? one : two, ada, 10)),
  )
  const refused = calls.filter((call) => call.status === 'rejected').map((call) => call.reason)
  expect(refused.length).toBeGreaterThanOrEqual(1)
  expect(refused[0]).toMatchObject({ code: 'rate_limited' })
  expect(refused[0].retryAfterSeconds).toBeGreaterThan(0)
  expect(refused[0].retryAfterSeconds).toBeLessThanOrEqual(60)
})

it('lets no more pass than the limit, however many are counted in advance, and lets those pass that were', async () => {
  const eve = { kind: 'user', id: `eve-${Date.now()}` } as const
  const limit = 400
  const calls = await Promise.allSettled(
    Array.from({ length: 3 * limit }, (_, n) => countRequest(n % 2 ? one : two, eve, limit)),
  )
  const passed = calls.filter(({ status }) => status === 'fulfilled').length
  // The minute may change in between; what one instance counted and the other could have used is at most a portion.
  expect(passed).toBeLessThanOrEqual(2 * limit)
  expect(passed).toBeGreaterThanOrEqual(limit - 8)
})

it('asks the store seldom for a principal that calls often', async () => {
  const kim = { kind: 'user', id: `kim-${Date.now()}` } as const
  let commits = 0
  const counting = new Proxy(one, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'commit') commits += 1
      return value.bind(target)
    },
  })
  for (let n = 0; n < 300; n += 1) await countRequest(counting, kim, 3_000)
  expect(commits).toBeLessThan(30)
})

it('does not count one principal’s calls against another', async () => {
  for (let n = 0; n < 5; n += 1) await countRequest(one, { kind: 'user', id: `p${n}` }, 1)
})
