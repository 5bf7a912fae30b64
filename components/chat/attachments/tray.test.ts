import { beforeEach, describe, expect, it, vi } from 'vitest'
import { parseStored, storedFormOf } from '@/components/chat/attachments/stored-files'
import { createTray, type ReadyItem, type TrayServer } from '@/components/chat/attachments/tray'
import { isLongText, kindOfFile } from '@/components/chat/attachments/what-fits'
import { draftFilesKey } from '@/components/chat/drafts'
import { ApiError } from '@/components/chat/live/api'
import type { AttachedFile } from '@/lib/agent/attached'
import { MAX_ATTACHMENT_BYTES, UNSENT_MILLISECONDS } from '@/lib/attachments/limits'

const KEY = 'longwatch:draft:ses_1'
const stored = new Map<string, string>()

/** Uploads that end when the test says so. */
function scriptedServer() {
  const uploads: {
    name: string
    progress: (share: number) => void
    signal: AbortSignal
    arrive: () => void
    fail: (error: Error) => void
  }[] = []
  const removed: string[] = []
  const texts = new Map<string, string>()
  const server: TrayServer = {
    upload: (file, name, progress, signal) =>
      new Promise((resolve, reject) => {
        const id = `att_${uploads.length + 1}`
        signal.addEventListener('abort', () => reject(new Error('aborted')))
        const there: AttachedFile = { id, name, mediaType: 'text/plain', kind: 'text', bytes: file.size }
        uploads.push({ name, progress, signal, arrive: () => resolve(there), fail: reject })
      }),
    remove: async (id) => void removed.push(id),
    read: async (id) => texts.get(id) ?? '',
  }
  return { server, uploads, removed, texts }
}

const file = (name: string, text = 'a line') => new File([text], name, { type: 'text/plain' })
const settle = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  stored.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  })
})

