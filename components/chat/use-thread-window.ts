'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { boxOf } from '@/components/chat/reading-anchor'
import {
  changeOfWindow,
  createRowHeights,
  type Placed,
  ROWS_PER_FRAME,
  type RowHeights,
  type Stretch,
  stretchesOf,
} from '@/components/chat/thread-window'

/** What a reader opened or is writing in is not put away. */
const IN_USE = '.tool-card [aria-expanded="true"], [data-testid="reasoning"][data-open="true"], form, :focus'
/** What is drawn over several frames and not all there yet (`useGradually`). */
export const DRAWING = '[data-drawing]'

function isHeld(row: Element): boolean {
  if (row.querySelector(IN_USE)) return true
  const selection = document.getSelection()
  return selection !== null && !selection.isCollapsed && selection.containsNode(row, true)
}

interface ThreadWindow {
  stretches: readonly Stretch[]
  heights: RowHeights
  /** Draws a message wherever it is, and keeps it drawn; null lets it go. */
  want: (messageId: string | null) => void
}

/**
 * Which messages of a thread are drawn: in a long one those near to what is seen, the newest, and what the reader has in
 * use. All others are gaps of their height. Looks at what is drawn only, once a frame and only when something moved.
 */
export function useThreadWindow(
  ids: readonly string[],
  frame: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
): ThreadWindow {
  const [heights] = useState(createRowHeights)
  const [drawn, setDrawn] = useState<ReadonlySet<string>>(() => new Set())
  const [wanted, want] = useState<string | null>(null)

  // What comes at the end is there with the frame that brings it; the first of all with the next, for the thread is new too.
  const latest = ids.slice(-ROWS_PER_FRAME)
  if (drawn.size > 0 && latest.some((id) => !drawn.has(id))) setDrawn(new Set([...drawn, ...latest]))

  const stretches = useMemo(() => stretchesOf(ids, drawn, heights), [ids, drawn, heights])
  const now = useRef({ ids, stretches, wanted })
  const scheduled = useRef(0)

  const look = useCallback(() => {
    scheduled.current = 0
    const view = frame.current?.getBoundingClientRect()
    if (!view || !list.current) return
    const { ids, stretches, wanted } = now.current
    let isDrawing = false
    const placed: Placed[] = []
    for (const element of list.current.children) {
      const stretch = element.hasAttribute('data-stretch') && stretches[placed.length]
      if (!stretch) continue
      const hold = () => {
        const unfinished = element.querySelector(DRAWING) !== null
        isDrawing ||= unfinished
        return unfinished || isHeld(element)
      }
      placed.push({ stretch, span: boxOf(element), isHeld: hold })
    }
    const change = changeOfWindow({ ids, placed, view, wanted }, heights)
    for (const { id, height } of change.putAway) heights.measure(id, height)
    if (change.draw.length > 0 || change.putAway.length > 0) {
      const next = new Set(change.draw)
      const gone = new Set(change.putAway.map(({ id }) => id))
      for (const stretch of stretches) if (stretch.kind === 'row' && !gone.has(stretch.id)) next.add(stretch.id)
      setDrawn(next)
    } else if (isDrawing) scheduled.current = requestAnimationFrame(look)
  }, [frame, list, heights])

  const lookSoon = useCallback(() => {
    scheduled.current ||= requestAnimationFrame(look)
  }, [look])

  useLayoutEffect(() => {
    now.current = { ids, stretches, wanted }
    lookSoon()
  }, [ids, stretches, wanted, lookSoon])

  useEffect(() => {
    const element = frame.current
    if (!element) return
    let width = element.clientWidth
    const resized = new ResizeObserver(() => {
      if (element.clientWidth !== width) heights.forget()
      width = element.clientWidth
      lookSoon()
    })
    resized.observe(element)
    element.addEventListener('scroll', lookSoon, { passive: true })
    return () => {
      cancelAnimationFrame(scheduled.current)
      scheduled.current = 0
      resized.disconnect()
      element.removeEventListener('scroll', lookSoon)
    }
  }, [frame, heights, lookSoon])

  return { stretches, heights, want }
}
