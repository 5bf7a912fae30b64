import type { SessionViews } from '@/components/chat/live/session-views'
import { type AttachedFile, attachedFile } from '@/lib/agent/attached'

/** What was sent along with a question, in its order. */
export function filesOfMessage(session: Pick<SessionViews, 'message' | 'part'>, messageId: string): AttachedFile[] {
  const count = session.message(messageId)?.partKeys.length ?? 0
  return Array.from({ length: count }, (_, index) => session.part(messageId, index)).flatMap(
    (part) => (part && attachedFile(part)) ?? [],
  )
}
