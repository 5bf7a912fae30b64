'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { movedSince, noteReading, type ReadingAnchor } from '@/components/chat/reading-anchor'
import type { Stretch } from '@/components/chat/thread-window'

/** So close to the end counts as being there. */
const SLACK = 56

/**
 * Follows the end of a growing list while the reader is there; else what is being read stays where it is, whatever comes,
 * goes, opens or closes above it. Only the list's own frame is scrolled.
 */
export function useAnchoredScroll(
  frame: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
  stretches: readonly Stretch[],
) {
  const follows = useRef(true)
  const reading = useRef<ReadingAnchor>([])
  const [atEnd, setAtEnd] = useState(true)

  const jump = useCallback(() => {
    const element = frame.current
    if (!element) return
    follows.current = true
    setAtEnd(true)
    element.scrollTop = element.scrollHeight
  }, [frame])

  /** Brings an element of the list to the frame's upper part and stays there. */
  const reveal = useCallback(
    (target: Element) => {
      const element = frame.current
      if (!element || !content.current) return
      follows.current = false
      const distance = target.getBoundingClientRect().top - element.getBoundingClientRect().top
      element.scrollTop += distance - element.clientHeight * 0.12
      setAtEnd(isAtEnd(element))
      reading.current = noteReading(element, content.current)
    },
    [frame, content],
  )

  /** After a change of the list's height or place, before it is painted. */
  const keep = useCallback(() => {
    const element = frame.current
    if (!element) return
    if (follows.current) {
      element.scrollTop = element.scrollHeight
      return
    }
    const moved = movedSince(reading.current, element)
    if (Math.abs(moved) < 1) return
    element.scrollTop += moved
    if (content.current) reading.current = noteReading(element, content.current)
  }, [frame, content])

  useEffect(() => {
    const element = frame.current
    if (!element) return
    let lastTop = element.scrollTop
    const onScroll = () => {
      // Content that grew moves the end away without the reader's doing: only a move upwards lets go.
      if (isAtEnd(element)) follows.current = true
      else if (element.scrollTop < lastTop) follows.current = false
      lastTop = element.scrollTop
      if (!follows.current && content.current) reading.current = noteReading(element, content.current)
      setAtEnd(follows.current)
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [frame, content])

  // Where a gap was read, which has nothing to hold on to, there may be a message now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows say when
  useLayoutEffect(() => {
    keep()
    if (!follows.current && frame.current && content.current)
      reading.current = noteReading(frame.current, content.current)
  }, [stretches, keep, frame, content])
  useObserved(frame, content, keep)

  return { atEnd, jump, reveal }
}

const isAtEnd = (element: Element) => element.scrollHeight - element.scrollTop - element.clientHeight <= SLACK

/** Calls `keep` whenever the frame or what is in it has another size. */
function useObserved(
  frame: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
  keep: () => void,
) {
  useLayoutEffect(() => {
    const element = frame.current
    const inner = content.current
    if (!element || !inner) return
    keep()
    const observer = new ResizeObserver(keep)
    observer.observe(inner)
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame, content, keep])
}
