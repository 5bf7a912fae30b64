'use client'

import { memo, type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { MessageRow } from '@/components/chat/message-row'

/** In shorter threads every row stays drawn, and the browser's own search finds all of it. */
export const RESTS_FROM = 100
/** So far from what is seen a row may rest. */
const FAR = '3000px 0px'
/** What a reader opened or is writing in is not put away. */
const IN_USE = '.tool-card [aria-expanded="true"], [data-testid="reasoning"][data-open="true"], form, :focus'

export type WatchNearness = (row: Element, tell: (isNear: boolean) => void) => () => void

/** One observer for all rows of a thread: tells each whether it is near what is seen. */
export function useNearness(frame: RefObject<HTMLElement | null>): WatchNearness {
  const observer = useRef<IntersectionObserver | null>(null)
  const tells = useRef(new Map<Element, (isNear: boolean) => void>())
  useEffect(
    () => () => {
      observer.current?.disconnect()
      observer.current = null
    },
    [],
  )
  return useCallback(
    (row, tell) => {
      observer.current ??= new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) tells.current.get(target)?.(isIntersecting)
        },
        { root: frame.current, rootMargin: FAR },
      )
      tells.current.set(row, tell)
      observer.current.observe(row)
      return () => {
        tells.current.delete(row)
        observer.current?.unobserve(row)
      }
    },
    [frame],
  )
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

  useEffect(() => {
    const element = row.current
    if (!element || !mayRest) return
    const end = watch(element, (isNear) => {
      if (isNear) setHeight(null)
      else if (element.offsetHeight > 0 && !element.querySelector(IN_USE)) setHeight(element.offsetHeight)
    })
    return () => {
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
