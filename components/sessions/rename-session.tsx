'use client'

import { useEffect, useRef, useState } from 'react'
import { useClient } from '@/components/chat/live'
import { isComposing } from '@/components/ui/keyboard'
import { toastError } from '@/components/ui/toaster'

/** A session's title as a text field: Enter keeps it, Escape leaves it. */
export function RenameSession({ sessionId, title, onDone }: { sessionId: string; title: string; onDone: () => void }) {
  const [text, setText] = useState(title)
  const input = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  const client = useClient()

  useEffect(() => {
    // After the menu has given the focus back to its button.
    const frame = requestAnimationFrame(() => {
      input.current?.focus()
      input.current?.select()
    })
    return () => cancelAnimationFrame(frame)
  }, [])

  const finish = async (keep: boolean) => {
    if (done.current) return
    done.current = true
    const wanted = text.trim()
    if (!keep || wanted === '' || wanted === title) return onDone()
    try {
      await client.renameSession(sessionId, wanted)
      onDone()
    } catch (error) {
      done.current = false
      toastError('Not renamed', error)
      input.current?.focus()
    }
  }

  return (
    <input
      ref={input}
      value={text}
      maxLength={200}
      aria-label="Title of the session"
      data-testid="rename-session"
      onChange={(event) => setText(event.target.value)}
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        if (isComposing(event)) return
        if (event.key === 'Enter') void finish(true)
        if (event.key === 'Escape') void finish(false)
      }}
      className="h-8.5 w-full rounded-md border border-line-strong bg-surface px-2 text-sm focus-visible:outline-offset-0"
    />
  )
}
