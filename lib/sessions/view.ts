import type { AttachedFile } from '@/lib/agent/attached'
import type { LongwatchMessage } from '@/lib/agent/events'
import { type Decider, mayDecide } from '@/lib/runs/approvals/who'
import { runs } from '@/lib/runs/collection'
import type { Run } from '@/lib/runs/types'
import type { Session, Visibility } from '@/lib/sessions/collection'
import type { MarksView } from '@/lib/sessions/marks'
import { pathOf, piecesOf } from '@/lib/sessions/threads/collection'
import { readBackwards, unpackWithVersions } from '@/lib/sessions/threads/read'
import { type Path, threadOf } from '@/lib/sessions/threads/tree'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** A session as lists show it. */
export interface SessionSummary {
  id: string
  title: string
  visibility: Visibility
  owner: string
  createdAt: number
  updatedAt: number
  messageCount: number
  activeRunId: string | null
  /** The active run asks people something. */
  waiting: boolean
  /** Of what it asks, the ids that the caller may decide about. */
  waitingForMe: string[]
  /** How the newest run ended; null before the first did. */
  lastStatus: 'completed' | 'failed' | 'cancelled' | null
  /** The newest run that ended, and whether the caller asked for it. */
  lastRun: { id: string; mine: boolean } | null
}

/** A session in a list, with what the caller set on it for themselves. */
export interface ListedSession extends SessionSummary {
  pinned: boolean
  archived: boolean
  /** There are messages or a failure that the caller has not seen: in own sessions, and in others' that the caller has opened. */
  unread: boolean
}

export const listedOf = (session: Session, viewer: Decider, marks: MarksView): ListedSession => ({
  ...summaryOf(session, viewer),
  pinned: marks.pinned,
  archived: marks.archived,
  unread: hasNews(session, marks) && (session.owner === viewer.key || marks.seen > 0),
})

/** A run that failed before it said anything leaves no message, but is news all the same. */
const hasNews = (session: Session, marks: MarksView) =>
  session.messageCount > marks.seen ||
  (session.lastStatus === 'failed' && session.lastRun !== undefined && session.lastRun.id !== marks.seenRun)

export interface QueueItem {
  /** The run's id. */
  id: string
  message: string
  /** Missing when nothing goes with it. */
  attachments?: AttachedFile[]
}

export const queueItemOf = ({ id, body }: Pick<Versioned<Run>, 'id' | 'body'>): QueueItem => ({
  id,
  message: body.message,
  ...(body.attachments ? { attachments: body.attachments } : {}),
})

/** A session's own state, without its messages. */
export interface SessionHead extends SessionSummary {
  organisationId: string
  /** The model that was chosen for it; null: the default. */
  model: string | null
  /** Which thread is the current one: another number than before when it is another, not when it is added to. */
  thread: number
  queuePaused: boolean
  queue: QueueItem[]
}

export const summaryOf = (session: Session, viewer: Decider): SessionSummary => ({
  id: session.id,
  title: session.title,
  visibility: session.visibility,
  owner: session.owner,
  createdAt: session.createdAt,
  updatedAt: session.updatedAt,
  messageCount: session.messageCount,
  activeRunId: session.activeRunId,
  waiting: (session.openApprovals ?? []).length > 0,
  waitingForMe: (session.openApprovals ?? []).flatMap((open) => (mayDecide(session, open, viewer) ? [open.id] : [])),
  lastStatus: session.lastStatus ?? null,
  lastRun: session.lastRun ? { id: session.lastRun.id, mine: session.lastRun.askedBy === viewer.key } : null,
})

export const MAX_QUEUE = 50

/** The queued runs of a session, first to go first. */
export async function queuedRuns(
  store: Store,
  session: Pick<Session, 'organisationId' | 'id'>,
): Promise<Versioned<Run>[]> {
  const page = await runs.list(store, session.organisationId, {
    index: 'queue',
    group: session.id,
    order: 'ascending',
    limit: MAX_QUEUE,
  })
  return page.items
}

export const headOf = async (store: Store, session: Session, viewer: Decider): Promise<SessionHead> =>
  headWith(session, viewer, await queuedRuns(store, session))

export const headWith = (session: Session, viewer: Decider, queue: readonly Versioned<Run>[]): SessionHead => ({
  ...summaryOf(session, viewer),
  organisationId: session.organisationId,
  model: session.model ?? null,
  thread: threadOf(pathOf(session)),
  queuePaused: session.queuePaused,
  queue: queue.map(queueItemOf),
})

export interface MessagePage {
  messages: LongwatchMessage[]
  /** Give it as `before` to read older ones; null at the beginning. */
  messagesCursor: string | null
}

/** The newest `limit` messages of a thread, by default the current one, before the cursor, in reading order. */
export async function messagePage(
  store: Store,
  session: Session,
  page: { before?: string; limit: number; path?: Path },
): Promise<MessagePage> {
  const [{ items, nextCursor }, pieces] = await Promise.all([
    readBackwards(store, session, page.path ?? pathOf(session), page),
    piecesOf(store, session),
  ])
  return {
    messages: await unpackWithVersions(store, session.organisationId, items, pieces),
    messagesCursor: nextCursor,
  }
}
