import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomId } from '@/lib/ids'
import { Collection } from '@/lib/stores/collection'
import { CommitRefused, commitOrThrow, retryOnConflict } from '@/lib/stores/commit'
import type { Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

const numbers = new Collection<{ value: number }>({ name: 'numbers', v: 1 })

describe('commit helpers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-commit-'))
  let store: Store

  beforeAll(async () => {
    store = await openSqliteStore({ file: join(folder, 'store.db') })
  })
  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  it('throws a conflict that says what was refused and why', async () => {
    const commit = (by: number) =>
      commitOrThrow(store, {
        partition: 'p',
        operationId: randomId(8),
        operations: [numbers.check('absent', 0), { kind: 'count', counter: 'limited', by, limit: 3 }],
      })
    expect(await commit(2)).toEqual([0, 2])
    const refused = await commit(2).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(CommitRefused)
    expect(refused).toMatchObject({ code: 'conflict', reason: 'limit', operation: 1, actual: 2 })
  })

  it('repeats a change that met another, and gives up after the attempts allowed', async () => {
    await commitOrThrow(store, {
      partition: 'p',
      operationId: randomId(8),
      operations: [numbers.put('n', { value: 0 })],
    })
    const increment = async () => {
      const found = await numbers.get(store, 'p', 'n')
      const operations = [numbers.put('n', { value: (found?.body.value ?? 0) + 1 }, { ifVersion: found?.version })]
      await commitOrThrow(store, { partition: 'p', operationId: randomId(8), operations })
    }
    await Promise.all(Array.from({ length: 8 }, () => retryOnConflict(50, increment)))
    expect((await numbers.get(store, 'p', 'n'))?.body.value).toBe(8)

    let calls = 0
    const hopeless = retryOnConflict(3, () => {
      calls += 1
      throw new CommitRefused({ status: 'refused', operation: 0, reason: 'version', actual: 1 })
    })
    await expect(hopeless).rejects.toBeInstanceOf(CommitRefused)
    expect(calls).toBe(3)
  })

  it('does not repeat what a repetition cannot help', async () => {
    let calls = 0
    for (const reason of ['fenced', 'limit'] as const) {
      const refused = retryOnConflict(5, () => {
        calls += 1
        throw new CommitRefused({ status: 'refused', operation: 0, reason, actual: 1 })
      })
      await expect(refused).rejects.toMatchObject({ reason })
    }
    expect(calls).toBe(2)
  })
})
