import type { LongwatchMessage } from '@/lib/agent/events'
import type { Ctx } from '@/lib/context'
import { findSession } from '@/lib/sessions/access'
import type { FoldedLog } from '@/lib/sessions/active-fold'
import { type FoldState, messageOf } from '@/lib/sessions/fold'
import { pathOf, threadThrough } from '@/lib/sessions/threads/collection'
import { textsWithVersions, unpackWithVersions } from '@/lib/sessions/threads/read'
import { tipOf } from '@/lib/sessions/threads/tree'
import {
  headOf,
  type MessagePage,
  type SessionHead,
  type StoredMessagePage,
  storedMessagePage,
} from '@/lib/sessions/view'

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
  const { view, items, pieces } = await read(ctx, input)
  return { ...view, messages: await unpackWithVersions(ctx.services.store, view.organisationId, items, pieces) }
}

/** As `getSession`, as JSON: what is large of it, the messages, is passed on as it is stored. */
export async function getSessionText(ctx: Ctx, input: SessionInput): Promise<string> {
  const { view, items, pieces } = await read(ctx, input)
  const texts = await textsWithVersions(ctx.services.messageTexts, view.organisationId, items, pieces)
  return `${JSON.stringify(view).slice(0, -1)},"messages":[${texts.join(',')}]}`
}

async function read(
  ctx: Ctx,
  input: SessionInput,
): Promise<Pick<StoredMessagePage, 'items' | 'pieces'> & { view: Omit<SessionView, 'messages'> }> {
  const { session, mayAct, isOwner, viewer } = await findSession(ctx, input.sessionId)
  const { store, activeFolds, supervisor } = ctx.services
  const { organisationId, activeRunId } = session.body
  if (activeRunId) supervisor.execute(organisationId, activeRunId)
  const current = pathOf(session.body)
  const path = input.branch === undefined ? current : await threadThrough(store, session.body, input.branch)
  const isCurrent = tipOf(path) === tipOf(current)
  const [head, { items, pieces, messagesCursor }, folded] = await Promise.all([
    headOf(store, session.body, viewer),
    storedMessagePage(store, session.body, { before: input.before, limit: MESSAGES_PER_PAGE, path }),
    activeRunId && isCurrent ? activeFolds.readLog(organisationId, activeRunId) : null,
  ])
  const activeRun = folded && activeRunId ? { runId: activeRunId, ...activeRunView(folded) } : null
  const view = { ...head, version: session.version, mayAct, isOwner, isCurrent, activeRun, messagesCursor }
  return { view, items, pieces }
}

const activeRunView = ({ fold, logId }: FoldedLog) => ({
  lastEvent: fold.events,
  logId,
  message: messageOf(fold),
  fold,
})
