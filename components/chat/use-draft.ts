'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { readDraft, writeDraft } from '@/components/chat/drafts'

/** A text that outlives reload and switching. `clear` forgets it, also when the composer is gone by then. */
export function useDraft(key: string) {
  const [text, setText] = useState('')
  const keyRef = useRef(key)

  // After hydration, because the server does not know the draft. A new chat that became a session takes it along.
  useEffect(() => {
    const before = keyRef.current
    keyRef.current = key
    const stored = readDraft(before)
    if (before !== key) {
      writeDraft(before, '')
      if (stored) writeDraft(key, stored)
    } else if (stored) setText((typed) => typed || stored)
  }, [key])

  const change = useCallback((value: string) => {
    setText(value)
    writeDraft(keyRef.current, value)
  }, [])

  /** Takes over what was typed before the page came alive, behind a draft that is stored. */
  const adopt = useCallback(
    (early: string) => {
      const stored = readDraft(keyRef.current)
      change(stored === null || stored === early ? early : `${stored}\n\n${early}`)
    },
    [change],
  )

  /** Gives back a text that was not sent, before what was typed meanwhile. */
  const restore = useCallback((unsent: string) => {
    setText((typed) => {
      if (unsent === '') return typed
      const value = typed === '' || typed === unsent ? unsent : `${unsent}\n\n${typed}`
      writeDraft(keyRef.current, value)
      return value
    })
  }, [])

  /** Forgets what was sent; a text typed meanwhile stays. */
  const clear = useCallback((sent: string, sentKey: string) => {
    for (const one of [sentKey, keyRef.current]) if (readDraft(one) === sent) writeDraft(one, '')
    setText((typed) => (typed === sent ? '' : typed))
  }, [])

  return { text, change, adopt, restore, clear }
}
