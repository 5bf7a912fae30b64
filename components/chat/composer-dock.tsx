'use client'

import { Composer, type SendMessage } from '@/components/chat/composer'
import { useClient } from '@/components/chat/live'
import { QueueList } from '@/components/chat/queue-list'
import { useMaybeHead, useMaybeRun } from '@/components/chat/use-maybe-session'
import { rightsIn } from '@/components/sessions/permissions'
import { useWorkspace } from '@/components/sessions/workspace'
import { toastError } from '@/components/ui/toaster'

interface DockProps {
  sessionId: string | null
  suggestion: { text: string; number: number }
  onSend: SendMessage
}

/** The foot of the page: what is queued, and where one writes, or why one cannot. */
export function ComposerDock({ sessionId, suggestion, onSend }: DockProps) {
  const workspace = useWorkspace()
  const head = useMaybeHead(sessionId)
  const run = useMaybeRun(sessionId)
  const client = useClient()

  if (head?.status === 'missing') return null
  const session = head?.session ?? null
  const { mayAct } = rightsIn(session, workspace)
  const busy = run?.status === 'running' || run?.status === 'waiting'

  const stop = async () => {
    if (sessionId === null) return
    try {
      await client.stopSession(sessionId)
    } catch (error) {
      toastError('Not stopped', error)
    }
  }

  return (
    <div className="mx-auto w-full max-w-3xl shrink-0 px-3 pb-3 sm:px-6 sm:pb-4">
      {sessionId !== null && session && <QueueList sessionId={sessionId} mayAct={mayAct} />}
      {session && !mayAct ? (
        <p data-testid="read-only" className="rounded-lg border border-line bg-sunken px-3.5 py-2.5 text-sm text-muted">
          You are reading a colleague’s session. Editors of {workspace.current.organisation.name} may ask in it.
        </p>
      ) : (
        <Composer
          sessionId={sessionId}
          organisationId={workspace.current.organisation.id}
          busy={busy}
          stopping={busy && run.stopping}
          suggestion={suggestion}
          onSend={onSend}
          onStop={stop}
        />
      )}
    </div>
  )
}
