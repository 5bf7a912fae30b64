import type { MessageSource } from '@/components/chat/live/published'
import type { ErrorInfo, QueueItem, SendResult } from '@/components/chat/live/types'
import { type AttachedFile, attachedTo, filePartOf } from '@/lib/agent/attached'
import type { LongwatchMessage } from '@/lib/agent/events'

interface PendingMessage {
  text: string
  files: readonly AttachedFile[]
  /** `accepted`: the server has it; its stored form is on its way. `held`: it waits for the server to be in reach. */
  state: 'sending' | 'accepted' | 'held' | 'failed'
  runId: string | null
  error?: ErrorInfo
  /** What was in the transcript already when it was sent. */
  known: ReadonlySet<string>
}

/** This tab's own messages that the transcript does not show as stored yet. */
export interface Pending {
  ids: () => string[]
  /** The message with this id was in the transcript before this one was sent. */
  isAfter: (localId: string, messageId: string) => boolean
  source: (localId: string) => MessageSource | undefined
  begin: (localId: string, what: { text: string; files?: readonly AttachedFile[] }, known: readonly string[]) => void
  /** A queued message leaves the transcript for the queue. */
  accept: (localId: string, result: SendResult) => QueueItem | null
  fail: (localId: string, error: ErrorInfo) => void
  hold: (localId: string) => void
  /** Forgets the message; answers its text. */
  remove: (localId: string) => string | null
  /** The stored form of one of them came. True when it was one. */
  resolve: (message: LongwatchMessage) => boolean
  hasAccepted: () => boolean
  /** Everything accepted before now is in what the server just sent. */
  settleAccepted: (localIds: readonly string[]) => void
  accepted: () => string[]
}

const textOf = (message: LongwatchMessage) =>
  message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

const idsOf = (files: readonly AttachedFile[]) => files.map(({ id }) => id).join()

/** Without words the files alone tell two questions apart. */
const saysTheSame = (message: LongwatchMessage, { text, files }: PendingMessage) =>
  textOf(message) === text && idsOf(attachedTo(message)) === idsOf(files)

export function createPending(): Pending {
  const items = new Map<string, PendingMessage>()
  const accepted = () => [...items].filter(([, item]) => item.state === 'accepted').map(([localId]) => localId)

  return {
    ids: () => [...items.keys()],
    isAfter: (localId, messageId) => items.get(localId)?.known.has(messageId) ?? true,
    source: (localId) => {
      const item = items.get(localId)
      if (!item) return undefined
      const words: LongwatchMessage['parts'] = item.text === '' ? [] : [{ type: 'text', text: item.text }]
      const parts = [...words, ...item.files.map(filePartOf)]
      const message: LongwatchMessage = { id: localId, role: 'user', parts }
      const delivery = item.state === 'accepted' ? 'sending' : item.state
      return { kind: 'stored', message, delivery, error: item.error }
    },
    begin: (localId, { text, files = [] }, known) => {
      items.set(localId, { text, files, state: 'sending', runId: null, known: new Set(known) })
    },
    accept: (localId, { runId, status }) => {
      const item = items.get(localId)
      if (!item) return null
      if (status === 'queued') {
        items.delete(localId)
        return { id: runId, message: item.text, ...(item.files.length > 0 ? { attachments: item.files } : {}) }
      }
      items.set(localId, { ...item, state: 'accepted', runId })
      return null
    },
    fail: (localId, error) => {
      const item = items.get(localId)
      if (item) items.set(localId, { ...item, state: 'failed', error })
    },
    hold: (localId) => {
      const item = items.get(localId)
      if (item) items.set(localId, { ...item, state: 'held', error: undefined })
    },
    remove: (localId) => {
      const text = items.get(localId)?.text ?? null
      items.delete(localId)
      return text
    },
    resolve: (message) => {
      if (message.role !== 'user') return false
      const runId = message.metadata?.runId
      for (const [localId, item] of items) {
        if (item.state === 'failed' || item.state === 'held' || item.known.has(message.id)) continue
        const isSame = runId && item.runId ? runId === item.runId : saysTheSame(message, item)
        if (isSame) return items.delete(localId)
      }
      return false
    },
    hasAccepted: () => accepted().length > 0,
    settleAccepted: (localIds) => {
      for (const localId of localIds) items.delete(localId)
    },
    accepted,
  }
}
