'use client'

import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from '@/components/ui/button'
import { useFocusReturn } from '@/components/ui/focus'
import { MenuHost } from '@/components/ui/menu'
import { leaving } from '@/components/ui/unsaved'

/** A form or a detail above the page. Closing it asks when something in it is unsaved. */
export function Modal({
  open,
  onOpenChange,
  title,
  description,
  wide = false,
  children,
}: {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: ReactNode
  wide?: boolean
  children: ReactNode
}) {
  const returnFocus = useFocusReturn(open)
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? onOpenChange(true) : leaving(() => onOpenChange(false)))}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Content
          onOpenAutoFocus={focusFirstField}
          onCloseAutoFocus={returnFocus}
          {...(!description && { 'aria-describedby': undefined })}
          className={`animate-appear fixed inset-x-0 bottom-0 z-40 flex max-h-[92dvh] flex-col rounded-t-xl border border-line bg-raised shadow-float sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:max-h-[85dvh] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-xl ${wide ? 'sm:w-[min(52rem,calc(100vw-3rem))]' : 'sm:w-[min(32rem,calc(100vw-3rem))]'}`}
        >
          <div className="flex shrink-0 items-start gap-3 border-b border-line py-3 pr-3 pl-5">
            <div className="min-w-0 flex-1 pt-1">
              <Dialog.Title className="text-base font-semibold [overflow-wrap:anywhere]">{title}</Dialog.Title>
              {description && (
                <Dialog.Description className="mt-0.5 text-sm text-muted">{description}</Dialog.Description>
              )}
            </div>
            <Dialog.Close asChild>
              <IconButton small label="Close">
                <X size={16} aria-hidden />
              </IconButton>
            </Dialog.Close>
          </div>
          <MenuHost>
            <div className="min-h-0 flex-1 overflow-y-auto p-5">{children}</div>
          </MenuHost>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Who opens a form wants to fill it in: its first field has the focus, not the cross above it. Not where that calls up a keyboard on the screen. */
function focusFirstField(event: Event) {
  const content = event.currentTarget
  if (!(content instanceof HTMLElement) || !window.matchMedia('(pointer: fine)').matches) return
  const field = content.querySelector<HTMLElement>('form :is(input:not([type="hidden"]), select, textarea):enabled')
  if (!field || content.contains(document.activeElement)) return
  event.preventDefault()
  field.focus()
}
