import type { SessionInfo } from '@/components/chat/live/types'
import type { Workspace } from '@/components/sessions/workspace'

export interface SessionRights {
  isOwner: boolean
  /** May ask, stop and change the queue. The server decides; this only shapes the page. */
  mayAct: boolean
}

/** What the page offers in a session. Before the session is known, nothing but reading. */
export function rightsIn(
  session: (SessionInfo & { owner?: string }) | null,
  { user, current }: Pick<Workspace, 'user' | 'current'>,
): SessionRights {
  if (!session) return { isOwner: false, mayAct: false }
  const isOwner = session.owner === `user:${user.id}`
  return { isOwner, mayAct: isOwner || (session.visibility === 'organisation' && current.role !== 'viewer') }
}
