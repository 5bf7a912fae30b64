import type { ChatClient } from '@/components/chat/live/store'
import { apiUrl } from '@/components/site'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'

/** So long a deletion is offered to be taken back; the server keeps it a little longer. */
const UNDO_MILLISECONDS = 12_000

export interface SessionActions {
  mark: (sessionId: string, marks: { pinned?: boolean; archived?: boolean }) => Promise<void>
  show: (sessionId: string, visibility: 'private' | 'organisation') => Promise<void>
  /** Deletes it and offers to take that back. */
  remove: (session: { id: string; title: string }) => Promise<void>
  exportAs: (sessionId: string, format: 'markdown' | 'json') => void
  /** Where the session is renamed: in its line of the list, or in a dialog. */
  rename: (session: { id: string; title: string }) => void
  share: (sessionId: string) => void
  /** The latest deletion, as long as it can be taken back. */
  undo: () => { title: string; run: () => Promise<void> } | null
}

interface Ports {
  client: ChatClient
  /** Called once a session is gone from the lists. */
  onRemoved: (sessionId: string) => void
  rename: SessionActions['rename']
  share: SessionActions['share']
}

async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    toastError(what, error)
  }
}

/** What is done with a session, with what is told about it. One per page, for the menus and the palette alike. */
export function createSessionActions({ client, onRemoved, rename, share }: Ports): SessionActions {
  let latest: { id: string; title: string; until: number } | null = null

  const restore = (id: string) =>
    attempt('Not taken back', async () => {
      if (latest?.id === id) latest = null
      await client.restoreSession(id)
      toast.dismiss(id)
    })

  return {
    mark: (sessionId, marks) => attempt('Not changed', () => client.markSession(sessionId, marks)),
    show: (sessionId, visibility) => attempt('Not changed', () => client.setVisibility(sessionId, visibility)),
    remove: ({ id, title }) =>
      attempt('Not deleted', async () => {
        await client.deleteSession(id)
        latest = { id, title, until: Date.now() + UNDO_MILLISECONDS }
        onRemoved(id)
        toast.message(`“${title}” was deleted.`, {
          id,
          duration: UNDO_MILLISECONDS,
          action: { label: 'Undo', onClick: () => void restore(id) },
        })
      }),
    exportAs: (sessionId, format) =>
      window.location.assign(apiUrl(`/api/sessions/${encodeURIComponent(sessionId)}/export?format=${format}`)),
    rename,
    share,
    undo: () => {
      if (!latest || latest.until < Date.now()) return null
      const { id, title } = latest
      return { title, run: () => restore(id) }
    },
  }
}
