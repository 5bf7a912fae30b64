import type { LongwatchMessage } from '@/lib/agent/events'
import type { Ctx } from '@/lib/context'
import { findSessionAnd, type SessionPlace } from '@/lib/sessions/access'
import type { FoldedLog } from '@/lib/sessions/active-fold'
import type { StoredMessage } from '@/lib/sessions/collection'
import { type FoldState, messageOf } from '@/lib/sessions/fold'
import type { JsonPiece } from '@/lib/sessions/message-texts'
import { pathOf, readPieces, threadThrough } from '@/lib/sessions/threads/collection'
import { readBackwards, readNewest, textsWithVersions, unpackWithVersions } from '@/lib/sessions/threads/read'
import { type Piece, tipOf } from '@/lib/sessions/threads/tree'
import { headWith, type MessagePage, queuedRuns, type SessionHead } from '@/lib/sessions/view'
import type { Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

export interface SessionView extends SessionHead, MessagePage {
  version: number
  /** What the caller may do with it. */
  mayAct: boolean
  isOwner: boolean
  /** The messages are those of the current thread, not of an earlier version. */
  isCurrent: boolean
  activeRun: { runId: string; lastEvent: number; logId: string; message: LongwatchMessage; fold: FoldState } | null
}

export const MESSAGES_PER_PAGE = 50

interface SessionInput {
  sessionId: string
  before?: string
  branch?: string
}

/**
 * A session with its newest messages and the active run's answer so far; older messages behind `before`. With `branch` the
 * thread that goes through this message, which may be an earlier version. Throws `not_found` for session and message.
 * Looking at a session whose run lost its owner makes this process try to take the run over.
 */
export async function getSession(ctx: Ctx, input: SessionInput): Promise<SessionView> {
  const { view, items, pieces } = await find(ctx, input)
  return { ...view, messages: await unpackWithVersions(ctx.services.store, view.organisationId, items, pieces) }
}

/** As `getSession`, as JSON: what is large of it, the messages, is passed on as it is stored. */
export async function getSessionJson(ctx: Ctx, input: SessionInput): Promise<JsonPiece[]> {
  const { view, items, pieces } = await find(ctx, input)
  const texts = await textsWithVersions(ctx.services.messageTexts, view.organisationId, items, pieces)
  const listed = texts.flatMap((text, index) => (index > 0 ? [',', text] : [text]))
  return [`${JSON.stringify(view).slice(0, -1)},"messages":[`, ...listed, ']}']
}

/** The session, and its messages as they are stored. */
interface Found {
  view: Omit<SessionView, 'messages'>
  items: Versioned<StoredMessage>[]
  /** For the versions of the messages. */
  pieces: Piece[]
}

async function find(ctx: Ctx, input: SessionInput): Promise<Found> {
  const { store, activeFolds, supervisor } = ctx.services
  const { session, mayAct, isOwner, viewer, read } = await findSessionAnd(ctx, input.sessionId, (place) =>
    readAhead(store, place, input),
  )
  const { organisationId, activeRunId } = session.body
  if (activeRunId) supervisor.execute(organisationId, activeRunId)
  const current = pathOf(session.body)
  const path = input.branch === undefined ? current : await threadThrough(store, session.body, input.branch)
  const isCurrent = tipOf(path) === tipOf(current)
  const [{ items, nextCursor }, folded] = await Promise.all([
    readBackwards(store, session.body, path, { before: input.before, limit: MESSAGES_PER_PAGE, known: read.newest }),
    activeRunId && isCurrent ? activeFolds.readLog(organisationId, activeRunId) : null,
  ])
  const activeRun = folded && activeRunId ? { runId: activeRunId, ...activeRunView(folded) } : null
  // Read side by side: what waited then may be what runs now.
  const queue = read.queue.filter(({ id }) => id !== activeRunId)
  const head = headWith(session.body, viewer, queue)
  const { version } = session
  const view = { ...head, version, mayAct, isOwner, isCurrent, activeRun, messagesCursor: nextCursor }
  return { view, items, pieces: session.body.path ? read.pieces : [] }
}

/**
 * What a session consists of, read before it is known what it says and who may see it. The pieces are read with the
 * session itself; its queue and messages behind it, so that they are never older than what it says of them.
 */
async function readAhead(store: Store, place: SessionPlace, { before, branch }: SessionInput) {
  const isNewest = before === undefined && branch === undefined
  const reading = readPieces(store, place)
  // What is asked for now is sent behind what was asked for in this turn, in the same write.
  const sent = new Promise<void>((resolve) => process.nextTick(resolve))
  const [pieces, [queue, newest]] = await Promise.all([
    reading,
    sent.then(() =>
      Promise.all([queuedRuns(store, place), isNewest ? readNewest(store, place, MESSAGES_PER_PAGE) : []]),
    ),
  ])
  return { pieces, queue, newest }
}

const activeRunView = ({ fold, logId }: FoldedLog) => ({
  lastEvent: fold.events,
  logId,
  message: messageOf(fold),
  fold,
})
