import { nameOf } from '@/lib/access/names'
import { principalKey } from '@/lib/access/types'
import type { Ctx } from '@/lib/context'
import { conflict, notFound } from '@/lib/errors'
import { derivedResourceId, randomId } from '@/lib/ids'
import { findSession } from '@/lib/sessions/access'
import { messages, unpackMessage } from '@/lib/sessions/collection'
import { type Feedback, feedback, ownGroup, type Rating } from '@/lib/sessions/feedback/collection'
import { commitOrThrow, retryOnConflict } from '@/lib/stores/commit'

export interface GivenFeedback {
  messageId: string
  rating: Rating | null
  comment: string | null
}

export interface GiveFeedbackInput {
  sessionId: string
  messageId: string
  /** Null takes it back. */
  rating: Rating | null
  comment?: string | null
}

/**
 * What the caller thinks of one answer of a session that they see, in the place of what they said before. Throws `not_found`
 * for the session or the message (a question is none to be rated), `conflict` for a comment without a rating.
 */
export async function giveFeedback(ctx: Ctx, input: GiveFeedbackInput): Promise<GivenFeedback> {
  const { sessionId, messageId, rating } = input
  const comment = input.comment?.trim() || null
  if (rating === null && comment !== null) throw conflict('A comment goes with a rating.')
  const { store } = ctx.services
  const { session } = await findSession(ctx, sessionId)
  const { organisationId } = session.body
  const by = principalKey(ctx.principal)
  const id = derivedResourceId('fbk', organisationId, 0, `${messageId} ${by}`)
  const name = await nameOf(store, ctx.principal)

  return retryOnConflict(10, async () => {
    const stored = await messages.get(store, organisationId, messageId)
    if (stored?.body.sessionId !== session.id) throw notFound('message')
    const message = await unpackMessage(store, organisationId, stored.body)
    if (message.role !== 'assistant') throw notFound('message')
    const item: Feedback | null = rating && {
      id,
      organisationId,
      sessionId: session.id,
      messageId,
      by,
      name,
      rating,
      comment,
      model: message.metadata?.model ?? null,
      at: Date.now(),
    }
    await commitOrThrow(store, {
      partition: organisationId,
      operationId: `feedback:${id}:${randomId(12)}`,
      // With its message it goes away: none is kept for one that is being deleted.
      operations: [messages.check(messageId, stored.version), item ? feedback.put(id, item) : feedback.delete(id)],
    })
    return { messageId, rating, comment }
  })
}

const PAGE = 200
const MOST = 2_000

/** What the caller has said about the session's answers, the newest first. */
export async function ownFeedback(ctx: Ctx, input: { sessionId: string }): Promise<{ feedback: GivenFeedback[] }> {
  const { session } = await findSession(ctx, input.sessionId)
  const found: GivenFeedback[] = []
  let cursor: string | null = null
  do {
    const page = await feedback.list(ctx.services.store, session.body.organisationId, {
      index: 'own',
      group: ownGroup(session.id, principalKey(ctx.principal)),
      order: 'descending',
      limit: PAGE,
      cursor,
    })
    for (const { body } of page.items) {
      found.push({ messageId: body.messageId, rating: body.rating, comment: body.comment })
    }
    cursor = page.nextCursor
  } while (cursor && found.length < MOST)
  return { feedback: found }
}
