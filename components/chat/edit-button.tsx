'use client'

import { PencilLine } from 'lucide-react'
import { type RefObject, useEffect, useRef } from 'react'
import { useSessionHead } from '@/components/chat/live'
import { useVersions } from '@/components/chat/versions/context'
import { rightsIn } from '@/components/sessions/permissions'
import { useWorkspace } from '@/components/sessions/workspace'

/** Opens a question's editor, for those who may ask here. Takes the focus back once when `takesFocus` says so. */
export function EditButton({
  sessionId,
  takesFocus,
  onEdit,
}: {
  sessionId: string
  takesFocus: RefObject<boolean>
  onEdit: () => void
}) {
  const workspace = useWorkspace()
  const { session } = useSessionHead(sessionId)
  const { looking } = useVersions()
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (takesFocus.current) button.current?.focus({ preventScroll: true })
    takesFocus.current = false
  }, [takesFocus])

  if (looking !== null || !rightsIn(session, workspace).mayAct) return null
  return (
    <button
      ref={button}
      type="button"
      onClick={onEdit}
      aria-label="Edit question"
      title="Edit question"
      className="inline-flex size-6 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink"
    >
      <PencilLine size={13} aria-hidden />
    </button>
  )
}
