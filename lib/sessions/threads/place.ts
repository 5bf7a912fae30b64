import type { Session } from '@/lib/sessions/collection'
import { sessionThreads } from '@/lib/sessions/threads/collection'
import { extended, type Path, type Piece, pathTo, replacing, tipOf } from '@/lib/sessions/threads/tree'
import type { Operation, Store } from '@/lib/stores/contract'

export interface Placed {
  /** With the message in its current thread. */
  session: Session
  position: number
}

/** The place of a message that goes on with the current thread, right behind the message that was stored last. */
export function placeNext(session: Session): Placed {
  const position = session.messageCount + 1
  const path = session.path && extended(session.path, position)
  return { session: { ...session, messageCount: position, ...(path ? { path } : {}) }, position }
}

/**
 * The place of a question: at the end of the current thread, or instead of another question, whose thread is then the
 * current one no more. `before` is what it follows; missing where nothing was ever replaced. Put the session only
 * `ifVersion`: it guards the pieces as well.
 */
export async function placeQuestion(
  store: Store,
  session: Session,
  question: { id: string; replaces?: { id: string; position: number } },
): Promise<Placed & { before?: Path; operations: Operation[] }> {
  const { path } = session
  // The usual case: nothing is to be read for it.
  if (!question.replaces && (!path || tipOf(path) === session.messageCount)) {
    return { ...placeNext(session), ...(path ? { before: path } : {}), operations: [] }
  }
  const found = await sessionThreads.get(store, session.organisationId, session.id)
  const pieces = found?.body.pieces ?? []
  const position = session.messageCount + 1
  const piece: Piece = question.replaces
    ? replacing(pieces, question.replaces, { id: question.id, position })
    : { from: position, after: tipOf(path ?? []), id: question.id }
  const before = pathTo(pieces, piece.after)
  const body = { sessionId: session.id, pieces: [...pieces, piece] }
  const condition = found ? { ifVersion: found.version } : { ifAbsent: true as const }
  return {
    session: { ...session, messageCount: position, path: [...before, [position, position]] },
    position,
    before,
    operations: [sessionThreads.put(session.id, body, condition)],
  }
}
