'use client'

import { type RefObject, useEffect, useState } from 'react'
import { useClient } from '@/components/chat/live'
import { messageIdOfHash } from '@/components/chat/message-text'
import { toastError } from '@/components/ui/toaster'

/** Waits until something of the list is drawn; null when `stillWanted` says no. */
function drawn(frame: Element, messageId: string, stillWanted: () => boolean): Promise<Element | null> {
  return new Promise((resolve) => {
    const look = () => {
      const found = frame.querySelector(`[data-item="${CSS.escape(messageId)}"]`)
      if (found || !stillWanted()) resolve(found)
      else requestAnimationFrame(look)
    }
    look()
  })
}

/**
 * Follows the address's `#{messageId}`: older pages are loaded until the message is there, then it is revealed and marked.
 * Answers the marked message's id.
 */
export function usePermalink(
  sessionId: string,
  frame: RefObject<HTMLDivElement | null>,
  reveal: (target: Element) => void,
): string | null {
  const client = useClient()
  const [marked, setMarked] = useState<string | null>(null)

  useEffect(() => {
    let wanted = 0
    const session = client.session(sessionId)

    async function find(messageId: string, number: number): Promise<void> {
      const isWanted = () => wanted === number
      while (!session.messageIds().includes(messageId)) {
        const before = session.messageIds()[0]
        if (!session.head().hasOlder) {
          toastError('Not found', new Error('The message that the address points at is not in this session.'))
          return
        }
        await client.loadOlder(sessionId)
        // What was loaded is told with the next frame.
        while (isWanted() && session.head().hasOlder && session.messageIds()[0] === before)
          await new Promise((resolve) => requestAnimationFrame(resolve))
        if (!isWanted()) return
      }
      const element = frame.current && (await drawn(frame.current, messageId, isWanted))
      if (!element || !isWanted()) return
      setMarked(messageId)
      reveal(element)
    }

    const follow = () => {
      const messageId = messageIdOfHash(window.location.hash)
      wanted += 1
      setMarked(null)
      if (messageId) find(messageId, wanted).catch((error: unknown) => toastError('Not loaded', error))
    }
    follow()
    window.addEventListener('hashchange', follow)
    return () => {
      wanted += 1
      window.removeEventListener('hashchange', follow)
    }
  }, [client, sessionId, frame, reveal])

  return marked
}
