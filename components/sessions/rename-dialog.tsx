'use client'

import { RenameSession } from '@/components/sessions/rename-session'
import { Modal } from '@/components/ui/modal'

/** Renames a session where its line of the list is not at hand. */
export default function RenameDialog({
  session,
  onClose,
}: {
  session: { id: string; title: string }
  onClose: () => void
}) {
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title="Rename the session">
      <RenameSession sessionId={session.id} title={session.title} onDone={onClose} />
    </Modal>
  )
}
