import { conflict, notFound } from '@/lib/errors'
import { messages, type Session } from '@/lib/sessions/collection'
import { includes, type Path, type Piece, pathThrough } from '@/lib/sessions/threads/tree'
import { Collection } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

/** How the messages of a session that has more than one thread follow each other. Its id is the session's. */
export const sessionThreads = new Collection<{ sessionId: string; pieces: Piece[] }>({
  name: 'session-threads',
  v: 1,
  indexes: ({ sessionId }) => [{ index: 'session', group: sessionId, sort: 0 }],
})

/** A session is kept in one document with its pieces: so many are enough for people, and small. */
export const MAX_PIECES = 500
export const MAX_VERSIONS = 50

/** The current thread. */
export const pathOf = (session: Pick<Session, 'path' | 'messageCount'>): Path =>
  session.path ?? (session.messageCount > 0 ? [[1, session.messageCount]] : [])

/** None in a session in which no question was ever replaced. */
export async function piecesOf(store: Store, session: Session): Promise<Piece[]> {
  return session.path ? readPieces(store, session) : []
}

/** As `piecesOf`, of a session that is being read too. */
export async function readPieces(store: Store, session: Pick<Session, 'organisationId' | 'id'>): Promise<Piece[]> {
  return (await sessionThreads.get(store, session.organisationId, session.id))?.body.pieces ?? []
}

/** Where a message of the session stands. Throws `not_found` (of a `message`), also for those of other sessions. */
export async function positionOf(store: Store, session: Session, messageId: string): Promise<number> {
  const found = await messages.get(store, session.organisationId, messageId)
  if (found?.body.sessionId !== session.id) throw notFound('message')
  return found.body.position
}

/** The current thread if the message is in it, else the one through it that was added to last. Throws as `positionOf`. */
export async function threadThrough(store: Store, session: Session, messageId: string): Promise<Path> {
  const position = await positionOf(store, session, messageId)
  const current = pathOf(session)
  // One that was stored a moment ago is behind what this session's document knows of: it goes with the current thread.
  if (includes(current, position) || position > session.messageCount) return current
  return pathThrough(await piecesOf(store, session), position, session.messageCount)
}

/** Throws `conflict` when the question, or the session's, have been replaced too often for one piece more. */
export function checkRoom(pieces: readonly Piece[], versions = 0): void {
  if (versions >= MAX_VERSIONS) throw conflict(`A question has at most ${MAX_VERSIONS} versions.`)
  if (pieces.length >= MAX_PIECES)
    throw conflict(`A conversation has at most ${MAX_PIECES} versions in all: begin a new one.`)
}
