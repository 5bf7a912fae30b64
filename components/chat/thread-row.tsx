'use client'

import { memo, type RefObject, useLayoutEffect, useRef } from 'react'
import { MessageRow } from '@/components/chat/message-row'
import type { RowHeights } from '@/components/chat/thread-window'
import { DRAWING } from '@/components/chat/use-thread-window'

/** A row that was put away is drawn again over some frames: until then it has its height, so that nothing moves. */
function useHeldHeight(row: RefObject<HTMLDivElement | null>, heights: RowHeights, messageId: string): void {
  useLayoutEffect(() => {
    const element = row.current
    const before = heights.measured(messageId)
    const isDrawing = () => element?.querySelector(DRAWING) != null
    if (!element || before === undefined || !isDrawing()) return
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
  }, [row, heights, messageId])
}

/** A message in its place. */
export const ThreadRow = memo(function ThreadRow({
  sessionId,
  messageId,
  marked,
  heights,
}: {
  sessionId: string
  messageId: string
  marked: boolean
  heights: RowHeights
}) {
  const row = useRef<HTMLDivElement>(null)
  useHeldHeight(row, heights, messageId)
  return (
    <div ref={row} className="thread-item" data-stretch data-item={messageId} data-marked={marked || undefined}>
      <MessageRow sessionId={sessionId} messageId={messageId} />
    </div>
  )
})

/** Where messages are that are not drawn. Nothing to read, and nothing for the reader's place to hold on to. */
export const ThreadGap = memo(function ThreadGap({ height, count }: { height: number; count: number }) {
  return <div data-stretch data-passing data-gap={count} aria-hidden style={{ height }} />
})
