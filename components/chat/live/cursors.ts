import type { Watch } from '@/components/chat/live/types'

/** `{runId}.{n}`: that run's events up to n are known. Run ids sort by the time the runs were made. */
export interface Cursor {
  runId: string
  n: number
}

export function parseCursor(cursor: string | null): Cursor | null {
  const dot = cursor?.lastIndexOf('.') ?? -1
  return cursor === null || dot < 0 ? null : { runId: cursor.slice(0, dot), n: Number(cursor.slice(dot + 1)) }
}

export const formatCursor = (cursor: Cursor) => `${cursor.runId}.${cursor.n}`

/** True when a reader at `cursor` lacks events that a reader at `other` has. No cursor knows nothing. */
export function isBehind(cursor: string | null, other: string | null): boolean {
  const [left, right] = [parseCursor(cursor), parseCursor(other)]
  if (!right) return false
  if (!left) return true
  return left.runId === right.runId ? left.n < right.n : left.runId < right.runId
}

/** The cursor that serves both: the older one. No cursor stands for a page that knows no run, so the other serves it. */
export function olderCursor(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right
  return isBehind(left, right) ? left : right
}

/** At most this many watches fit one request; organisations and then the newest sessions go first. */
export const MAX_WATCHES = 32

export function boundWatches(watches: Watch[]): Watch[] {
  if (watches.length <= MAX_WATCHES) return watches
  const organisations = watches.filter(({ key }) => key.startsWith('org:'))
  const sessions = watches.filter(({ key }) => !key.startsWith('org:'))
  return [...organisations, ...sessions.slice(Math.min(0, organisations.length - MAX_WATCHES))].slice(-MAX_WATCHES)
}
