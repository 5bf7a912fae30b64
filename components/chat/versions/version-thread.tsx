'use client'

import { useEffect, useState } from 'react'
import { useClient, useSessionHead, WithClient } from '@/components/chat/live'
import { Thread } from '@/components/chat/thread'
import { useVersions } from '@/components/chat/versions/context'
import { toastError } from '@/components/ui/toaster'

/** The thread of an earlier version, as the current one looks, to be read only. */
export function VersionThread({ sessionId, messageId }: { sessionId: string; messageId: string }) {
  const client = useClient()
  const { session } = useSessionHead(sessionId)
  const [version] = useState(() => client.version(sessionId, messageId))
  const thread = session?.thread

  // Once more when another thread became the current one: it may be this.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the current thread's number says when
  useEffect(() => {
    const store = version.session(sessionId)
    void store.load()
    return () => store.pause()
  }, [version, sessionId, thread])

  return (
    <WithClient client={version}>
      <LoadedVersion sessionId={sessionId} />
    </WithClient>
  )
}

function LoadedVersion({ sessionId }: { sessionId: string }) {
  const { status, session, error } = useSessionHead(sessionId)
  const { leave } = useVersions()
  const isCurrent = session?.isCurrent === true

  useEffect(() => {
    if (isCurrent) leave(false)
  }, [isCurrent, leave])
  useEffect(() => {
    if (status !== 'missing' && status !== 'error') return
    toastError('Not shown', new Error(error?.message ?? 'The server cannot be reached.'))
    leave(true)
  }, [status, error, leave])

  if (!session || isCurrent) return <div className="min-h-0 flex-1" aria-busy />
  return <Thread sessionId={sessionId} jumpSignal={0} />
}
