'use client'

import { useCallback, useState } from 'react'
import { signOut } from '@/components/account/credentials'
import { forgetDrafts } from '@/components/chat/drafts'
import { useClient } from '@/components/chat/live'
import { loadPage } from '@/components/site'
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
      loadPage('/sign-in')
    } catch (error) {
      setLeaving(false)
      toastError('Not signed out', error)
    }
  }, [client])
  return { leave, leaving }
}
