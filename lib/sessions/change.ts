import { chooseOrganisation } from '@/lib/access/memberships'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { badRequest, conflict, forbidden, LongwatchError, notFound } from '@/lib/errors'
import { newResourceId, randomId } from '@/lib/ids'
import { findSession, findSessionToAct } from '@/lib/sessions/access'
import {
  currentSessions,
  organisationTopic,
  type Session,
  sessions,
  sessionTopics,
  type Visibility,
} from '@/lib/sessions/collection'
import { getSession, type SessionView } from '@/lib/sessions/get'
import { checkRoom, pathOf, piecesOf, threadThrough } from '@/lib/sessions/threads/collection'
import { type Path, tipOf } from '@/lib/sessions/threads/tree'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'

const MAX_TITLE = 200

function cleanTitle(title: string): string {
  const clean = title.replace(/\s+/g, ' ').trim()
  if (clean === '') throw badRequest('title', 'A title needs at least one character.')
  if (clean.length > MAX_TITLE) throw badRequest('title', `A title holds at most ${MAX_TITLE} characters.`)
  return clean
}

/** `POST /api/sessions`: an empty conversation of the caller's. */
export async function createSession(
  ctx: Ctx,
  input: { org?: string; title?: string; visibility?: Visibility },
): Promise<SessionView> {
  const { organisation } = await chooseOrganisation(ctx, input.org)
  const now = Date.now()
  const session: Session = {
    id: newResourceId('ses', organisation.id),
    organisationId: organisation.id,
    owner: principalKey(ctx.principal),
    title: input.title === undefined ? 'New conversation' : cleanTitle(input.title),
    titleSource: input.title === undefined ? 'question' : 'person',
    visibility: input.visibility ?? 'private',
    createdAt: now,
    updatedAt: now,
    messageCount: 0,
    activeRunId: null,
    lastStartedAt: 0,
    queuePaused: false,
    steeredRunId: null,
  }
  await commitOrThrow(ctx.services.store, {
    partition: organisation.id,
    operationId: `session:${session.id}`,
    operations: [sessions.put(session.id, session, { ifAbsent: true })],
    signals: [organisationTopic(organisation.id)],
  })
  return getSession(ctx, { sessionId: session.id })
}

/**
 * `PATCH /api/sessions/{id}`: title, model and current thread (`branch`: the one through this message) by whoever may act
 * in it, the visibility by its owner. Throws `bad_request` (`title`, `model`), `not_found` (also of the message),
 * `conflict` for another thread while a run is active, or when there were too many.
 */
export async function changeSession(
  ctx: Ctx,
  input: { sessionId: string; title?: string; visibility?: Visibility; model?: string | null; branch?: string },
): Promise<SessionView> {
  const title = input.title === undefined ? undefined : cleanTitle(input.title)
  await retryOnConflict(5, async () => {
    const { session, isOwner, membership } = await findSessionToAct(ctx, input.sessionId)
    if (input.model) await ctx.services.models.resolve(membership.organisation, input.model)
    if (input.visibility && input.visibility !== session.body.visibility && !isOwner) {
      throw forbidden('Only the owner decides who sees a conversation.')
    }
    const path = input.branch === undefined ? null : await branchOf(ctx, session.body, input.branch)
    const changed: Session = {
      ...session.body,
      ...(path ? { path } : {}),
      ...(title === undefined ? {} : { title, titleSource: 'person' }),
      ...(input.visibility ? { visibility: input.visibility } : {}),
      ...(input.model === undefined ? {} : { model: input.model }),
    }
    await commitOrThrow(ctx.services.store, {
      partition: session.body.organisationId,
      operationId: `session:${session.id}:${randomId(10)}`,
      operations: [sessions.put(session.id, changed, { ifVersion: session.version })],
      signals: sessionTopics(changed),
    })
  })
  return getSession(ctx, { sessionId: input.sessionId })
}

/** Null when it is the current thread already. */
async function branchOf(ctx: Ctx, session: Session, messageId: string): Promise<Path | null> {
  const path = await threadThrough(ctx.services.store, session, messageId)
  if (tipOf(path) === tipOf(pathOf(session))) return null
  if (session.activeRunId) throw conflict('A run is active in this conversation: wait until it has ended, or stop it.')
  // To go on from there takes a piece more.
  checkRoom(await piecesOf(ctx.services.store, session))
  return path
}

const currentId = (ctx: Ctx) => principalKey(ctx.principal)

/** The session that the caller looked at last in this organisation; null when there is none that can be seen. */
export async function getCurrentSession(ctx: Ctx, input: { org?: string }): Promise<{ sessionId: string | null }> {
  const { organisation } = await chooseOrganisation(ctx, input.org)
  const current = await currentSessions.get(ctx.services.store, organisation.id, currentId(ctx))
  if (!current) return { sessionId: null }
  const visible = await findSession(ctx, current.body.sessionId).catch((error) => {
    if (error instanceof LongwatchError && error.code === 'not_found') return null
    throw error
  })
  return { sessionId: visible?.session.id ?? null }
}

/** Remembers it, or with null forgets it. */
export async function setCurrentSession(
  ctx: Ctx,
  input: { org?: string; sessionId: string | null },
): Promise<{ sessionId: string | null }> {
  const { organisation } = await chooseOrganisation(ctx, input.org)
  const { sessionId } = input
  if (sessionId !== null) {
    const { session } = await findSession(ctx, sessionId)
    if (session.body.organisationId !== organisation.id) throw notFound('session')
  }
  await commitOrThrow(ctx.services.store, {
    partition: organisation.id,
    operationId: `current:${randomId(16)}`,
    operations: [
      sessionId === null ? currentSessions.delete(currentId(ctx)) : currentSessions.put(currentId(ctx), { sessionId }),
    ],
  })
  return { sessionId }
}
