'use client'

import { useState } from 'react'
import { signOut } from '@/components/account/credentials'
import { requestJson } from '@/components/api/request'
import { forgetDrafts } from '@/components/chat/drafts'
import { loadPage } from '@/components/site'
import { Button } from '@/components/ui/button'
import { Confirm } from '@/components/ui/confirm'
import { toastError } from '@/components/ui/toaster'

/** Ends every sign-in of the person's, this one included. */
export function SignOutEverywhere() {
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const leave = async () => {
    setBusy(true)
    try {
      await requestJson('/api/profile/sign-out-everywhere', { method: 'POST' })
    } catch (error) {
      toastError('Not signed out', error)
      setBusy(false)
      setOpen(false)
      return
    }
    // The cookie signs nobody in any more; it is tidied up.
    await signOut().catch(() => undefined)
    forgetDrafts()
    loadPage('/sign-in')
  }
  return (
    <div>
      <Button onClick={() => setOpen(true)} data-testid="sign-out-everywhere">
        Sign out everywhere
      </Button>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title="Sign out everywhere?"
        description="On every device, this one included. What runs goes on; API tokens keep working."
        action="Sign out everywhere"
        keep="Stay signed in"
        busy={busy}
        onConfirm={leave}
      />
    </div>
  )
}
