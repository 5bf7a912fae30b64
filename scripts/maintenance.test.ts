import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeSecretKeys, keepSecret, newSecretKey } from '@/lib/secrets/keys'
import { createSecretBox } from '@/lib/secrets/secret-box'
import type { Store } from '@/lib/stores/contract'
import { openRedisStore } from '@/lib/stores/redis/open'
import { type RedisServer, startRedisServer } from '@/lib/stores/redis/redis-server'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { maintain as command } from './testing/command.ts'

let folder: string
let redis: RedisServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longwatch-maintenance-'))
  redis = await startRedisServer()
})
afterAll(async () => {
  await redis.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const directory = () => mkdtempSync(join(folder, 'data-'))
const keysIn = (data: string) => readFileSync(join(data, 'secrets/secret-key'), 'utf8').trim()
const boxOf = (keys: string) => createSecretBox(decodeSecretKeys(keys) ?? expect.fail())

async function save(store: Store, keys: string) {
  await store.commit({
    partition: 'acme',
    operationId: 'save',
    operations: [
      {
        kind: 'put',
        collection: 'c',
        id: 'd',
        v: 1,
        body: { key: { ...boxOf(keys).seal('sk-1', 'acme') } },
        indexes: [],
      },
    ],
  })
}
async function secretIn(store: Store, keys: string): Promise<string> {
  const found = await store.get('acme', 'c', 'd')
  await store.close()
  return boxOf(keys).open(
    (found?.body as unknown as { key: { sealed: string } } | undefined)?.key ?? expect.fail(),
    'acme',
  )
}

describe('backup, restore and rotate-key', () => {
  it('take a store to another place and seal it with another key', async () => {
    const data = directory()
    keepSecret(data, 'secret-key', newSecretKey)
    const before = keysIn(data)
    const store = await openSqliteStore({ file: join(data, 'longwatch.db') })
    await save(store, before)

    const file = join(folder, 'a.backup.gz')
    const backup = await command('backup', [file], { DATA_DIR: data })
    expect(backup).toMatchObject({ code: 0, text: expect.stringContaining('1 records of the sqlite store') })
    expect((await command('backup', [file], { DATA_DIR: data })).text).toContain('already')

    // A server that runs would seal with a key that is about to go, and not know the new one.
    const refused = await command('rotate-key', [], { DATA_DIR: data })
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('stop Longwatch first') })
    expect(keysIn(data)).toBe(before)
    await store.close()
    const rotated = await command('rotate-key', [], { DATA_DIR: data })
    expect(rotated).toMatchObject({ code: 0, text: expect.stringContaining('1 secrets in 1 records') })
    const after = keysIn(data)
    expect(after).toMatch(/^k2:[^,]+$/)
    expect(await secretIn(await openSqliteStore({ file: join(data, 'longwatch.db') }), after)).toBe('sk-1')

    const secrets = { NEXTAUTH_SECRET: 'x'.repeat(32) }
    const toRedis = { ...secrets, REDIS_URL: redis.url, LONGWATCH_SECRET_KEY: before }
    expect(await command('restore', [file], toRedis)).toMatchObject({ code: 0 })
    expect(await command('restore', [file], toRedis)).toMatchObject({
      code: 1,
      text: expect.stringContaining('not empty'),
    })
    expect(await secretIn(await openRedisStore({ url: redis.url }), before)).toBe('sk-1')

    // With one key it says what to do, and changes nothing.
    const told = await command('rotate-key', [], toRedis)
    expect(told).toMatchObject({ code: 0, text: expect.stringContaining('k2:') })
    const newest = /k2:\S+/.exec(told.text)?.[0] ?? expect.fail()
    const both = { ...toRedis, LONGWATCH_SECRET_KEY: `${newest},${before}` }
    expect((await command('rotate-key', [], both)).text).toContain('1 secrets in 1 records')
    expect(await secretIn(await openRedisStore({ url: redis.url }), newest)).toBe('sk-1')
  }, 60_000)

  it('say in one sentence what is wrong, with exit code 1, and leave nothing half done', async () => {
    const data = directory()
    const absent = await command('restore', [join(folder, 'absent')], { DATA_DIR: data })
    expect(absent).toMatchObject({ code: 1, text: expect.stringContaining('no file') })
    expect(await command('restore', [], { DATA_DIR: data })).toMatchObject({ code: 1 })
    const away = {
      NEXTAUTH_SECRET: 'x'.repeat(32),
      LONGWATCH_SECRET_KEY: newSecretKey(),
      REDIS_URL: 'redis://127.0.0.1:1',
    }
    const file = join(folder, 'never.gz')
    expect(await command('backup', [file], away)).toMatchObject({
      code: 1,
      text: expect.stringContaining('cannot be reached'),
    })
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([])
  }, 60_000)
})
