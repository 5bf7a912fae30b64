import type { TrayItem } from '@/components/chat/attachments/tray'
import type { AttachedFile } from '@/lib/agent/attached'
import { MAX_ATTACHMENTS, UNSENT_MILLISECONDS } from '@/lib/attachments/limits'

/** What of a draft's files is kept over a reload: ids, names and sizes of those that the server has. */
interface Stored extends AttachedFile {
  isPasted: boolean
  /** Unix milliseconds; the server forgets what is not sent. */
  at: number
}

/** JSON for storage; null when there is nothing to keep: no files, or those that the draft began with. */
export function storedFormOf(items: readonly TrayItem[], original: readonly AttachedFile[] = []): string | null {
  const files = items.flatMap((item) => {
    if (item.state !== 'ready') return []
    const { id, name, mediaType, kind, bytes } = item.file
    return [{ id, name, mediaType, kind, bytes, isPasted: item.isPasted, at: keptSince(item.file) }]
  })
  if (files.map(({ id }) => id).join() === original.map(({ id }) => id).join()) return null
  // All were taken off: this, too, is kept, and for no longer than anything else.
  return JSON.stringify(files.length === 0 ? [{ at: Date.now() }] : files)
}

const since = new WeakMap<AttachedFile, number>()

function keptSince(file: AttachedFile): number {
  const at = since.get(file) ?? Date.now()
  since.set(file, at)
  return at
}

const readyItem = (file: AttachedFile, isPasted = false): TrayItem => {
  const { id, name, kind, bytes } = file
  return { key: id, name, kind, bytes, isPasted, state: 'ready', file }
}

/**
 * The files that are still there by the server's rules; those that the draft began with stay. Whatever else stands in
 * the storage is ignored.
 */
export function parseStored(text: string | null, now = Date.now(), original: readonly AttachedFile[] = []): TrayItem[] {
  if (text === null) return original.map((file) => readyItem(file))
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(list)) return []
  return list.slice(0, MAX_ATTACHMENTS).flatMap((entry: Partial<Stored> | null) => {
    const { id, name, mediaType, kind, bytes, isPasted, at } = entry ?? {}
    const isFile = typeof id === 'string' && typeof name === 'string' && typeof mediaType === 'string'
    if (!isFile || typeof bytes !== 'number' || typeof at !== 'number') return []
    const kept = original.find((one) => one.id === id)
    if (kept) return [readyItem(kept)]
    if (at < now - UNSENT_MILLISECONDS) return []
    const file: AttachedFile = { id, name, mediaType, kind: kind === 'image' ? 'image' : 'text', bytes }
    since.set(file, at)
    return [readyItem(file, isPasted === true)]
  })
}
