'use client'

import { type RefObject, useCallback, useEffect, useRef } from 'react'
import { useClient, useSessionHead } from '@/components/chat/live'
import { toastError } from '@/components/ui/toaster'

/** So near to the thread's beginning, in pixels, older messages are asked for. */
const NEAR_BEGINNING = 1_500

/**
 * Loads older messages when the reader comes near to the beginning of what is loaded. Answers how to load them by hand:
 * after a failure nothing is asked for by itself.
 */
export function useOlder(sessionId: string, frame: RefObject<HTMLElement | null>): () => void {
  const client = useClient()
  const { hasOlder, loadingOlder } = useSessionHead(sessionId)
  const hasFailed = useRef(false)

  const load = useCallback(() => {
    client.loadOlder(sessionId).then(
      () => {
        hasFailed.current = false
      },
      (error: unknown) => {
        hasFailed.current = true
        toastError('Not loaded', error)
      },
    )
  }, [client, sessionId])

  useEffect(() => {
    const element = frame.current
    if (!element || !hasOlder || loadingOlder) return
    let lastTop = element.scrollTop
    const onScroll = () => {
      const isUpwards = element.scrollTop < lastTop
      lastTop = element.scrollTop
      if (isUpwards && lastTop < NEAR_BEGINNING && !hasFailed.current) load()
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [frame, hasOlder, loadingOlder, load])

  return load
}
