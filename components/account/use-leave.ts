'use client'

import { useCallback, useState } from 'react'
import { signOut } from '@/components/account/credentials'
import { useClient } from '@/components/chat/live'
import { forgetDrafts } from '@/components/chat/use-draft'
import { toastError } from '@/components/ui/toaster'

/** The way out: the server's session, the live connection of every tab, the drafts, and then the sign-in page. */
export function useLeave(): { leave: () => Promise<void>; leaving: boolean } {
  const client = useClient()
  const [leaving, setLeaving] = useState(false)
  const leave = useCallback(async () => {
    setLeaving(true)
    try {
      await signOut()
      client.signOut()
      forgetDrafts()
      window.location.assign('/sign-in')
    } catch (error) {
      setLeaving(false)
      toastError('Not signed out', error)
    }
  }, [client])
  return { leave, leaving }
}
