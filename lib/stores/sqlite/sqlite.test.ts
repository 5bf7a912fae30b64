import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '@/lib/errors'
import { randomId } from '@/lib/ids'
import type { Store } from '@/lib/stores/contract'
import { describeStoreContract } from '@/lib/stores/contract-suite'
import { AMPLE, append, applied, commit, put } from '@/lib/stores/contract-suite/pair'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

describeStoreContract('sqlite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-sqlite-'))
  const file = join(folder, 'store.db')
  const [first, second] = await Promise.all([openSqliteStore({ file }), openSqliteStore({ file })])
  return {
    first,
    second,
    child: { module: '@/lib/stores/sqlite/open', open: 'openSqliteStore', options: { file } },
    dispose: async () => {
      await Promise.all([first.close(), second.close()])
      rmSync(folder, { recursive: true })
    },
  }
})

describe('the SQLite driver', () => {
  let folder: string
  let file: string
  const stores: Store[] = []

  const open = async (options: { busyBoundMs?: number } = {}) => {
    const store = await openSqliteStore({ file, ...options })
    stores.push(store)
    return store
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'longwatch-sqlite-'))
    file = join(folder, 'data', 'store.db')
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
    rmSync(folder, { recursive: true })
  })

  it('makes its folder and keeps its files to its owner', async () => {
    const store = await open()
    await applied(commit(store, 'p', [put('a', 1)]))
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(name).mode & 0o777).toBe(0o600)
  })

  it('keeps everything over a restart, remembered operation ids included', async () => {
    const before = await open()
    const lease = await before.acquireLease('p', 'lease', 'me', 60_000)
    const operations = [
      put('a', 'kept', { indexes: [{ index: 'all', group: '', sort: 1 }] }),
      append('log', 1, ['1', '2']),
      { kind: 'count', counter: 'c', by: 3 } as const,
    ]
    await applied(before.commit({ partition: 'p', operationId: 'once', operations }))
    const log = await before.readLog('p', 'log', 0, AMPLE)
    await before.close()
    expect(existsSync(`${file}-wal`)).toBe(false)

    const after = await open()
    expect(await after.commit({ partition: 'p', operationId: 'once', operations })).toMatchObject({ repeated: true })
    expect(await after.get('p', 'things', 'a')).toMatchObject({ version: 1, body: 'kept' })
    expect(await after.readLog('p', 'log', 0, AMPLE)).toEqual(log)
    expect(await after.readCounter('p', 'c')).toBe(3)
    expect(await after.readLease('p', 'lease')).toMatchObject({ holder: 'me', token: lease.acquired && lease.token })
  })

  it('gives each of the writes that share a transaction its own fate', async () => {
    const store = await open()
    await applied(commit(store, 'p', [put('a', 1)]))
    const [kept, refused, failed, last] = await Promise.allSettled([
      commit(store, 'p', [put('b', 2), append('log', 1, ['1'])]),
      commit(store, 'p', [put('c', 3), append('log', 3, ['3'])]),
      // No column of the file takes half a schema version.
      commit(store, 'p', [put('d', 4), { kind: 'append', log: 'log', v: 1.5, expectedNext: 2, entries: ['2'] }]),
      commit(store, 'p', [append('log', 2, ['2'])]),
    ])
    expect(kept).toMatchObject({ value: { status: 'applied', values: [1, 1] } })
    expect(refused).toMatchObject({ value: { status: 'refused', reason: 'next', actual: 2 } })
    expect(failed).toMatchObject({ reason: { code: 'internal' } })
    expect(last).toMatchObject({ value: { status: 'applied', values: [2] } })
    expect(await store.getMany('p', 'things', ['a', 'b', 'c', 'd'])).toMatchObject([
      { body: 1 },
      { body: 2 },
      null,
      null,
    ])
    expect((await store.readLog('p', 'log', 0, AMPLE)).entries.map(({ data }) => data)).toEqual(['1', '2'])
  })

  it('shows a read what was asked for before it', async () => {
    const store = await open()
    const written = commit(store, 'p', [put('a', 1)])
    expect(await store.get('p', 'things', 'a')).toMatchObject({ body: 1 })
    await applied(written)
  })

  it('waits for another process that holds the file, without blocking, and then goes on', async () => {
    const store = await open()
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const counting = setInterval(() => {
      turns += 1
      if (turns === 8) other.exec('COMMIT')
    }, 5)
    await applied(commit(store, 'p', [put('a', 1)]))
    clearInterval(counting)
    other.close()
    expect(turns).toBeGreaterThanOrEqual(8)
    expect(await store.get('p', 'things', 'a')).toMatchObject({ body: 1 })
  })

  it('holds the process up once, and not for each read, when another process holds the file', async () => {
    const store = await open()
    await applied(commit(store, 'p', [put('a', 1)]))
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const written = commit(store, 'p', [put('a', 2)])
    const began = performance.now()
    const reads = Array.from({ length: 20 }, () => store.get('p', 'things', 'a'))
    // One try waits 20 ms; 20 of them would take 400.
    expect(performance.now() - began).toBeLessThan(5 * 20)
    for (const read of await Promise.all(reads)) expect(read).toMatchObject({ body: 1 })
    other.exec('COMMIT')
    other.close()
    await applied(written)
    expect(await store.get('p', 'things', 'a')).toMatchObject({ body: 2 })
  })

  it('says unavailable when the file stays busy, applies nothing, and reads go on meanwhile', async () => {
    const store = await open({ busyBoundMs: 60 })
    await applied(commit(store, 'p', [put('a', 1)]))
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const refused = commit(store, 'p', [put('a', 2)])
    expect(await store.get('p', 'things', 'a')).toMatchObject({ body: 1 })
    await expect(refused).rejects.toBeInstanceOf(StoreUnavailable)
    other.exec('ROLLBACK')
    other.close()
    expect(await store.get('p', 'things', 'a')).toMatchObject({ version: 1 })
    await applied(commit(store, 'p', [put('a', 3)]))
  })

  it('refuses a file that is no database, leaves it alone, and says so without the driver’s words', async () => {
    const foreign = join(folder, 'notes.txt')
    const content = 'these are somebody’s notes, and not a database at all\n'.repeat(50)
    writeFileSync(foreign, content)
    const refused = await openSqliteStore({ file: foreign }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreUnavailable)
    expect(refused).toMatchObject({ code: 'unavailable', dependency: 'store' })
    expect(String(refused)).toContain('notes.txt is not a database of Longwatch')
    expect(statSync(foreign).size).toBe(Buffer.byteLength(content))
  })

  it('refuses somebody else’s database and one of a newer version', async () => {
    const foreign = join(folder, 'foreign.db')
    const database = new DatabaseSync(foreign)
    database.exec('CREATE TABLE theirs (a)')
    await expect(openSqliteStore({ file: foreign })).rejects.toThrow('not one of Longwatch')
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1)
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' })
    database.close()

    await open()
    const newer = new DatabaseSync(file)
    newer.exec('PRAGMA user_version = 999')
    newer.close()
    await expect(openSqliteStore({ file })).rejects.toThrow('newer version')
  })

  it('refuses a place where no file can be made', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expect(openSqliteStore({ file: join(folder, 'file', 'store.db') })).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(openSqliteStore({ file: folder })).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('answers nothing but unavailable after close, and closes twice', async () => {
    const store = await open()
    await store.close()
    await store.close()
    const calls = [
      () => commit(store, 'p', [put('a', 1)]),
      () => store.get('p', 'things', 'a'),
      () => store.readLog('p', 'log', 0, AMPLE),
      () => store.acquireLease('p', 'l', 'me', 10),
      () => store.subscribe('topic', () => {}),
      () => store.signal(['topic']),
      () => store.sweep(1),
      () => store.ping(),
    ]
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('forgets operation ids after 15 minutes, and only then', async () => {
    const store = await open()
    const operationId = randomId(8)
    const count = () =>
      store.commit({ partition: 'p', operationId, operations: [{ kind: 'count', counter: 'c', by: 1 }] })
    await applied(count())
    const database = new DatabaseSync(file)
    const age = (minutes: number) =>
      database.prepare('UPDATE operations SET applied_at = applied_at - ?').run(minutes * 60_000)
    age(14)
    await store.sweep(100)
    expect(await count()).toMatchObject({ repeated: true })
    age(2)
    await applied(commit(store, 'p', [put('newer', 1)]))
    expect(await store.sweep(100)).toBe(1)
    expect(await count()).toEqual({ status: 'applied', values: [2], repeated: false })
    age(16)
    expect(await count()).toEqual({ status: 'applied', values: [3], repeated: false })
    database.close()
  })

  it('leaves no row behind when what expired or was dropped is swept', async () => {
    const store = await open()
    await applied(
      commit(store, 'p', [
        put('a', 1, { expiresIn: 1, indexes: [{ index: 'all', group: '', sort: 1 }] }),
        append('dropped', 1, ['1', '2', '3']),
        append('expired', 1, ['1', '2', '3']),
        { kind: 'expire-log', log: 'expired', expiresIn: 1 },
        { kind: 'drop-log', log: 'dropped' },
        { kind: 'count', counter: 'c', by: 1, expiresIn: 1 },
      ]),
    )
    const database = new DatabaseSync(file)
    const rows = () =>
      ['documents', 'places', 'logs', 'log_entries', 'dropped_logs', 'counters'].map((table) =>
        Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows),
      )
    expect(rows()).toEqual([1, 1, 1, 6, 1, 1])
    await expect.poll(() => store.readCounter('p', 'c')).toBe(0)
    expect(await store.sweep(2)).toBe(2)
    while ((await store.sweep(2)) > 0);
    expect(rows()).toEqual([0, 0, 0, 0, 0, 0])
    database.close()
  })
})
