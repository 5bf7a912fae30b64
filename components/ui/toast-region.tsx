'use client'

import { useEffect } from 'react'
import { Toaster as Sonner, toast } from 'sonner'
import { toastRegion } from '@/components/ui/toast'

/** Where the outcomes of actions appear. */
export default function ToastRegion() {
  // Behind Sonner's own effect: what was told before it listens would be lost.
  useEffect(() => toastRegion.stands(toast), [])
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
