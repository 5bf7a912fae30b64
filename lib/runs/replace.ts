import { attachedTo } from '@/lib/agent/attached'
import { badRequest, notFound } from '@/lib/errors'
import { messages, type Session, userMessageIdOf } from '@/lib/sessions/collection'
import { checkRoom, piecesOf } from '@/lib/sessions/threads/collection'
import { parentOf, versionsByParent } from '@/lib/sessions/threads/tree'
import type { Store } from '@/lib/stores/contract'

export interface ReplacedQuestion {
  id: string
  position: number
  /** Ids of the files that went with it. */
  attachments: string[]
}

/**
 * The question that shall be replaced, and where it stands. Throws `not_found` for a message that is not the session's,
 * `bad_request` (`replaces`) for an answer, `conflict` when it was replaced too often.
 */
export async function findReplaced(store: Store, session: Session, messageId: string): Promise<ReplacedQuestion> {
  const [found, pieces] = await Promise.all([
    messages.get(store, session.organisationId, messageId),
    piecesOf(store, session),
  ])
  if (found?.body.sessionId !== session.id) throw notFound('message')
  const { position, runId, content } = found.body
  if (messageId !== userMessageIdOf(runId)) throw badRequest('replaces', 'Only a question can be replaced.')
  checkRoom(pieces, versionsByParent(pieces).get(parentOf(pieces, position))?.length ?? 1)
  const files = content.kind === 'inline' ? attachedTo(content.message) : []
  return { id: messageId, position, attachments: files.map(({ id }) => id) }
}
