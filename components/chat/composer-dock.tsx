'use client'

import { useState } from 'react'
import { BudgetNote } from '@/components/chat/budget-note'
import { Composer, type SendMessage } from '@/components/chat/composer'
import { useClient } from '@/components/chat/live'
import { ModelMenu } from '@/components/chat/model-menu'
import { QueueList } from '@/components/chat/queue-list'
import { useMaybeHead } from '@/components/chat/use-maybe-session'
import { useSending } from '@/components/chat/use-sending'
import { useVersions } from '@/components/chat/versions/context'
import { VersionBar } from '@/components/chat/versions/version-bar'
import { useControl } from '@/components/commands/controls'
import { rightsIn } from '@/components/sessions/permissions'
import { useWorkspace } from '@/components/sessions/workspace'
import { SwitchBanner } from '@/components/switches/switch-banner'
import { toastError } from '@/components/ui/toaster'

interface DockProps {
  sessionId: string | null
  suggestion: { text: string; number: number }
  /** A session came into being with the message that was sent from here. */
  onBorn: (sessionId: string) => void
  onSend: () => void
}

/** The foot of the page: what is queued, and where one writes, or why one cannot. */
export function ComposerDock({ sessionId, suggestion, onBorn, onSend }: DockProps) {
  const workspace = useWorkspace()
  const organisation = workspace.current.organisation
  const head = useMaybeHead(sessionId)
  const client = useClient()
  const { looking } = useVersions()
  const [newModel, setNewModel] = useState<string | null>(null)
  const { send, stop, busy, stopping } = useSending({
    organisationId: organisation.id,
    sessionId,
    model: newModel,
    onAccepted: (result) => sessionId === null && onBorn(result.sessionId),
  })

  const session = head?.session ?? null
  const { mayAct } = rightsIn(session, workspace)
  const mayAsk = sessionId === null || mayAct
  const chosen = (sessionId === null ? newModel : session?.model) ?? null
  const chooseModel = (model: string | null) => {
    if (sessionId === null) return setNewModel(model)
    client.setModel(sessionId, model).catch((error: unknown) => toastError('Model not changed', error))
  }
  useControl('stop', mayAsk && busy && !stopping ? stop : null)
  useControl('model', mayAsk ? { chosen, choose: chooseModel } : null)
  const sendAndFollow: SendMessage = (...sent) => {
    onSend()
    return send(...sent)
  }

  if (head?.status === 'missing') return null
  return (
    <div className="mx-auto w-full max-w-3xl shrink-0 px-3 pb-3 sm:px-6 sm:pb-4">
      <SwitchBanner className="mb-2" />
      <BudgetNote organisationId={organisation.id} />
      {sessionId !== null && session && <QueueList sessionId={sessionId} mayAct={mayAct} />}
      {sessionId !== null && looking !== null && (
        <VersionBar sessionId={sessionId} messageId={looking} mayAct={mayAct} />
      )}
      {/* Put away and not taken out: what is being written, and the composer's own state, stay. */}
      <div hidden={looking !== null}>
        {session && !mayAct ? (
          <p
            data-testid="read-only"
            className="rounded-lg border border-line bg-sunken px-3.5 py-2.5 text-sm text-muted"
          >
            You are reading a colleague’s session. Editors of {organisation.name} may ask in it.
          </p>
        ) : (
          <Composer
            sessionId={sessionId}
            organisationId={organisation.id}
            busy={busy}
            stopping={stopping}
            away={looking !== null}
            suggestion={suggestion}
            chosenModel={chosen}
            modelChoice={
              <ModelMenu
                organisationId={organisation.id}
                chosen={chosen}
                disabled={sessionId !== null && session === null}
                onChoose={chooseModel}
              />
            }
            onSend={sendAndFollow}
            onStop={stop}
          />
        )}
      </div>
    </div>
  )
}
