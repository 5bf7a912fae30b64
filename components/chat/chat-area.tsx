'use client'

import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { ChatHeader } from '@/components/chat/chat-header'
import type { SendMessage } from '@/components/chat/composer'
import { ComposerDock } from '@/components/chat/composer-dock'
import { ConnectionLine } from '@/components/chat/connection-line'
import { EmptyThread } from '@/components/chat/empty-thread'
import { ApiError, type SendResult, useClient } from '@/components/chat/live'
import { ThreadArea } from '@/components/chat/thread-area'
import { sessionIdOfPath, sessionPath } from '@/components/sessions/paths'
import { useWorkspace } from '@/components/sessions/workspace'

/** Broken connections and passing outages. */
const PASSING = new Set([0, 502, 503, 504])

/**
 * The conversation that the address names. When the first question of a new chat brings a session into being, only the
 * address changes: this component, the composer's focus and the live connection stay as they are.
 */
export function ChatArea() {
  const sessionId = sessionIdOfPath(usePathname())
  const { current } = useWorkspace()
  const client = useClient()
  const [suggestion, setSuggestion] = useState({ text: '', number: 0 })
  const [jumps, setJumps] = useState(0)
  /** `key` stays when a new chat becomes the session that was `born` of it. */
  const [place, setPlace] = useState({ sessionId, key: 0, born: null as string | null })
  const { id: organisationId, slug } = current.organisation

  if (place.sessionId !== sessionId) {
    const isBorn = sessionId !== null && sessionId === place.born
    setPlace({ sessionId, key: isBorn ? place.key : place.key + 1, born: null })
  }

  const send: SendMessage = async (message, whenBusy) => {
    const sentFrom = window.location.pathname
    setJumps((count) => count + 1)
    const handle = client.send({ organisationId, sessionId: sessionId ?? undefined, message, whenBusy })
    let result: SendResult
    try {
      result = await handle
    } catch (error) {
      // The network's failures stay in the thread, to be sent again under the same key; a refusal gives the text back.
      const isPassing = error instanceof ApiError && PASSING.has(error.status)
      if (sessionId !== null && isPassing) return 'kept'
      if (sessionId !== null) client.takeBack(sessionId, handle.localId)
      throw error
    }
    if (sessionId === null && window.location.pathname === sentFrom) {
      setPlace((now) => ({ ...now, born: result.sessionId }))
      window.history.replaceState(null, '', sessionPath(slug, result.sessionId))
    }
    return 'sent'
  }

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <ChatHeader sessionId={sessionId} />
      <ConnectionLine />
      {sessionId === null ? (
        <EmptyThread onChoose={(text) => setSuggestion(({ number }) => ({ text, number: number + 1 }))} />
      ) : (
        <ThreadArea key={sessionId} sessionId={sessionId} jumpSignal={jumps} />
      )}
      <ComposerDock key={place.key} sessionId={sessionId} suggestion={suggestion} onSend={send} />
    </div>
  )
}
