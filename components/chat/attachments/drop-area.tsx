'use client'

import { FileUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { trayOf } from '@/components/chat/attachments/trays'
import { useFileDrop } from '@/components/chat/attachments/use-file-drop'
import { draftKey } from '@/components/chat/drafts'
import { useClient } from '@/components/chat/live'
import { useMaybeHead } from '@/components/chat/use-maybe-session'
import { rightsIn } from '@/components/sessions/permissions'
import { useWorkspace } from '@/components/sessions/workspace'

/** Takes files that are dropped anywhere on the conversation into the composer, unless a question is edited there. */
export function DropArea({ sessionId, children }: { sessionId: string | null; children: ReactNode }) {
  const client = useClient()
  const workspace = useWorkspace()
  const head = useMaybeHead(sessionId)
  const organisationId = workspace.current.organisation.id
  const mayAsk = sessionId === null || rightsIn(head?.session ?? null, workspace).mayAct

  const add = (files: readonly File[]) => trayOf(draftKey(sessionId, organisationId), client, organisationId).add(files)
  const { isOver, handlers } = useFileDrop(mayAsk ? add : null)

  return (
    <div data-testid="drop-area" className="group/drop relative flex min-h-0 flex-1 flex-col" {...handlers}>
      {children}
      {isOver && (
        <div className="pointer-events-none absolute inset-2 z-30 flex group-has-[[data-drop-here]]/drop:hidden items-center justify-center gap-2.5 rounded-xl border-2 border-dashed border-accent bg-canvas/85 text-sm font-medium">
          <FileUp size={18} aria-hidden className="text-accent" />
          {mayAsk ? 'Drop text files or images here' : 'You may only read this session'}
        </div>
      )}
    </div>
  )
}
