import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SealedText } from '@/lib/mcp/config'
import { resealStore } from '@/lib/secrets/reseal'
import { createSecretBox } from '@/lib/secrets/secret-box'
import type { Json, Operation, Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'
import { openSqliteSource } from '@/lib/stores/sqlite/transfer'

const key = (id: string) => ({ id, key: randomBytes(32) })
const [old, fresh] = [key('old'), key('new')]
const before = createSecretBox([old])
const rotating = createSecretBox([fresh, old])
const after = createSecretBox([fresh])

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longwatch-reseal-'))
  store = await openSqliteStore({ file: join(folder, 'a.db') })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const source = () => openSqliteSource(join(folder, 'a.db'))
const put = (id: string, body: Json, more: object = {}): Operation => ({
  kind: 'put',
  collection: 'servers',
  id,
  v: 1,
  body,
  indexes: [{ index: 'all', group: 'all', sort: 1 }],
  ...more,
})
const save = (operations: Operation[]) =>
  store.commit({ partition: 'acme', operationId: randomBytes(8).toString('hex'), operations })
interface Stored {
  url: string
  token: SealedText
  headers: { A: SealedText }
  list: [SealedText]
}

const bodyOf = async (id: string) => (await store.get('acme', 'servers', id))?.body as unknown as Stored

describe('sealing anew', () => {
  it('gives every secret of every document the newest key, at any depth, and leaves the rest as it is', async () => {
    await save([
      put('one', {
        name: 'x',
        headers: { A: { ...before.seal('first', 'acme') } },
        list: [{ ...before.seal('second', 'acme') }],
      }),
      put('two', { apiKey: { ...rotating.seal('third', 'acme') } }),
      put('three', { note: 'the word "sealed" alone is no secret', sealed: 'k.x', other: 1 }),
      put('four', { token: { ...before.seal('fourth', 'acme') } }, { expiresIn: 60_000 }),
    ])
    expect(await resealStore(store, source, rotating)).toEqual({ current: 1, resealed: 3, documents: 2 })
    const one = await bodyOf('one')
    expect(after.open(one.headers.A, 'acme')).toBe('first')
    expect(after.open(one.list[0], 'acme')).toBe('second')
    expect(after.open((await bodyOf('four')).token, 'acme')).toBe('fourth')
    expect(await bodyOf('three')).toMatchObject({ sealed: 'k.x' })
    const list = {
      partition: 'acme',
      collection: 'servers',
      index: 'all',
      group: 'all',
      order: 'ascending',
      limit: 9,
    } as const
    expect((await store.list(list)).map(({ id, version }) => [id, version])).toEqual([
      ['four', 2],
      ['one', 2],
      ['three', 1],
      ['two', 1],
    ])
    // Nothing is left to do.
    expect(await resealStore(store, source, rotating)).toEqual({ current: 4, resealed: 0, documents: 0 })
  })

  it('does not undo a change that somebody makes meanwhile', async () => {
    await save([put('one', { url: 'a', token: { ...before.seal('secret', 'acme') } })])
    let disturbed = false
    const disturbing: Store = Object.create(store, {
      commit: {
        value: async (input: Parameters<Store['commit']>[0]) => {
          if (!disturbed) await save([put('one', { url: 'b', token: { ...before.seal('secret', 'acme') } })])
          disturbed = true
          return store.commit(input)
        },
      },
    })
    await resealStore(disturbing, source, rotating)
    const one = await bodyOf('one')
    expect(one.url).toBe('b')
    expect(after.open(one.token, 'acme')).toBe('secret')
  })

  it('stops at a secret that none of the keys opens', async () => {
    await save([put('one', { token: { ...createSecretBox([key('lost')]).seal('secret', 'acme') } })])
    await expect(resealStore(store, source, rotating)).rejects.toMatchObject({ code: 'internal' })
  })
})
