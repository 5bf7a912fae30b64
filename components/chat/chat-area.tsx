'use client'

import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { DropArea } from '@/components/chat/attachments/drop-area'
import { ChatHeader } from '@/components/chat/chat-header'
import { ComposerDock } from '@/components/chat/composer-dock'
import { ConnectionLine } from '@/components/chat/connection-line'
import { EmptyThread } from '@/components/chat/empty-thread'
import { ThreadArea } from '@/components/chat/thread-area'
import { VersionsContext } from '@/components/chat/versions/context'
import { useVersionChoice } from '@/components/chat/versions/use-version-choice'
import { sessionIdOfPath, sessionPath } from '@/components/sessions/paths'
import { useWorkspace } from '@/components/sessions/workspace'
import { siteUrl } from '@/components/site'

/**
 * The conversation that the address names. When the first question of a new chat brings a session into being, only the
 * address changes: this component, the composer's focus and the live connection stay as they are.
 */
export function ChatArea() {
  const sessionId = sessionIdOfPath(usePathname())
  const { slug } = useWorkspace().current.organisation
  const [suggestion, setSuggestion] = useState({ text: '', number: 0 })
  const versions = useVersionChoice(sessionId)
  const [jumps, setJumps] = useState(0)
  /** `key` stays when a new chat becomes the session that was `born` of it. */
  const [place, setPlace] = useState({ sessionId, key: 0, born: null as string | null })

  if (place.sessionId !== sessionId) {
    const isBorn = sessionId !== null && sessionId === place.born
    setPlace({ sessionId, key: isBorn ? place.key : place.key + 1, born: null })
  }

  const showBorn = (born: string) => {
    if (sessionIdOfPath(window.location.pathname) !== null) return
    setPlace((now) => ({ ...now, born }))
    window.history.replaceState(null, '', siteUrl(sessionPath(slug, born)))
  }

  return (
    <DropArea sessionId={sessionId}>
      <ChatHeader sessionId={sessionId} />
      <ConnectionLine />
      <VersionsContext value={versions}>
        {sessionId === null ? (
          <EmptyThread onChoose={(text) => setSuggestion(({ number }) => ({ text, number: number + 1 }))} />
        ) : (
          <ThreadArea key={sessionId} sessionId={sessionId} jumpSignal={jumps} />
        )}
        <ComposerDock
          key={place.key}
          sessionId={sessionId}
          suggestion={suggestion}
          onBorn={showBorn}
          onSend={() => setJumps((count) => count + 1)}
        />
      </VersionsContext>
    </DropArea>
  )
}
