'use client'

import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { useClient } from '@/components/chat/live'

export type Rating = 'up' | 'down'

export interface GivenFeedback {
  rating: Rating
  comment: string | null
}

interface FeedbackState {
  /** Of the caller's own, by message; null until it was loaded. */
  given: ReadonlyMap<string, GivenFeedback> | null
  /** Null takes it back. Rejects with an `ApiError`, and then nothing has changed. */
  give: (messageId: string, feedback: GivenFeedback | null) => Promise<void>
}

const FeedbackContext = createContext<FeedbackState | null>(null)

interface Answer {
  feedback: (GivenFeedback & { messageId: string })[]
}

/** What the reader has said about this session's answers; read once with the thread. */
export function FeedbackProvider({ sessionId, children }: { sessionId: string; children: ReactNode }) {
  const client = useClient()
  const [given, setGiven] = useState<FeedbackState['given']>(null)
  const path = `/api/sessions/${encodeURIComponent(sessionId)}`

  useEffect(() => {
    let wanted = true
    client.request<Answer>('GET', `${path}/feedback`).then(
      ({ feedback }) => {
        // What was given while it was read is newer.
        const read = feedback.map(({ messageId, ...item }) => [messageId, item] as const)
        if (wanted) setGiven((now) => new Map([...read, ...(now ?? [])]))
      },
      // Nothing is lost: what is given anew takes the place of what was given.
      () => wanted && setGiven((now) => now ?? new Map()),
    )
    return () => {
      wanted = false
    }
  }, [client, path])

  const give = useCallback<FeedbackState['give']>(
    async (messageId, feedback) => {
      await client.request('PUT', `${path}/messages/${encodeURIComponent(messageId)}/feedback`, {
        body: feedback ?? { rating: null },
      })
      setGiven((now) => {
        const next = new Map(now ?? [])
        if (feedback) next.set(messageId, feedback)
        else next.delete(messageId)
        return next
      })
    },
    [client, path],
  )

  const state = useMemo(() => ({ given, give }), [given, give])
  return <FeedbackContext.Provider value={state}>{children}</FeedbackContext.Provider>
}

/** Null outside a thread. */
export const useFeedback = () => useContext(FeedbackContext)
