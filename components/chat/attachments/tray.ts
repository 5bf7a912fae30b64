import { parseStored, storedFormOf } from '@/components/chat/attachments/stored-files'
import { kindOfFile, refusalOf } from '@/components/chat/attachments/what-fits'
import { draftFilesKey } from '@/components/chat/drafts'
import { readStored, store } from '@/components/ui/use-stored'
import type { AttachedFile, AttachmentKind } from '@/lib/agent/attached'

/** A file in the composer, on its way to the server or there. */
export type TrayItem = { key: string; name: string; kind: AttachmentKind; bytes: number; isPasted: boolean } & (
  | { state: 'uploading'; progress: number }
  /** `again`: another try may help. */
  | { state: 'failed'; message: string; again: boolean }
  | { state: 'ready'; file: AttachedFile }
)

/** One that the server has. */
export type ReadyItem = Extract<TrayItem, { state: 'ready' }>

/** What the tray needs of the server. */
export interface TrayServer {
  upload: (file: Blob, name: string, onProgress: (share: number) => void, signal: AbortSignal) => Promise<AttachedFile>
  remove: (id: string) => Promise<unknown>
  /** A text file's whole content. */
  read: (id: string) => Promise<string>
}

/** The files of one draft, outside React: they go on being sent while another session is looked at. */
export interface Tray {
  subscribe: (listener: () => void) => () => void
  /** The same array until something changed. */
  items: () => readonly TrayItem[]
  add: (files: readonly File[]) => void
  addPasted: (text: string) => void
  retry: (key: string) => void
  remove: (key: string) => void
  /** Takes a text out of the tray, to stand in the question. */
  takeText: (key: string) => Promise<string>
  /** The files, once all are there. Rejects, with words for the person, when one is not. */
  settled: () => Promise<ReadyItem[]>
  /** They went with a question. */
  forget: (items: readonly ReadyItem[]) => void
  /** Their question was refused. */
  giveBack: (items: readonly ReadyItem[]) => void
  /** The draft goes by another key from now on. */
  rename: (key: string) => void
  /** The draft is over, and nothing of it is kept. What was uploaded for one that is discarded is removed. */
  end: (outcome: 'sent' | 'discarded') => void
}

/** So many are sent at once; more would take the connections that the page needs. */
const AT_ONCE = 2

/** `original`: files that the session has already and the draft begins with; they are taken off, never removed. */
export function createTray(draftKey: string, server: TrayServer, original: readonly AttachedFile[] = []): Tray {
  let storageKey = draftFilesKey(draftKey)
  let all: readonly TrayItem[] = parseStored(readStored(storageKey), Date.now(), original)
  let isOver = false
  const listeners = new Set<() => void>()
  /** Of items that are not there yet. */
  const sources = new Map<string, { file: Blob; ended: AbortController }>()
  const waiting: string[] = []
  let running = 0
  let count = 0

  function change(next: readonly TrayItem[]) {
    all = next
    if (!isOver) store(storageKey, storedFormOf(all, original))
    for (const listener of listeners) listener()
  }

  const put = (key: string, item: (before: TrayItem) => TrayItem) =>
    change(all.map((one) => (one.key === key ? item(one) : one)))
  const baseOf = ({ key, name, kind, bytes, isPasted }: TrayItem) => ({ key, name, kind, bytes, isPasted })

  function begin() {
    const key = running < AT_ONCE ? waiting.shift() : undefined
    const source = key === undefined ? undefined : sources.get(key)
    if (key === undefined) return
    if (source) {
      running += 1
      void send(key, source).finally(() => {
        running -= 1
        begin()
      })
    }
    begin()
  }

  async function send(key: string, { file, ended }: { file: Blob; ended: AbortController }) {
    const onProgress = (progress: number) =>
      put(key, (item) => (item.state === 'uploading' ? { ...item, progress } : item))
    const name = all.find((item) => item.key === key)?.name ?? 'file'
    try {
      const there = await server.upload(file, name, onProgress, ended.signal)
      // Taken out meanwhile: nobody wants it any more.
      if (ended.signal.aborted) return void server.remove(there.id).catch(() => {})
      sources.delete(key)
      put(key, (item) => ({
        ...baseOf(item),
        name: there.name,
        kind: there.kind,
        bytes: there.bytes,
        state: 'ready',
        file: there,
      }))
    } catch (error) {
      if (ended.signal.aborted) return
      const { message, status } = error as Error & { status?: number }
      const again = status === undefined || status === 0 || status === 409 || status === 429 || status >= 500
      put(key, (item) => ({ ...baseOf(item), state: 'failed', message: message || 'It could not be sent.', again }))
    }
  }

  function addOne(file: Blob, name: string, isPasted: boolean) {
    const base = {
      key: `file-${Date.now().toString(36)}-${++count}`,
      name,
      kind: kindOfFile(file),
      bytes: file.size,
      isPasted,
    }
    const refusal = refusalOf(file, all)
    if (refusal) return change([...all, { ...base, state: 'failed', message: refusal, again: false }])
    sources.set(base.key, { file, ended: new AbortController() })
    waiting.push(base.key)
    change([...all, { ...base, state: 'uploading', progress: 0 }])
  }

  function remove(key: string) {
    const item = all.find((one) => one.key === key)
    sources.get(key)?.ended.abort()
    sources.delete(key)
    const isOwn = item?.state === 'ready' && !original.some(({ id }) => id === item.file.id)
    if (isOwn) server.remove(item.file.id).catch(() => {}) // It expires by itself.
    change(all.filter((one) => one.key !== key))
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    items: () => all,
    add: (files) => {
      for (const file of files) addOne(file, file.name || 'Pasted image', false)
      begin()
    },
    addPasted: (text) => {
      addOne(new Blob([text], { type: 'text/plain' }), 'Pasted text', true)
      begin()
    },
    retry: (key) => {
      if (!sources.has(key)) return
      put(key, (item) => ({ ...baseOf(item), state: 'uploading', progress: 0 }))
      waiting.push(key)
      begin()
    },
    remove,
    takeText: async (key) => {
      const item = all.find((one) => one.key === key)
      const source = sources.get(key)
      const text = source ? await source.file.text() : item?.state === 'ready' ? await server.read(item.file.id) : ''
      remove(key)
      return text
    },
    settled: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (all.some(({ state }) => state === 'uploading')) return
          listeners.delete(look)
          const failed = all.find(({ state }) => state === 'failed')
          if (failed) reject(new Error(`“${failed.name}” is not there: try again or remove it.`))
          else resolve(all.filter((item) => item.state === 'ready'))
        }
        listeners.add(look)
        look()
      }),
    forget: (items) => {
      const keys = new Set(items.map(({ key }) => key))
      change(all.filter(({ key }) => !keys.has(key)))
    },
    giveBack: (items) => {
      if (items.length > 0) change([...items, ...all])
    },
    rename: (key) => {
      store(storageKey, null)
      storageKey = draftFilesKey(key)
      store(storageKey, storedFormOf(all, original))
    },
    end: (outcome) => {
      isOver = true
      store(storageKey, null)
      if (outcome === 'discarded') for (const { key } of all) remove(key)
    },
  }
}
