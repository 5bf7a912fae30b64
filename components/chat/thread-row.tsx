'use client'

import { memo, type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { MessageRow } from '@/components/chat/message-row'
import { createNearness, type Nearness, type WatchNearness } from '@/components/chat/nearness'

/** In shorter threads every row stays drawn, and the browser's own search finds all of it. */
export const RESTS_FROM = 100
/** What a reader opened or is writing in is not put away. */
const IN_USE = '.tool-card [aria-expanded="true"], [data-testid="reasoning"][data-open="true"], form, :focus'

/** What is drawn over several frames and not all there yet (`useGradually`). */
const DRAWING = '[data-drawing]'

/** One watch for all rows of a thread. */
export function useNearness(frame: RefObject<HTMLElement | null>): WatchNearness {
  const nearness = useRef<Nearness | null>(null)
  useEffect(
    () => () => {
      nearness.current?.close()
      nearness.current = null
    },
    [],
  )
  return useCallback(
    (row, tell) => {
      if (!frame.current) return () => {}
      nearness.current ??= createNearness(frame.current)
      return nearness.current.watch(row, tell)
    },
    [frame],
  )
}

/** A row that rested is drawn again over some frames: until then it keeps its height, so that nothing moves. */
function useHeldHeight(row: RefObject<HTMLElement | null>, height: number | null): void {
  const rested = useRef<number | null>(null)
  useLayoutEffect(() => {
    const element = row.current
    const before = rested.current
    rested.current = height
    if (!element || before === null || height !== null) return
    const isDrawing = () => element.querySelector(DRAWING) !== null
    if (!isDrawing()) return
    element.style.minHeight = `${before}px`
    const look = () => {
      if (isDrawing()) frame = requestAnimationFrame(look)
      else element.style.minHeight = ''
    }
    let frame = requestAnimationFrame(look)
    return () => {
      cancelAnimationFrame(frame)
      element.style.minHeight = ''
    }
  }, [row, height])
}

/**
 * A message in its place. Far from what is seen it may rest: only its height is left, so nothing moves, and a thread of
 * thousands keeps what is near. It stays in the flow and in its order, for anchors and for those who listen to the page.
 */
export const ThreadRow = memo(function ThreadRow({
  sessionId,
  messageId,
  mayRest,
  marked,
  watch,
}: {
  sessionId: string
  messageId: string
  mayRest: boolean
  marked: boolean
  watch: WatchNearness
}) {
  const row = useRef<HTMLDivElement>(null)
  /** While it rests. */
  const [height, setHeight] = useState<number | null>(null)
  useHeldHeight(row, height)

  useEffect(() => {
    const element = row.current
    if (!element || !mayRest) return
    let isFar = false
    let frame = 0
    const rest = () => {
      if (!isFar) return
      // Only the height of a row that is all there is worth keeping.
      if (element.querySelector(DRAWING)) frame = requestAnimationFrame(rest)
      else if (element.offsetHeight > 0 && !element.querySelector(IN_USE)) setHeight(element.offsetHeight)
    }
    const end = watch(element, (isNear) => {
      isFar = !isNear
      cancelAnimationFrame(frame)
      if (isNear) setHeight(null)
      else rest()
    })
    return () => {
      cancelAnimationFrame(frame)
      end()
      setHeight(null)
    }
  }, [mayRest, watch])

  const rests = height !== null
  return (
    <div
      ref={row}
      className="thread-item"
      data-item={messageId}
      data-marked={marked || undefined}
      data-resting={rests || undefined}
      style={rests ? { height } : undefined}
    >
      {!rests && <MessageRow sessionId={sessionId} messageId={messageId} />}
    </div>
  )
})
