import type { ChatClient } from '@/components/chat/live'
import type { SessionInfo, SessionSummary } from '@/components/chat/live/types'
import { textOfMessage } from '@/components/chat/message-text'
import type { Subject } from '@/components/commands/command'
import { rightsIn } from '@/components/sessions/permissions'
import type { Workspace } from '@/components/sessions/workspace'

/** A session as commands see it, from a line of the list or from its page. */
export function subjectOf(session: SessionSummary | SessionInfo, workspace: Workspace): Subject {
  const { isOwner, mayAct } = rightsIn(session, workspace)
  return {
    id: session.id,
    title: session.title || 'New session',
    pinned: session.pinned === true,
    archived: session.archived === true,
    isOwner,
    isPrivate: session.visibility === 'private',
    mayAct,
    mayDelete: isOwner || workspace.current.role === 'admin',
  }
}

/** The session that is shown, with the marks that only the list knows; null while nothing is known of it. */
export function subjectShown(client: ChatClient, workspace: Workspace, sessionId: string | null): Subject | null {
  if (sessionId === null) return null
  const { session, status } = client.session(sessionId).head()
  if (!session || status === 'missing') return null
  const listed = client
    .list(workspace.current.organisation.id)
    .view()
    .sessions.find(({ id }) => id === sessionId)
  return subjectOf({ ...session, ...listed }, workspace)
}

/** Gives the words of the latest answer that has ended; null when there is none with words. */
export function lastAnswerOf(client: ChatClient, sessionId: string | null): (() => string) | null {
  if (sessionId === null) return null
  const session = client.session(sessionId)
  const id = session.messageIds().findLast((one) => {
    const message = session.message(one)
    return message?.role === 'assistant' && !message.live
  })
  return id !== undefined && textOfMessage(session, id) !== '' ? () => textOfMessage(session, id) : null
}
