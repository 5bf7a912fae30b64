import { describe, expect, test } from 'vitest'
import {
  changeOfWindow,
  createRowHeights,
  NEAR,
  NEWEST,
  type Placed,
  ROWS_PER_FRAME,
  type RowHeights,
  stretchesOf,
  WINDOW_FROM,
} from '@/components/chat/thread-window'

const HEIGHT = 100
const idsOf = (count: number) => Array.from({ length: count }, (_, place) => `m${place}`)

/** The thread as it lies on a page whose view begins at `scrolled`, after as many looks as it takes. */
function settle(
  ids: string[],
  {
    scrolled,
    height = 800,
    wanted = null,
    held = [],
  }: { scrolled: number; height?: number; wanted?: string | null; held?: string[] },
  drawnBefore: Iterable<string> = [],
  heights: RowHeights = createRowHeights(),
) {
  const drawn = new Set(drawnBefore)
  let mostAtOnce = 0
  const order: string[] = []
  for (let looks = 0; looks < 1_000; looks += 1) {
    let top = -scrolled
    const placed = stretchesOf(ids, drawn, heights).map((stretch): Placed => {
      const size = stretch.kind === 'row' ? HEIGHT : stretch.height
      const span = { top, bottom: top + size }
      top += size
      return { stretch, span, isHeld: () => stretch.kind === 'row' && held.includes(stretch.id) }
    })
    const change = changeOfWindow({ ids, placed, view: { top: 0, bottom: height }, wanted }, heights)
    if (change.draw.length === 0 && change.putAway.length === 0) return { drawn, heights, mostAtOnce, order }
    mostAtOnce = Math.max(mostAtOnce, change.draw.length)
    order.push(...change.draw)
    for (const id of change.draw) drawn.add(id)
    for (const { id, height } of change.putAway) {
      drawn.delete(id)
      heights.measure(id, height)
    }
  }
  throw new Error('The window never settles.')
}

/** Heights that are all known. */
function known(ids: string[]): RowHeights {
  const heights = createRowHeights()
  for (const id of ids) heights.measure(id, HEIGHT)
  return heights
}

describe('the stretches of a thread', () => {
  test('are its rows, with one gap of their whole height for all between that are not drawn', () => {
    const ids = idsOf(6)
    expect(stretchesOf(ids, new Set(['m2', 'm5']), known(ids))).toEqual([
      { kind: 'gap', id: 'm0', from: 0, to: 2, height: 200 },
      { kind: 'row', id: 'm2' },
      { kind: 'gap', id: 'm3', from: 3, to: 5, height: 200 },
      { kind: 'row', id: 'm5' },
    ])
  })

  test('keep the height that was assumed, whatever is measured elsewhere', () => {
    const heights = createRowHeights()
    const before = heights.of('a')
    heights.measure('b', before * 3)
    expect(heights.of('a')).toBe(before)
    expect(heights.of('c')).toBe(before * 3)
  })

  test('are assumed anew after the width changed', () => {
    const heights = createRowHeights()
    heights.measure('a', 500)
    heights.forget()
    expect(heights.measured('a')).toBeUndefined()
    expect(heights.of('a')).not.toBe(500)
  })
})

describe('the window of a thread', () => {
  test('is all of a short one, some rows with each frame', () => {
    const ids = idsOf(WINDOW_FROM - 1)
    const { drawn, mostAtOnce } = settle(ids, { scrolled: 0 }, [], known(ids))
    expect(drawn.size).toBe(ids.length)
    expect(mostAtOnce).toBe(ROWS_PER_FRAME)
  })

  test('of a long one is what is near to the view, and the newest', () => {
    const ids = idsOf(2_000)
    const { drawn } = settle(ids, { scrolled: 100_000 }, [], known(ids))
    const near = ids.slice((100_000 - NEAR) / HEIGHT, (100_800 + NEAR) / HEIGHT)
    expect([...drawn].sort()).toEqual([...near, ...ids.slice(-NEWEST)].sort())
  })

  test('is no larger for a longer thread', () => {
    const sizes = [500, 5_000].map((count) => {
      const ids = idsOf(count)
      return settle(ids, { scrolled: 20_000 }, [], known(ids)).drawn.size
    })
    expect(sizes[0]).toBe(sizes[1])
  })

  test('draws what is in view before what is only near', () => {
    const ids = idsOf(500)
    const { order } = settle(ids, { scrolled: 20_000 }, [], known(ids))
    expect(order.slice(0, 8).sort()).toEqual(ids.slice(200, 208).sort())
  })

  test('moves with the reader, and leaves behind what it measured', () => {
    const ids = idsOf(500)
    const first = settle(ids, { scrolled: 10_000 })
    const then = settle(ids, { scrolled: 30_000 }, first.drawn, first.heights)
    expect(then.drawn.has('m105')).toBe(false)
    expect(then.heights.measured('m105')).toBe(HEIGHT)
  })

  test('a row at its edge is not drawn and put away in turn', () => {
    const ids = idsOf(500)
    const heights = known(ids)
    const first = settle(ids, { scrolled: 20_000 }, [], heights)
    const then = settle(ids, { scrolled: 20_500 }, first.drawn, heights)
    expect(then.drawn.has('m171')).toBe(true)
  })

  test('keeps what the reader has in use, however far away', () => {
    const ids = idsOf(500)
    const { drawn } = settle(ids, { scrolled: 40_000, held: ['m3'] }, ['m2', 'm3'], known(ids))
    expect(drawn.has('m3')).toBe(true)
    expect(drawn.has('m2')).toBe(false)
  })

  test('has the message that is wanted first, wherever it is', () => {
    const ids = idsOf(2_000)
    const { order, drawn } = settle(ids, { scrolled: 190_000, wanted: 'm7' }, [], known(ids))
    expect(order[0]).toBe('m7')
    expect(drawn.has('m7')).toBe(true)
    expect(drawn.has('m8')).toBe(false)
  })
})
