'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { readStored, store, storedKeys } from '@/components/ui/use-stored'

/** Where the draft of a session, or of an organisation's new chat, is kept. */
export const draftKey = (sessionId: string | null, organisationId: string) =>
  `longwatch:draft:${sessionId ?? `new-${organisationId}`}`

/** The stored draft has been sent after all. */
export function forgetDraft(key: string, text: string) {
  if (readStored(key)?.trim() === text.trim()) store(key, null)
}

/** On signing out: what was being written is nobody else's business. */
export function forgetDrafts() {
  for (const key of storedKeys('longwatch:draft:')) store(key, null)
}

/** A text that outlives reload and switching. `clear` forgets it, also when the composer is gone by then. */
export function useDraft(key: string) {
  const [text, setText] = useState('')
  const keyRef = useRef(key)

  // After hydration, because the server does not know the draft. A new chat that became a session takes it along.
  useEffect(() => {
    const before = keyRef.current
    keyRef.current = key
    const stored = readStored(before)
    if (before !== key) {
      store(before, null)
      if (stored) store(key, stored)
    } else if (stored) setText((typed) => typed || stored)
  }, [key])

  const change = useCallback((value: string) => {
    setText(value)
    store(keyRef.current, value === '' ? null : value)
  }, [])

  /** Takes over what was typed before the page came alive, behind a draft that is stored. */
  const adopt = useCallback(
    (early: string) => {
      const stored = readStored(keyRef.current)
      change(stored === null || stored === early ? early : `${stored}\n\n${early}`)
    },
    [change],
  )

  /** Takes the text off the screen while it is on its way; it stays stored. */
  const hide = useCallback(() => setText(''), [])

  /** Gives back a text that was not sent, before what was typed meanwhile. */
  const restore = useCallback((unsent: string) => {
    setText((typed) => {
      const value = typed === '' || typed === unsent ? unsent : `${unsent}\n\n${typed}`
      store(keyRef.current, value)
      return value
    })
  }, [])

  /** Forgets what was sent; a text typed meanwhile stays. */
  const clear = useCallback((sent: string, sentKey: string) => {
    for (const one of [sentKey, keyRef.current]) if (readStored(one) === sent) store(one, null)
    setText((typed) => (typed === sent ? '' : typed))
  }, [])

  return { text, change, adopt, hide, restore, clear }
}
