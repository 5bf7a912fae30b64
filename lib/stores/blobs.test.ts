import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { randomId } from '@/lib/ids'
import { deleteBlob, readBlob, readText, writeBlob } from '@/lib/stores/blobs'
import type { Store } from '@/lib/stores/contract'
import { openSqliteStore } from '@/lib/stores/sqlite/open'

describe('blobs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longwatch-blobs-'))
  let store: Store

  beforeAll(async () => {
    store = await openSqliteStore({ file: join(folder, 'store.db') })
  })
  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  it('gives back bytes and text of several chunks exactly, whole and in ranges across chunk borders', async () => {
    const bytes = new Uint8Array(1_000_003).map((_, index) => (index * 31) % 256)
    const text = `${'ä😀"\n'.repeat(150_000)}${'\u0000'.repeat(400_000)}`
    for (const value of [bytes, text]) {
      const reference = await writeBlob(store, 'p', randomId(8), value)
      const whole = Buffer.from(value as string)
      expect(reference.bytes).toBe(whole.length)
      expect(reference.chunks.length).toBeGreaterThan(2)
      expect(whole.equals(await readBlob(store, 'p', reference))).toBe(true)
      for (const offset of [0, 1, 393_215, 393_216, 700_000, whole.length - 1, whole.length, whole.length + 5]) {
        const range = await readBlob(store, 'p', reference, offset, 500_000)
        expect(whole.subarray(offset, offset + 500_000).equals(range)).toBe(true)
      }
    }
  })

  it('gives back text as text, also where chunks had to be kept in base64', async () => {
    const text = `${'ä😀"\n'.repeat(150_000)}${'\u0000'.repeat(400_000)}`
    const reference = await writeBlob(store, 'p', 'text', text)
    expect((await readText(store, 'p', reference)) === text).toBe(true)
    expect(await readText(store, 'p', await writeBlob(store, 'p', 'no text', ''))).toBe('')
  })

  it('reads the chunks of a whole value side by side, a few at once', async () => {
    const reference = await writeBlob(store, 'p', 'whole', 'x'.repeat(2_000_000))
    const getMany = vi.spyOn(store, 'getMany')
    await readText(store, 'p', reference)
    expect(getMany.mock.calls.map((call) => call[2].length)).toEqual([4, 2])
    getMany.mockRestore()
  })

  it('keeps an empty value', async () => {
    const reference = await writeBlob(store, 'p', 'empty', '')
    expect(reference).toEqual({ blobId: 'empty', bytes: 0, chunks: [] })
    expect(await readBlob(store, 'p', reference, 0, 10)).toHaveLength(0)
  })

  it('reads only the chunks that hold the range', async () => {
    const reference = await writeBlob(store, 'p', 'range', 'x'.repeat(2_000_000))
    const getMany = vi.spyOn(store, 'getMany')
    await readBlob(store, 'p', reference, 800_000, 10)
    expect(getMany.mock.calls.map((call) => call[2])).toEqual([['range/2']])
    getMany.mockRestore()
  })

  it('says gone once deleted or expired, also when deleted twice', async () => {
    const deleted = await writeBlob(store, 'p', 'deleted', 'x'.repeat(900_000))
    await deleteBlob(store, 'p', deleted)
    await deleteBlob(store, 'p', deleted)
    await expect(readBlob(store, 'p', deleted)).rejects.toMatchObject({ code: 'gone' })
    await expect(readText(store, 'p', deleted)).rejects.toMatchObject({ code: 'gone' })

    const expiring = await writeBlob(store, 'p', 'expiring', 'short-lived', { expiresIn: 30 })
    await vi.waitFor(() => expect(readBlob(store, 'p', expiring)).rejects.toMatchObject({ code: 'gone' }))
  })
})
