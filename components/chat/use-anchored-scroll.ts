'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** So close to the end counts as being there. */
const SLACK = 56

/**
 * Follows the end of a growing list while the reader is there, and leaves the reader alone otherwise. Only the list's
 * own frame is scrolled. When older items come in at the top, what is being read stays where it is.
 */
export function useAnchoredScroll(firstId: string | undefined) {
  const frame = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  const [atEnd, setAtEnd] = useState(true)
  const fromEnd = useRef(0)
  const knownFirst = useRef(firstId)

  const jump = useCallback(() => {
    const element = frame.current
    if (!element) return
    follows.current = true
    setAtEnd(true)
    element.scrollTop = element.scrollHeight
  }, [])

  useFollow(frame, content, follows)

  useEffect(() => {
    const element = frame.current
    if (!element) return
    let lastTop = element.scrollTop
    const onScroll = () => {
      const distance = element.scrollHeight - element.scrollTop - element.clientHeight
      fromEnd.current = element.scrollHeight - element.scrollTop
      // Content that grew moves the end away without the reader's doing: only a move upwards lets go.
      if (distance <= SLACK) follows.current = true
      else if (element.scrollTop < lastTop) follows.current = false
      lastTop = element.scrollTop
      setAtEnd(follows.current)
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [])

  useLayoutEffect(() => {
    const element = frame.current
    const grewAtTop = knownFirst.current !== undefined && firstId !== knownFirst.current
    knownFirst.current = firstId
    if (element && grewAtTop && !follows.current) element.scrollTop = element.scrollHeight - fromEnd.current
  }, [firstId])

  return { frame, content, atEnd, jump }
}

function useFollow(
  frame: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
  follows: RefObject<boolean>,
) {
  useLayoutEffect(() => {
    const element = frame.current
    const inner = content.current
    if (!element || !inner) return
    const keep = () => {
      if (follows.current) element.scrollTop = element.scrollHeight
    }
    keep()
    const observer = new ResizeObserver(keep)
    observer.observe(inner)
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame, content, follows])
}
