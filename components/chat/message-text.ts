import type { SessionViews } from '@/components/chat/live/session-views'

/** The words of a message as they were written, its text parts joined; empty when it has none. */
export function textOfMessage(session: Pick<SessionViews, 'message' | 'part'>, messageId: string): string {
  const count = session.message(messageId)?.partKeys.length ?? 0
  const texts: string[] = []
  for (let index = 0; index < count; index++) {
    const part = session.part(messageId, index)
    if (part?.type === 'text' && part.text.trim() !== '') texts.push(part.text)
  }
  return texts.join('\n\n')
}

/** The address of one message of the page that is shown. */
export function messageLink(address: string, messageId: string): string {
  const url = new URL(address)
  url.hash = encodeURIComponent(messageId)
  url.search = ''
  return url.href
}

/** The message that an address points at; null when it points at none. */
export function messageIdOfHash(hash: string): string | null {
  try {
    const id = decodeURIComponent(hash.replace(/^#/, ''))
    return /^(msg|usr)_[\w.-]+$/.test(id) ? id : null
  } catch {
    return null
  }
}
