import { UNSENT_KEY } from '@/components/chat/live/unsent'
import { storageKey } from '@/components/site'
import { readStored, store, storedKeys } from '@/components/ui/use-stored'

const PREFIX = storageKey('draft:')
/** Files that were chosen for a draft and are on the server already, by their ids. */
const FILES_PREFIX = `${PREFIX}files:`
const WRITER_KEY = storageKey('writer')
/** So long a draft is kept that nobody touches. */
export const DRAFT_DAYS = 30

/** Where the draft of a session, or of an organisation's new chat, is kept. */
export const draftKey = (sessionId: string | null, organisationId: string) =>
  `${PREFIX}${sessionId ?? `new-${organisationId}`}`

/** The key of the files beside the draft's own. */
export const draftFilesKey = (key: string) => `${FILES_PREFIX}${key.slice(PREFIX.length)}`

interface StoredDraft {
  text: string
  /** Unix milliseconds of the last key. */
  at: number
}

function parse(stored: string | null): StoredDraft | null {
  try {
    const draft: unknown = JSON.parse(stored ?? 'null')
    const isDraft = typeof draft === 'object' && draft !== null && 'text' in draft && 'at' in draft
    return isDraft && typeof draft.text === 'string' && typeof draft.at === 'number' ? (draft as StoredDraft) : null
  } catch {
    return null
  }
}

export const readDraft = (key: string): string | null => parse(readStored(key))?.text ?? null

/** An empty text is none. */
export const writeDraft = (key: string, text: string, now = Date.now()): void =>
  store(key, text === '' ? null : JSON.stringify({ text, at: now } satisfies StoredDraft))

/** When the newest of a draft's files was put there; 0 for what cannot be read. */
function filesKeptAt(stored: string | null): number {
  try {
    return Math.max(0, ...JSON.parse(stored ?? '[]').map(({ at }: { at?: number }) => at ?? 0))
  } catch {
    return 0
  }
}

/** On signing out: what was being written, or waited to be sent, is nobody else's business. */
export function forgetDrafts() {
  for (const key of storedKeys(PREFIX)) store(key, null)
  store(WRITER_KEY, null)
  try {
    sessionStorage.removeItem(UNSENT_KEY)
  } catch {
    // Forbidden: nothing was kept.
  }
}

/**
 * Before the first draft is read: another person's are forgotten, whose sign-in ended without a sign-out, and so is what
 * is too old or cannot be read.
 */
export function tidyDrafts(userId: string, now = Date.now()) {
  if (typeof localStorage === 'undefined') return
  if (readStored(WRITER_KEY) !== userId) forgetDrafts()
  store(WRITER_KEY, userId)
  for (const key of storedKeys(PREFIX)) {
    if (key.startsWith(FILES_PREFIX)) {
      if (now - filesKeptAt(readStored(key)) > DRAFT_DAYS * 24 * 3_600_000) store(key, null)
      continue
    }
    const draft = parse(readStored(key))
    if (!draft || now - draft.at > DRAFT_DAYS * 24 * 3_600_000) store(key, null)
  }
}
