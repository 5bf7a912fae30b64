'use client'

import { useEffect, useMemo, useRef } from 'react'
import { FeedbackProvider } from '@/components/chat/feedback-context'
import { JumpToLatest } from '@/components/chat/jump-to-latest'
import { useClient, useMessageIds, useSessionHead } from '@/components/chat/live'
import { ThreadContext } from '@/components/chat/thread-context'
import { RESTS_FROM, ThreadRow, useNearness } from '@/components/chat/thread-row'
import { useAnchoredScroll } from '@/components/chat/use-anchored-scroll'
import { usePermalink } from '@/components/chat/use-permalink'
import { WaitingRow } from '@/components/chat/waiting-row'
import { useControl } from '@/components/commands/controls'
import { Button } from '@/components/ui/button'
import { toastError } from '@/components/ui/toaster'
import { useGradually } from '@/components/ui/use-gradually'

/** The newest stay drawn: one comes back to them, and the last may be growing. */
const NEVER_REST = 10
/** The newest are drawn first; those above follow, so many with each frame. */
const ROWS_PER_FRAME = 4

/** The conversation: scrolls in its own frame, follows the answer while the reader is at its end. */
export function Thread({ sessionId, jumpSignal }: { sessionId: string; jumpSignal: number }) {
  const ids = useMessageIds(sessionId)
  const head = useSessionHead(sessionId)
  const client = useClient()
  const hidden = ids.length - useGradually(ids.length, ROWS_PER_FRAME)
  const { frame, content, atEnd, jump, reveal } = useAnchoredScroll(ids[hidden])
  const marked = usePermalink(sessionId, frame, reveal)
  const watch = useNearness(frame)
  const controls = useMemo(() => ({ jump }), [jump])
  const seen = useRef(jumpSignal)
  useControl('jumpToLatest', atEnd ? null : jump)

  useEffect(() => {
    if (seen.current !== jumpSignal) jump()
    seen.current = jumpSignal
  }, [jumpSignal, jump])

  const loadOlder = () => client.loadOlder(sessionId).catch((error: unknown) => toastError('Not loaded', error))

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={frame}
        className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none]"
        data-testid="thread"
      >
        <div
          ref={content}
          role="log"
          aria-live="off"
          aria-label="Conversation"
          className="mx-auto w-full max-w-3xl px-4 pb-8 sm:px-6"
        >
          {head.hasOlder && (
            <div className="flex justify-center pb-4">
              <Button
                size="small"
                variant="quiet"
                busy={head.loadingOlder}
                onClick={loadOlder}
                data-testid="load-older"
              >
                Load older messages
              </Button>
            </div>
          )}
          <ThreadContext value={controls}>
            <FeedbackProvider sessionId={sessionId}>
              {ids.slice(hidden).map((id, place) => (
                <ThreadRow
                  key={id}
                  sessionId={sessionId}
                  messageId={id}
                  mayRest={ids.length >= RESTS_FROM && hidden + place < ids.length - NEVER_REST}
                  marked={marked === id}
                  watch={watch}
                />
              ))}
            </FeedbackProvider>
          </ThreadContext>
          <WaitingRow sessionId={sessionId} lastId={ids.at(-1)} />
        </div>
      </div>
      {!atEnd && <JumpToLatest sessionId={sessionId} onJump={jump} />}
    </div>
  )
}
