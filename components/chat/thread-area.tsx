'use client'

import { useEffect } from 'react'
import { useClient, useMessageIds, useSessionHead } from '@/components/chat/live'
import { Thread } from '@/components/chat/thread'
import { useSeen } from '@/components/chat/use-seen'
import { useVersions } from '@/components/chat/versions/context'
import { VersionThread } from '@/components/chat/versions/version-thread'
import { prepareMarkdown } from '@/components/markdown/blocks'
import { newChatPath } from '@/components/sessions/paths'
import { useWorkspace } from '@/components/sessions/workspace'
import { Blank } from '@/components/ui/blank'
import { Button } from '@/components/ui/button'
import { prepareDates } from '@/components/ui/format'

/** The thread, or why there is none. */
export function ThreadArea({ sessionId, jumpSignal }: { sessionId: string; jumpSignal: number }) {
  const head = useSessionHead(sessionId)
  const ids = useMessageIds(sessionId)
  const client = useClient()
  const { looking } = useVersions()
  const { slug } = useWorkspace().current.organisation
  useSeen(sessionId, head.session?.messageCount ?? 0, head.session?.lastRun?.id)

  if (head.status === 'missing') {
    return (
      <Blank
        title="This session does not exist"
        text="It was deleted, or it is private to somebody else."
        href={newChatPath(slug)}
        action="Start a new chat"
      />
    )
  }
  if (head.status === 'error' && ids.length === 0) {
    return (
      <Blank
        title="The session could not be loaded"
        text={head.error?.message ?? 'The server cannot be reached.'}
        href={newChatPath(slug)}
        action="Start a new chat"
      >
        <Button variant="primary" onClick={() => client.session(sessionId).load()}>
          Try again
        </Button>
      </Blank>
    )
  }
  if (head.status === 'loading' && ids.length === 0) return <ThreadSkeleton />
  if (looking !== null) return <VersionThread key={looking} sessionId={sessionId} messageId={looking} />
  return <Thread sessionId={sessionId} jumpSignal={jumpSignal} />
}

/** While the session travels there is time for what its first frame would have to do for the first time. */
function prepareWhileIdle() {
  if (typeof requestIdleCallback === 'undefined') return
  const idle = [prepareMarkdown, prepareDates].map((prepare) => requestIdleCallback(prepare))
  return () => idle.forEach(cancelIdleCallback)
}

function ThreadSkeleton() {
  useEffect(prepareWhileIdle, [])
  return (
    <div className="min-h-0 flex-1" role="status" aria-label="Loading the session">
      <div aria-hidden className="mx-auto grid w-full max-w-3xl animate-pulse gap-3 px-4 pt-8 sm:px-6">
        <div className="ml-auto h-10 w-2/5 rounded-xl bg-line/70" />
        <div className="mt-3 h-4 w-11/12 rounded-sm bg-line/70" />
        <div className="h-4 w-4/5 rounded-sm bg-line/70" />
        <div className="h-4 w-3/5 rounded-sm bg-line/70" />
      </div>
    </div>
  )
}
