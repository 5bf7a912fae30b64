'use client'

import { useEffect, useMemo, useRef } from 'react'
import { FeedbackProvider } from '@/components/chat/feedback-context'
import { JumpToLatest } from '@/components/chat/jump-to-latest'
import { useMessageIds, useSessionHead } from '@/components/chat/live'
import { ThreadContext } from '@/components/chat/thread-context'
import { ThreadGap, ThreadRow } from '@/components/chat/thread-row'
import { useAnchoredScroll } from '@/components/chat/use-anchored-scroll'
import { useOlder } from '@/components/chat/use-older'
import { usePermalink } from '@/components/chat/use-permalink'
import { useThreadWindow } from '@/components/chat/use-thread-window'
import { WaitingRow } from '@/components/chat/waiting-row'
import { useControl } from '@/components/commands/controls'
import { Button } from '@/components/ui/button'

/** The conversation: scrolls in its own frame, follows the answer while the reader is at its end. */
export function Thread({ sessionId, jumpSignal }: { sessionId: string; jumpSignal: number }) {
  const ids = useMessageIds(sessionId)
  const head = useSessionHead(sessionId)
  const frame = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const { stretches, heights, want } = useThreadWindow(ids, frame, content)
  const { atEnd, jump, reveal } = useAnchoredScroll(frame, content, stretches)
  const marked = usePermalink(sessionId, frame, { want, reveal })
  const older = useOlder(sessionId, frame)
  const controls = useMemo(() => ({ jump }), [jump])
  const seen = useRef(jumpSignal)
  useControl('jumpToLatest', atEnd ? null : jump)

  useEffect(() => {
    if (seen.current !== jumpSignal) jump()
    seen.current = jumpSignal
  }, [jumpSignal, jump])

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
          data-count={ids.length}
          className="mx-auto w-full max-w-3xl px-4 pb-8 sm:px-6"
        >
          {head.hasOlder && (
            <div data-passing className="flex justify-center pb-4">
              <Button size="small" variant="quiet" busy={head.loadingOlder} onClick={older} data-testid="load-older">
                Load older messages
              </Button>
            </div>
          )}
          <ThreadContext value={controls}>
            <FeedbackProvider sessionId={sessionId}>
              {stretches.map((stretch) =>
                stretch.kind === 'row' ? (
                  <ThreadRow
                    key={stretch.id}
                    sessionId={sessionId}
                    messageId={stretch.id}
                    marked={marked === stretch.id}
                    heights={heights}
                  />
                ) : (
                  <ThreadGap key={`gap ${stretch.id}`} height={stretch.height} count={stretch.to - stretch.from} />
                ),
              )}
            </FeedbackProvider>
          </ThreadContext>
          <WaitingRow sessionId={sessionId} lastId={ids.at(-1)} />
        </div>
      </div>
      {!atEnd && <JumpToLatest sessionId={sessionId} onJump={jump} />}
    </div>
  )
}
