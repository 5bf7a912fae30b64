'use client'

import { ArrowDown } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useClient, useMessageIds, useSessionHead } from '@/components/chat/live'
import { MessageRow } from '@/components/chat/message-row'
import { useAnchoredScroll } from '@/components/chat/use-anchored-scroll'
import { WaitingRow } from '@/components/chat/waiting-row'
import { Button } from '@/components/ui/button'
import { toastError } from '@/components/ui/toaster'

/** The conversation: scrolls in its own frame, follows the answer while the reader is at its end. */
export function Thread({ sessionId, jumpSignal }: { sessionId: string; jumpSignal: number }) {
  const ids = useMessageIds(sessionId)
  const head = useSessionHead(sessionId)
  const client = useClient()
  const { frame, content, atEnd, jump } = useAnchoredScroll(ids[0])
  const seen = useRef(jumpSignal)

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
          {ids.map((id) => (
            <div key={id} className="thread-item">
              <MessageRow sessionId={sessionId} messageId={id} />
            </div>
          ))}
          <WaitingRow sessionId={sessionId} lastId={ids.at(-1)} />
        </div>
      </div>
      {!atEnd && (
        <button
          type="button"
          data-testid="jump-to-latest"
          onClick={jump}
          className="animate-appear absolute bottom-3 left-1/2 inline-flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full border border-line bg-raised px-3 text-xs font-medium shadow-float hover:border-line-strong"
        >
          <ArrowDown size={14} aria-hidden />
          Latest
        </button>
      )}
    </div>
  )
}
