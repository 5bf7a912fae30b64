'use client'

import { type ComponentType, useEffect, useState } from 'react'
import { messageOf } from '@/components/api/request'
import { toast, toastRegion } from '@/components/ui/toast'

/** Whoever does one of these may soon be told an outcome; until then a page does without the code for it. */
const BEGINNINGS = ['pointerdown', 'keydown'] as const

/** The place of outcomes, once somebody does something. One per page. */
export function Toaster() {
  const [Region, setRegion] = useState<ComponentType | null>(null)
  useEffect(() => {
    let isUnderway = false
    const want = () => {
      if (isUnderway) return
      isUnderway = true
      import('@/components/ui/toast-region').then(
        (loaded) => setRegion(() => loaded.default),
        // Without a network. What is to be told waits for the next try.
        () => {
          isUnderway = false
        },
      )
    }
    const forget = toastRegion.onWanted(want)
    for (const type of BEGINNINGS) addEventListener(type, want, { passive: true })
    return () => {
      forget()
      for (const type of BEGINNINGS) removeEventListener(type, want)
    }
  }, [])
  return Region && <Region />
}

/** Tells the person that an action failed, in the server's words. */
export const toastError = (what: string, error: unknown) => toast.error(`${what}: ${messageOf(error)}`)