describe('the files of a draft', () => {
  it('are sent two at a time, tell how far they are, and are kept by id and name once they are there', async () => {
    const { server, uploads } = scriptedServer()
    const tray = createTray(KEY, server)
    tray.add([file('a.log'), file('b.log'), file('c.log', 'secret words')])
    expect(uploads.map(({ name }) => name)).toEqual(['a.log', 'b.log'])
    uploads[0]?.progress(0.5)
    expect(tray.items()[0]).toMatchObject({ state: 'uploading', progress: 0.5 })
    expect(stored.size).toBe(0)
    uploads[0]?.arrive()
    await settle()
    expect(uploads).toHaveLength(3)
    uploads[2]?.arrive()
    await settle()
    expect(tray.items().map(({ state }) => state)).toEqual(['ready', 'uploading', 'ready'])
    // After a reload those that the server has are there.
    const again = createTray(KEY, server)
    expect(again.items().map(({ name }) => name)).toEqual(['a.log', 'c.log'])
    expect([...stored.values()].join()).not.toContain('secret words')
  })

  it('that fail can be tried again, unless that cannot help', async () => {
    const { server, uploads } = scriptedServer()
    const tray = createTray(KEY, server)
    tray.add([file('a.log'), file('b.bin')])
    uploads[0]?.fail(new ApiError({ status: 0, code: 'network', message: 'The server cannot be reached.' }))
    uploads[1]?.fail(new ApiError({ status: 400, code: 'bad_request', message: 'This file is neither.' }))
    await settle()
    expect(tray.items()).toMatchObject([
      { state: 'failed', message: 'The server cannot be reached.', again: true },
      { state: 'failed', message: 'This file is neither.', again: false },
    ])
    await expect(tray.settled()).rejects.toThrow('a.log')
    tray.retry(tray.items()[0]?.key ?? '')
    expect(uploads[2]?.name).toBe('a.log')
    uploads[2]?.arrive()
    await settle()
    expect(tray.items()[0]).toMatchObject({ state: 'ready' })
  })

  it('that are taken out stop being sent, or are removed from the server', async () => {
    const { server, uploads, removed } = scriptedServer()
    const tray = createTray(KEY, server)
    tray.add([file('a.log'), file('b.log')])
    const [first, second] = tray.items()
    tray.remove(first?.key ?? '')
    expect(uploads[0]?.signal.aborted).toBe(true)
    uploads[1]?.arrive()
    await settle()
    tray.remove(second?.key ?? '')
    expect(tray.items()).toEqual([])
    expect(removed).toEqual(['att_2'])
    expect(stored.size).toBe(0)
  })

  it('are waited for by whoever sends', async () => {
    const { server, uploads } = scriptedServer()
    const tray = createTray(KEY, server)
    expect(await tray.settled()).toEqual([])
    tray.add([file('a.log'), file('b.log')])
    const told = vi.fn()
    const sent = tray.settled().then(told)
    uploads[0]?.arrive()
    await settle()
    expect(told).not.toHaveBeenCalled()
    uploads[1]?.arrive()
    await sent
    expect(told.mock.calls[0]?.[0].map(({ name }: ReadyItem) => name)).toEqual(['a.log', 'b.log'])
  })

  it('are forgotten with their question, and stand where they were when it is refused', async () => {
    const { server, uploads, removed } = scriptedServer()
    const tray = createTray(KEY, server)
    tray.add([file('a.log')])
    uploads[0]?.arrive()
    const ready = await tray.settled()
    tray.forget(ready)
    expect(tray.items()).toEqual([])
    expect(stored.size).toBe(0)
    tray.add([file('later.log')])
    tray.giveBack(ready)
    expect(tray.items().map(({ name }) => name)).toEqual(['a.log', 'later.log'])
    expect(
      createTray(KEY, server)
        .items()
        .map(({ name }) => name),
    ).toEqual(['a.log'])
    expect(removed).toEqual([])
  })

  it('go along when a new chat becomes a session', async () => {
    const { server, uploads } = scriptedServer()
    const tray = createTray('longwatch:draft:new-org1', server)
    tray.add([file('a.log')])
    uploads[0]?.arrive()
    await settle()
    tray.rename(KEY)
    expect([...stored.keys()]).toEqual([draftFilesKey(KEY)])
  })

  it('of pasted text can stand in the question again, before and after a reload', async () => {
    const { server, uploads, removed, texts } = scriptedServer()
    const tray = createTray(KEY, server)
    tray.addPasted('line\nline')
    expect(await tray.takeText(tray.items()[0]?.key ?? '')).toBe('line\nline')
    expect(tray.items()).toEqual([])
    tray.addPasted('other\nlines')
    uploads[1]?.arrive()
    await settle()
    const again = createTray(KEY, server)
    expect(again.items()).toMatchObject([{ isPasted: true, state: 'ready' }])
    texts.set('att_2', 'other\nlines')
    expect(await again.takeText('att_2')).toBe('other\nlines')
    expect(removed).toEqual(['att_2'])
  })

  it('are refused here already when they are empty, too large or too many', () => {
    const { server, uploads } = scriptedServer()
    const tray = createTray(KEY, server)
    tray.add([file('empty.log', ''), file('large.log', 'x'.repeat(MAX_ATTACHMENT_BYTES + 1))])
    expect(tray.items()).toMatchObject([
      { state: 'failed', message: 'This file is empty.', again: false },
      { state: 'failed', message: 'Larger than 3.5 MB.', again: false },
    ])
    // A large image is made smaller on its way.
    const photo = new File(['x'.repeat(MAX_ATTACHMENT_BYTES + 1)], 'photo.jpg', { type: 'image/jpeg' })
    tray.add([photo])
    expect(tray.items().at(-1)).toMatchObject({ state: 'uploading', kind: 'image' })
    tray.remove(tray.items().at(-1)?.key ?? '')
    tray.add(Array.from({ length: 11 }, (_, n) => file(`${n}.log`)))
    expect(tray.items().filter(({ state }) => state === 'uploading')).toHaveLength(10)
    expect(uploads.length).toBeLessThanOrEqual(3)
  })
})

