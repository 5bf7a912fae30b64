'use client'

import { useEffect, useRef } from 'react'
import { useClient } from '@/components/chat/live'

/** Notes on the server how much of a session was seen, and which run's end, whenever somebody looks at it: the mark follows the person to every device. */
export function useSeen(sessionId: string, messageCount: number, lastRun: string | undefined): void {
  const client = useClient()
  const noted = useRef('')
  useEffect(() => {
    const note = () => {
      const mark = `${sessionId}:${messageCount}:${lastRun}`
      if (messageCount === 0 || document.visibilityState !== 'visible' || noted.current === mark) return
      noted.current = mark
      client.markSession(sessionId, { seen: messageCount, seenRun: lastRun }).catch(() => {
        // Noted with the next look.
        noted.current = ''
      })
    }
    note()
    document.addEventListener('visibilitychange', note)
    return () => document.removeEventListener('visibilitychange', note)
  }, [client, sessionId, messageCount, lastRun])
}
