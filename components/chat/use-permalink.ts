'use client'

import { type RefObject, useEffect, useState } from 'react'
import { ApiError, type ChatClient, useClient } from '@/components/chat/live'
import { messageIdOfHash } from '@/components/chat/message-text'
import { useVersions } from '@/components/chat/versions/context'
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

/** Whether a message is in the session's current thread, in an earlier version, or in neither. */
async function whereIs(client: ChatClient, sessionId: string, messageId: string) {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}?branch=${encodeURIComponent(messageId)}`
  try {
    const { isCurrent } = await client.request<{ isCurrent: boolean }>('GET', path)
    return isCurrent ? 'current' : 'earlier'
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 'nowhere'
    throw error
  }
}

/**
 * Follows the address's `#{messageId}`: older pages are loaded until the message is there, then it is revealed and marked.
 * One in an earlier version is shown there. Answers the marked message's id.
 */
export function usePermalink(
  sessionId: string,
  frame: RefObject<HTMLDivElement | null>,
  { want, reveal }: { want: (messageId: string | null) => void; reveal: (target: Element) => void },
): string | null {
  const client = useClient()
  const { looking, show, leave, isStepped } = useVersions()
  const [marked, setMarked] = useState<string | null>(null)

  useEffect(() => {
    let wanted = 0
    const session = client.session(sessionId)

    async function find(messageId: string, number: number): Promise<void> {
      const isWanted = () => wanted === number
      const isHere = session.messageIds().includes(messageId)
      // An earlier version that is shown has the message that it is shown for.
      const where = isHere || messageId === looking ? null : await whereIs(client, sessionId, messageId)
      if (!isWanted()) return
      if (where === 'earlier') return show(messageId)
      if (where === 'current' && looking !== null) return leave(false)
      while (!session.messageIds().includes(messageId)) {
        const before = session.messageIds()[0]
        if (where === 'nowhere' || !session.head().hasOlder) {
          toastError('Not found', new Error('The message that the address points at is not in this session.'))
          return
        }
        await client.loadOlder(sessionId)
        // What was loaded is told with the next frame.
        while (isWanted() && session.head().hasOlder && session.messageIds()[0] === before)
          await new Promise((resolve) => requestAnimationFrame(resolve))
        if (!isWanted()) return
      }
      want(messageId)
      const element = frame.current && (await drawn(frame.current, messageId, isWanted))
      if (!element || !isWanted()) return
      if (!isStepped(messageId)) setMarked(messageId)
      reveal(element)
    }

    const follow = (hash: string) => {
      const messageId = messageIdOfHash(hash)
      wanted += 1
      setMarked(null)
      want(null)
      if (messageId) find(messageId, wanted).catch((error: unknown) => toastError('Not loaded', error))
    }
    // The router may write the address once more behind a change of ours, over a new one that is not told yet.
    const followChange = (event: HashChangeEvent) => follow(new URL(event.newURL).hash)
    follow(window.location.hash)
    window.addEventListener('hashchange', followChange)
    return () => {
      wanted += 1
      window.removeEventListener('hashchange', followChange)
    }
  }, [client, sessionId, frame, want, reveal, looking, show, leave, isStepped])

  return marked
}
