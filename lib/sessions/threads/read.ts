import type { LongwatchMessage } from '@/lib/agent/events'
import { messages, type StoredMessage, unpackMessage } from '@/lib/sessions/collection'
import type { JsonPiece, MessageTexts } from '@/lib/sessions/message-texts'
import {
  cutBefore,
  type Interval,
  lastOf,
  lengthOf,
  type Path,
  type Piece,
  parentOf,
  versionsByParent,
} from '@/lib/sessions/threads/tree'
import { decodeCursor, encodeCursor, type Versioned } from '@/lib/stores/collection'
import type { Store } from '@/lib/stores/contract'

export interface PlaceOfMessages {
  id: string
  organisationId: string
}

/** Behind every id of a position. */
const BEHIND = '\uffff'

/** The messages of an interval, at most `limit` of them, in ascending order. */
export async function readInterval(
  store: Store,
  session: PlaceOfMessages,
  [from, to]: Interval,
): Promise<Versioned<StoredMessage>[]> {
  const { items } = await messages.list(store, session.organisationId, {
    index: 'session',
    group: session.id,
    order: 'ascending',
    limit: to - from + 1,
    cursor: encodeCursor({ sort: from - 1, id: BEHIND }),
  })
  return items.filter(({ body }) => body.position <= to)
}

/** The newest messages of all threads, at most `limit` of them, in ascending order. */
export async function readNewest(
  store: Store,
  session: PlaceOfMessages,
  limit: number,
): Promise<Versioned<StoredMessage>[]> {
  const { items } = await messages.list(store, session.organisationId, {
    index: 'session',
    group: session.id,
    order: 'descending',
    limit,
  })
  return items.reverse()
}

/** What of an interval is known already, if that is all of it. */
function knownOf(known: readonly Versioned<StoredMessage>[], [from, to]: Interval): Versioned<StoredMessage>[] | null {
  const items = known.filter(({ body }) => from <= body.position && body.position <= to)
  return items.length === to - from + 1 ? items : null
}

/**
 * The last `limit` messages of a path in front of the cursor, in reading order, and the cursor of the next page. Reads
 * what it answers and is not `known` (in ascending order), and no more, however many pieces the path has.
 */
export async function readBackwards(
  store: Store,
  session: PlaceOfMessages,
  path: Path,
  page: { before?: string; limit: number; known?: readonly Versioned<StoredMessage>[] },
): Promise<{ items: Versioned<StoredMessage>[]; nextCursor: string | null }> {
  const rest = page.before === undefined ? path : cutBefore(path, decodeCursor(page.before, 'before').sort)
  const wanted = lastOf(rest, page.limit)
  const { known = [] } = page
  const found = await Promise.all(
    wanted.map((interval) => knownOf(known, interval) ?? readInterval(store, session, interval)),
  )
  const items = found.flat()
  const first = wanted[0]?.[0]
  const isMore = first !== undefined && lengthOf(rest) > page.limit
  return { items, nextCursor: isMore ? encodeCursor({ sort: first, id: items[0]?.id ?? '~' }) : null }
}

/** The stored messages as such; questions that were replaced, or replace others, with the ids of all their versions. */
export async function unpackWithVersions(
  store: Store,
  organisationId: string,
  items: readonly Versioned<StoredMessage>[],
  pieces: readonly Piece[],
): Promise<LongwatchMessage[]> {
  const versionsOf = versionsIn(pieces)
  return Promise.all(
    items.map(async ({ body }) => withVersions(await unpackMessage(store, organisationId, body), versionsOf(body))),
  )
}

/** As `unpackWithVersions`, each as JSON of one piece. */
export async function textsWithVersions(
  texts: MessageTexts,
  organisationId: string,
  items: readonly Versioned<StoredMessage>[],
  pieces: readonly Piece[],
): Promise<JsonPiece[]> {
  const versionsOf = versionsIn(pieces)
  return Promise.all(
    items.map(async (item) => {
      const text = await texts.read(organisationId, item)
      const versions = versionsOf(item.body)
      if (!versions) return text
      return JSON.stringify(withVersions(JSON.parse(Buffer.from(text).toString()) as LongwatchMessage, versions))
    }),
  )
}

/** Which questions stand in the place of a message, with itself; undefined when it is alone there. */
function versionsIn(pieces: readonly Piece[]) {
  const versions = versionsByParent(pieces)
  return ({ position }: StoredMessage): string[] | undefined => {
    const ids = versions.get(parentOf(pieces, position))
    return ids && ids.length > 1 ? ids : undefined
  }
}

const withVersions = (message: LongwatchMessage, versions: string[] | undefined): LongwatchMessage =>
  versions && message.role === 'user' ? { ...message, metadata: { ...message.metadata, versions } } : message
