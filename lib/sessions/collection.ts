import type { LongwatchMessage } from '@/lib/agent/events'
import type { OpenApproval } from '@/lib/runs/approvals/who'
import type { Path } from '@/lib/sessions/threads/tree'
import { type BlobReference, deleteBlob, readText, writeBlob } from '@/lib/stores/blobs'
import { Collection } from '@/lib/stores/collection'
import type { IndexEntry, Store } from '@/lib/stores/contract'

export type Visibility = 'private' | 'organisation'

/** One conversation, as stored in its organisation's partition. */
export interface Session {
  id: string
  organisationId: string
  /** A principal's key; see `principalKey`. */
  owner: string
  title: string
  /** `question`: made from the first question; `model`: from the first exchange; `person`: never replaced. */
  titleSource: 'question' | 'model' | 'person'
  visibility: Visibility
  /** Deleted, but for a while still to be taken back by whoever did it; nobody sees it meanwhile. */
  trash?: { until: number; by: string }
  /** How its newest run ended; missing before the first did. */
  lastStatus?: 'completed' | 'failed' | 'cancelled'
  /** The newest run that ended, and the principal's key of who asked for it; missing before the first did. */
  lastRun?: { id: string; askedBy: string }
  /** The model that answers here; null or missing: the organisation's default. */
  model?: string | null
  createdAt: number
  updatedAt: number
  /** Of all threads; the newest message's position. */
  messageCount: number
  /** The current thread; missing while no question was ever replaced: then it is all messages. */
  path?: Path
  activeRunId: string | null
  /** Start of the newest run; starts of one session are strictly ordered. */
  lastStartedAt: number
  /** After a cancel the queue waits for a person. */
  queuePaused: boolean
  /** What the active run asks people; missing in sessions that never asked. */
  openApprovals?: OpenApproval[]
  /** A run that goes first when the active one has stopped, although that was a cancel. */
  steeredRunId: string | null
}

function indexesOf(session: Session): IndexEntry[] {
  if (session.trash) return [{ index: 'trash', group: 'all', sort: session.trash.until }]
  const entries = [{ index: 'visible', group: `owner:${session.owner}`, sort: session.updatedAt }]
  if (session.visibility === 'organisation') {
    entries.push({ index: 'visible', group: 'organisation', sort: session.updatedAt })
  }
  // For retention: a session with an active run is never too old.
  if (!session.activeRunId) entries.push({ index: 'idle', group: 'all', sort: session.updatedAt })
  return entries
}

export const sessions = new Collection<Session>({ name: 'sessions', v: 1, indexes: indexesOf })

/** The session that a principal looked at last. */
export const currentSessions = new Collection<{ sessionId: string }>({ name: 'current-sessions', v: 1 })

/** Sessions that were deleted and whose remains are still to be removed. */
export const sessionDeletions = new Collection<{ sessionId: string; at: number }>({
  name: 'session-deletions',
  v: 1,
  indexes: (deletion) => [{ index: 'all', group: 'all', sort: deletion.at }],
})

type MessageContent = { kind: 'inline'; message: LongwatchMessage } | { kind: 'blob'; reference: BlobReference }

export interface StoredMessage {
  sessionId: string
  runId: string
  /** 1, 2, 3 … within the session. */
  position: number
  content: MessageContent
}

export const messages = new Collection<StoredMessage>({
  name: 'messages',
  v: 1,
  indexes: (message) => [{ index: 'session', group: message.sessionId, sort: message.position }],
})

const INLINE_BYTES = 256 * 1024

/** Brings a message into the form it is stored in; a large one is written as chunks first. */
export async function packMessage(store: Store, partition: string, message: LongwatchMessage): Promise<MessageContent> {
  const text = JSON.stringify(message)
  if (Buffer.byteLength(text) <= INLINE_BYTES) return { kind: 'inline', message }
  return { kind: 'blob', reference: await writeBlob(store, partition, `message:${message.id}`, text) }
}

export async function unpackMessage(store: Store, partition: string, stored: StoredMessage): Promise<LongwatchMessage> {
  if (stored.content.kind === 'inline') return stored.content.message
  return JSON.parse(await readText(store, partition, stored.content.reference)) as LongwatchMessage
}

export async function discardMessage(store: Store, partition: string, stored: StoredMessage): Promise<void> {
  if (stored.content.kind === 'blob') await deleteBlob(store, partition, stored.content.reference)
}

export const userMessageIdOf = (runId: string) => `usr_${runId}`

export const sessionTopic = (sessionId: string) => `session:${sessionId}`
export const organisationTopic = (organisationId: string) => `organisation:${organisationId}`

/** The topics that a change of a session wakes. */
export const sessionTopics = (session: { id: string; organisationId: string }) => [
  sessionTopic(session.id),
  organisationTopic(session.organisationId),
]
