'use client'

import { Toaster as Sonner, toast } from 'sonner'
import { messageOf } from '@/components/api/request'

/** Where the outcomes of actions appear. One per page. */
export function Toaster() {
  return (
    <Sonner
      // Below the head of the page: at its foot one writes.
      position="top-right"
      offset={{ top: '3.75rem', right: '1rem' }}
      mobileOffset={{ top: '3.75rem', left: '1rem', right: '1rem' }}
      // Its own shortcut is a menu of some browsers; the region is reached with Tab, and what it offers is a command too.
      hotkey={[]}
      containerAriaLabel="Outcomes"
      gap={8}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-[min(24rem,calc(100vw-2rem))] items-start gap-2.5 rounded-lg border border-line bg-raised px-3.5 py-2.5 text-sm text-ink shadow-float',
          icon: 'mt-0.5 shrink-0',
          error: 'text-danger',
          actionButton: 'ml-auto shrink-0 font-medium text-accent',
        },
      }}
    />
  )
}

/** Tells the person that an action failed, in the server's words. */
export const toastError = (what: string, error: unknown) => toast.error(`${what}: ${messageOf(error)}`)
