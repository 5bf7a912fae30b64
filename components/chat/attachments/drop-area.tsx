'use client'

import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { trayOf } from '@/components/chat/attachments/trays'
import { draftKey } from '@/components/chat/drafts'
import { useClient } from '@/components/chat/live'
import { useMaybeHead } from '@/components/chat/use-maybe-session'
import { rightsIn } from '@/components/sessions/permissions'
import { useWorkspace } from '@/components/sessions/workspace'

const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')

/** Takes files that are dropped anywhere on the conversation into the composer. */
export function DropArea({ sessionId, children }: { sessionId: string | null; children: ReactNode }) {
  const client = useClient()
  const workspace = useWorkspace()
  const head = useMaybeHead(sessionId)
  const [isOver, setOver] = useState(false)
  /** Every child that is entered and left tells so. */
  const depth = useRef(0)
  const organisationId = workspace.current.organisation.id
  const mayAsk = sessionId === null || rightsIn(head?.session ?? null, workspace).mayAct

  const enter = (event: DragEvent, change: number) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    depth.current = Math.max(0, depth.current + change)
    setOver(depth.current > 0)
  }
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return
    // Else the browser would leave the page for the file.
    event.preventDefault()
    depth.current = 0
    setOver(false)
    if (mayAsk) trayOf(draftKey(sessionId, organisationId), client, organisationId).add([...event.dataTransfer.files])
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for the pointer only; the keyboard has the button in the composer
    <div
      data-testid="drop-area"
      className="relative flex min-h-0 flex-1 flex-col"
      onDragEnter={(event) => enter(event, 1)}
      onDragLeave={(event) => enter(event, -1)}
      onDragOver={(event) => hasFiles(event) && event.preventDefault()}
      onDrop={drop}
    >
      {children}
      {isOver && (
        <div className="pointer-events-none absolute inset-2 z-30 flex items-center justify-center gap-2.5 rounded-xl border-2 border-dashed border-accent bg-canvas/85 text-sm font-medium">
          <FileUp size={18} aria-hidden className="text-accent" />
          {mayAsk ? 'Drop text files or images here' : 'You may only read this session'}
        </div>
      )}
    </div>
  )
}