describe('the files of a question that is edited', () => {
  const old = (id: string): AttachedFile => ({ id, name: `${id}.log`, mediaType: 'text/plain', kind: 'text', bytes: 7 })
  const original = [old('att_old1'), old('att_old2')]
  const names = (tray: { items: () => readonly { name: string }[] }) => tray.items().map(({ name }) => name)
  const again = () => createTray(KEY, scriptedServer().server, original)

  it('are those that it has; taken off they stay on the server, and off over a reload', () => {
    const { server, removed } = scriptedServer()
    const tray = createTray(KEY, server, original)
    expect(tray.items()).toMatchObject([
      { state: 'ready', file: original[0] },
      { state: 'ready', file: original[1] },
    ])
    expect(stored.size).toBe(0)
    tray.remove('att_old1')
    expect(names(again())).toEqual(['att_old2.log'])
    tray.remove('att_old2')
    expect(names(again())).toEqual([])
    // That all are off is kept with its time, as everything is that shall go some day.
    expect(JSON.parse([...stored.values()].join())).toEqual([{ at: expect.any(Number) }])
    expect(removed).toEqual([])
  })

  it('are joined by others, and do not get too old', async () => {
    const { server, uploads } = scriptedServer()
    const tray = createTray(KEY, server, original)
    tray.remove('att_old1')
    tray.add([file('new.log')])
    uploads[0]?.arrive()
    expect((await tray.settled()).map(({ name }) => name)).toEqual(['att_old2.log', 'new.log'])
    expect(names(again())).toEqual(['att_old2.log', 'new.log'])
    const late = parseStored([...stored.values()][0] ?? null, Date.now() + UNSENT_MILLISECONDS + 1, original)
    expect(late.map(({ name }) => name)).toEqual(['att_old2.log'])
  })

  it('are the original ones after the edit was given up, and what was uploaded for it is removed', async () => {
    const { server, uploads, removed } = scriptedServer()
    const tray = createTray(KEY, server, original)
    tray.remove('att_old1')
    tray.add([file('there.log'), file('on-its-way.log')])
    uploads[0]?.arrive()
    await settle()
    tray.end('discarded')
    expect(removed).toEqual(['att_1'])
    expect(uploads[1]?.signal.aborted).toBe(true)
    expect(stored.size).toBe(0)
    expect(names(again())).toEqual(['att_old1.log', 'att_old2.log'])
  })

  it('are forgotten here once it was sent, and stay on the server', async () => {
    const { server, uploads, removed } = scriptedServer()
    const tray = createTray(KEY, server, original)
    tray.add([file('new.log')])
    uploads[0]?.arrive()
    await tray.settled()
    tray.end('sent')
    expect(removed).toEqual([])
    expect(stored.size).toBe(0)
  })

  it('count among the ten that may go with one question', () => {
    const tray = createTray(KEY, scriptedServer().server, original)
    tray.add(Array.from({ length: 9 }, (_, n) => file(`${n}.log`)))
    expect(tray.items().filter(({ state }) => state === 'failed')).toMatchObject([
      { name: '8.log', message: 'At most 10 files go with one question.' },
    ])
  })
})

describe('what is stored of them', () => {
  it('is ignored when it is too old, or not what was stored', () => {
    const [item] = parseStored(
      JSON.stringify([
        { id: 'att_1', name: 'a', mediaType: 'text/plain', kind: 'text', bytes: 1, isPasted: false, at: 1_000 },
      ]),
      1_000 + UNSENT_MILLISECONDS,
    )
    expect(item).toMatchObject({ state: 'ready', name: 'a' })
    const text = storedFormOf(item ? [item] : []) ?? ''
    // Being kept again makes it no younger.
    expect(parseStored(text, 1_001 + UNSENT_MILLISECONDS)).toEqual([])
    for (const broken of ['nonsense', '{}', '[null]', '[{"id":1}]', '"x"']) expect(parseStored(broken)).toEqual([])
  })
})

describe('a file', () => {
  it('is an image only of a type that models take', () => {
    expect(kindOfFile(new File(['x'], 'a.png', { type: 'image/png' }))).toBe('image')
    expect(kindOfFile(new File(['x'], 'a.svg', { type: 'image/svg+xml' }))).toBe('text')
  })

  it('is made of pasted text that is long in characters or lines', () => {
    expect(isLongText('x'.repeat(3_999))).toBe(false)
    expect(isLongText('x'.repeat(4_000))).toBe(true)
    expect(isLongText('x\n'.repeat(59))).toBe(false)
    expect(isLongText('x\n'.repeat(60))).toBe(true)
  })
})
