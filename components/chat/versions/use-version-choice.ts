'use client'

import { useCallback, useMemo, useRef, useState } from 'react'
import { useClient } from '@/components/chat/live'
import type { Step, Versions } from '@/components/chat/versions/context'

function nameInAddress(messageId: string | null) {
  const url = new URL(window.location.href)
  url.hash = messageId === null ? '' : encodeURIComponent(messageId)
  window.history.replaceState(null, '', url)
}

/**
 * The page's choice among a session's versions. The address names the message that was chosen, so a reload and a copied
 * address show the same.
 */
export function useVersionChoice(sessionId: string | null): Versions {
  const client = useClient()
  const [choice, setChoice] = useState<{ sessionId: string | null; messageId: string | null }>({
    sessionId,
    messageId: null,
  })
  const step = useRef<{ messageId: string; step: Step; taken: boolean } | null>(null)
  const looking = choice.sessionId === sessionId ? choice.messageId : null

  const show = useCallback(
    (messageId: string, by?: Step) => {
      if (sessionId === null) return
      step.current = by ? { messageId, step: by, taken: false } : null
      nameInAddress(messageId)
      const isCurrent = client.session(sessionId).messageIds().includes(messageId)
      setChoice({ sessionId, messageId: isCurrent ? null : messageId })
    },
    [client, sessionId],
  )
  const leave = useCallback(
    (atEnd: boolean) => {
      if (atEnd) nameInAddress(null)
      if (atEnd) step.current = null
      setChoice({ sessionId, messageId: null })
    },
    [sessionId],
  )
  const takeStep = useCallback((messageId: string) => {
    const made = step.current
    if (made?.messageId !== messageId || made.taken) return null
    made.taken = true
    return made.step
  }, [])
  const isStepped = useCallback((messageId: string) => step.current?.messageId === messageId, [])

  return useMemo(() => ({ looking, show, leave, takeStep, isStepped }), [looking, show, leave, takeStep, isStepped])
}
