'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { UNSENT_KEY } from '@/components/chat/live/unsent'
import { readStored, store, storedKeys } from '@/components/ui/use-stored'

/** Where the draft of a session, or of an organisation's new chat, is kept. */
export const draftKey = (sessionId: string | null, organisationId: string) =>
  `longwatch:draft:${sessionId ?? `new-${organisationId}`}`

/** On signing out: what was being written, or waited to be sent, is nobody else's business. */
export function forgetDrafts() {
  for (const key of storedKeys('longwatch:draft:')) store(key, null)
  try {
    sessionStorage.removeItem(UNSENT_KEY)
  } catch {
    // Forbidden: nothing was kept.
  }
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

  return { text, change, adopt, restore, clear }
}
