'use client'

import { type KeyboardEvent, useRef } from 'react'
import { useClient } from '@/components/chat/live'
import { type Recalled, recallStep } from '@/components/chat/recall'

/** Brings the session's earlier questions into the composer. They are read when a key asks for them, not before. */
export function useRecall(sessionId: string | null) {
  const client = useClient()
  const recalled = useRef<Recalled | null>(null)

  const questions = (): string[] => {
    if (sessionId === null) return []
    const session = client.session(sessionId)
    return session.messageIds().flatMap((id) => {
      if (session.message(id)?.role !== 'user') return []
      const part = session.part(id, 0)
      return part?.type === 'text' ? [part.text] : []
    })
  }

  /** The text that the key brings; null when it keeps its usual meaning. */
  const onKey = (event: KeyboardEvent, text: string, area: HTMLTextAreaElement | null): string | null => {
    const direction = event.key === 'ArrowUp' ? 'up' : event.key === 'ArrowDown' ? 'down' : null
    if (!direction || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey || !area) return null
    // Inside a recalled text of several lines the arrows move the caret until there is no line left for it.
    const { selectionStart, selectionEnd } = area
    const beyond = direction === 'up' ? text.slice(0, selectionStart) : text.slice(selectionEnd)
    if (selectionStart !== selectionEnd || beyond.includes('\n')) return null
    const step = recallStep(questions(), recalled.current, text, direction)
    if (!step) return null
    recalled.current = step.recalled
    return step.text
  }

  return { onKey }
}
