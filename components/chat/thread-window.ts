/** Shorter threads are drawn whole, and the browser's own search finds all of them. */
export const WINDOW_FROM = 100
/** The newest stay drawn: one comes back to them, and the last may be growing. */
export const NEWEST = 10
/** So many rows are drawn with each frame; so many at the end at once, as they come there one by one. */
export const ROWS_PER_FRAME = 4
/** So far from what is seen, in pixels, a row is drawn; and so far it may go before it is put away. */
export const NEAR = 3_000
const FAR = NEAR + 1_000
/** What a row of unknown height is taken for until one was measured, in pixels. */
const FIRST_GUESS = 180

/** A piece of the thread, from its beginning: a message that is drawn, or a gap where `to - from` are not. */
export type Stretch =
  | { kind: 'row'; id: string }
  | { kind: 'gap'; id: string; from: number; to: number; height: number }

/** The heights of rows in pixels: as measured, else as assumed once, so that a gap keeps its height. */
export interface RowHeights {
  /** Measured or assumed. */
  of: (id: string) => number
  measured: (id: string) => number | undefined
  measure: (id: string, height: number) => void
  /** After the width changed nothing that was measured holds. */
  forget: () => void
}

export function createRowHeights(): RowHeights {
  const measured = new Map<string, number>()
  const assumed = new Map<string, number>()
  let sum = 0

  function assume(id: string): number {
    const guess = measured.size > 0 ? sum / measured.size : FIRST_GUESS
    assumed.set(id, guess)
    return guess
  }

  return {
    of: (id) => measured.get(id) ?? assumed.get(id) ?? assume(id),
    measured: (id) => measured.get(id),
    measure: (id, height) => {
      sum += height - (measured.get(id) ?? 0)
      measured.set(id, height)
    },
    forget: () => {
      measured.clear()
      assumed.clear()
      sum = 0
    },
  }
}

/** The thread as rows and gaps. The work grows with the number of messages, not with what they hold. */
export function stretchesOf(ids: readonly string[], drawn: ReadonlySet<string>, heights: RowHeights): Stretch[] {
  const stretches: Stretch[] = []
  for (let from = 0; from < ids.length; ) {
    const id = ids[from] as string
    if (drawn.has(id)) {
      stretches.push({ kind: 'row', id })
      from += 1
      continue
    }
    let height = 0
    let to = from
    for (; to < ids.length && !drawn.has(ids[to] as string); to += 1) height += heights.of(ids[to] as string)
    stretches.push({ kind: 'gap', id, from, to, height })
    from = to
  }
  return stretches
}

/** Where something lies, in pixels from any one line. */
export interface Span {
  top: number
  bottom: number
}

/** A stretch as it lies on the page. */
export interface Placed {
  stretch: Stretch
  span: Span
  /** A reader has something open in it, or it is not all there yet. Asked of rows that could be put away. */
  isHeld?: () => boolean
}

export interface WindowChange {
  draw: string[]
  putAway: { id: string; height: number }[]
}

/** How far a span is from the middle of what is seen. */
const distance = (span: Span, view: Span) => Math.abs(span.top + span.bottom - view.top - view.bottom)
const touches = (span: Span, view: Span, around: number) =>
  span.bottom > view.top - around && span.top < view.bottom + around

/**
 * What is to be drawn next, the nearest to what is seen first, and what may be put away. `wanted` are messages that are
 * drawn wherever they are: the one that the address points at comes before all others.
 */
export function changeOfWindow(
  {
    ids,
    placed,
    view,
    wanted,
  }: { ids: readonly string[]; placed: Iterable<Placed>; view: Span; wanted: string | null },
  heights: RowHeights,
): WindowChange {
  const isWhole = ids.length < WINDOW_FROM
  const newest = new Set(ids.slice(-NEWEST))
  const missing: { id: string; distance: number }[] = []
  const putAway: WindowChange['putAway'] = []

  for (const { stretch, span, isHeld } of placed) {
    if (stretch.kind === 'row') {
      const { id } = stretch
      const stays = isWhole || id === wanted || newest.has(id) || touches(span, view, FAR)
      if (!stays && !isHeld?.()) putAway.push({ id, height: span.bottom - span.top })
      continue
    }
    let top = span.top
    for (const id of ids.slice(stretch.from, stretch.to)) {
      const row = { top, bottom: top + heights.of(id) }
      if (id === wanted) missing.push({ id, distance: -1 })
      else if (isWhole || newest.has(id) || touches(row, view, NEAR))
        missing.push({ id, distance: distance(row, view) })
      top = row.bottom
    }
  }
  missing.sort((one, other) => one.distance - other.distance)
  return { draw: missing.slice(0, ROWS_PER_FRAME).map(({ id }) => id), putAway }
}
