'use client'

import { useCallback, useSyncExternalStore } from 'react'
import { useClient } from '@/components/chat/live'
import type { RunView, SessionHead } from '@/components/chat/live/types'

const nothing = () => () => {}

/** The head of a session, or null for a new chat, which has none. */
export function useMaybeHead(sessionId: string | null): SessionHead | null {
  const client = useClient()
  const session = sessionId === null ? null : client.session(sessionId)
  const subscribe = useCallback(
    (listener: () => void) => (session ? session.subscribe('head', listener) : nothing()),
    [session],
  )
  const snapshot = () => session?.head() ?? null
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}

/** The state of a session's run, or null for a new chat. */
export function useMaybeRun(sessionId: string | null): RunView | null {
  const client = useClient()
  const session = sessionId === null ? null : client.session(sessionId)
  const subscribe = useCallback(
    (listener: () => void) => (session ? session.subscribe('run', listener) : nothing()),
    [session],
  )
  const snapshot = () => session?.run() ?? null
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}
