'use client'

import { useState } from 'react'
import { signOut } from '@/components/account/credentials'
import { forgetDrafts } from '@/components/chat/drafts'
import { loadPage } from '@/components/site'
import { Button } from '@/components/ui/button'
import { toastError } from '@/components/ui/toaster'

export function SignOutButton() {
  const [busy, setBusy] = useState(false)
  const leave = async () => {
    setBusy(true)
    try {
      await signOut()
      forgetDrafts()
      loadPage('/sign-in')
    } catch (error) {
      toastError('Not signed out', error)
      setBusy(false)
    }
  }
  return (
    <Button busy={busy} onClick={leave}>
      Sign out
    </Button>
  )
}
