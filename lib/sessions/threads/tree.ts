/**
 * A session's messages are numbered in the order in which they were stored (positions 1, 2, 3 …), whichever thread they
 * belong to. Each follows the one before it, unless it begins a piece: then it follows the message at `after`. So the
 * pieces alone say what the tree is, and a thread is a few intervals of positions. Everything here is pure.
 */
export interface Piece {
  /** Its first message's position. */
  from: number
  /** The position that this message follows; 0: it is a first question. */
  after: number
  /** Its first message's id, a question's. */
  id: string
  /** The id of the question that stood behind `after` before there was a piece there. */
  root?: string
}

/** Positions from the first to the second, both included. */
export type Interval = [from: number, to: number]

/** The messages of one thread from its beginning on: intervals in ascending order. */
export type Path = Interval[]

const FIRST = { from: 1, after: 0 }

export const tipOf = (path: Path): number => path.at(-1)?.[1] ?? 0

/** What a thread is known by: where its last piece begins. It stays while the thread is only added to. */
export const threadOf = (path: Path): number => path.at(-1)?.[0] ?? 1

export const includes = (path: Path, position: number): boolean =>
  path.some(([from, to]) => from <= position && position <= to)

export const lengthOf = (path: Path): number => path.reduce((sum, [from, to]) => sum + to - from + 1, 0)

/** The part of a path in front of a position, which need not be on it. */
export function cutBefore(path: Path, position: number): Path {
  const last = Math.ceil(position) - 1
  return path.flatMap(([from, to]): Path => (from > last ? [] : [[from, Math.min(to, last)]]))
}

/** What of `count` messages is not on a path. */
export function besides(path: Path, count: number): Path {
  const ends: Path = [...path, [count + 1, count + 1]]
  return ends.flatMap(([from], index): Path => {
    const next = (path[index - 1]?.[1] ?? 0) + 1
    return next < from ? [[next, from - 1]] : []
  })
}

/** The last `count` messages of a path. */
export function lastOf(path: Path, count: number): Path {
  const kept: Path = []
  let left = count
  for (const [from, to] of path.toReversed()) {
    if (left <= 0) break
    kept.unshift([Math.max(from, to - left + 1), to])
    left -= to - from + 1
  }
  return kept
}

/** A path with one more message at its end; `position` is the newest of the session. */
export function extended(path: Path, position: number): Path {
  const last = path.at(-1)
  if (last?.[1] === position - 1) return [...path.slice(0, -1), [last[0], position]]
  return [...path, [position, position]]
}

/** Which piece a position belongs to; -1: to none, but to what was there before the first piece. */
const pieceOf = (pieces: readonly Piece[], position: number) => pieces.findLastIndex(({ from }) => from <= position)

/** The position that a message follows; 0: nothing. */
export function parentOf(pieces: readonly Piece[], position: number): number {
  const piece = pieces[pieceOf(pieces, position)]
  return piece?.from === position ? piece.after : position - 1
}

/** The thread from the first question to the message at a position. */
export function pathTo(pieces: readonly Piece[], position: number): Path {
  const path: Path = []
  for (let to = position; to > 0; ) {
    const { from, after } = pieces[pieceOf(pieces, to)] ?? FIRST
    path.unshift([from, to])
    to = after
  }
  return path
}

/** The thread that goes through a position, and from there on to where it was added to last. `count`: all messages. */
export function pathThrough(pieces: readonly Piece[], position: number, count: number): Path {
  const endOf = (index: number) => (pieces[index + 1]?.from ?? count + 1) - 1
  const own = pieceOf(pieces, position)
  const below: Path = [[position, endOf(own)]]
  for (let index = own + 1; index < pieces.length; index += 1) {
    const { from, after } = pieces[index] as Piece
    if (includes(below, after)) below.push([from, endOf(index)])
  }
  return pathTo(pieces, tipOf(below))
}

/** The piece that begins with a question in the place of another one, at a position behind all others. */
export function replacing(
  pieces: readonly Piece[],
  replaced: { id: string; position: number },
  made: { id: string; position: number },
): Piece {
  const after = parentOf(pieces, replaced.position)
  const siblings = pieces.filter((piece) => piece.after === after)
  const isRoot = !pieces.some(({ from }) => from === replaced.position)
  const root = isRoot ? replaced.id : siblings.find((piece) => piece.root)?.root
  return { from: made.position, after, id: made.id, ...(root ? { root } : {}) }
}

/** By the position that they follow, the ids of the questions that stand in each other's place, in the order asked. */
export function versionsByParent(pieces: readonly Piece[]): Map<number, string[]> {
  const versions = new Map<number, string[]>()
  for (const { after, id, root } of pieces) {
    const known = versions.get(after)
    if (known) known.push(id)
    else versions.set(after, root ? [root, id] : [id])
  }
  return versions
}
