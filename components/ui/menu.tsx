'use client'

import { DropdownMenu } from 'radix-ui'
import { type ComponentProps, createContext, type ReactNode, use, useState } from 'react'
import { cx } from '@/components/ui/cx'

/** Where menus are put: inside a landmark of the page, or in the dialog that they belong to. */
const HostContext = createContext<HTMLElement | null>(null)

/** Lends a place at the end of its children to the menus that open in them. */
export function MenuHost({ children }: { children: ReactNode }) {
  const [host, setHost] = useState<HTMLElement | null>(null)
  return (
    <HostContext value={host}>
      {children}
      <div ref={setHost} />
    </HostContext>
  )
}

/** As `MenuHost`, with a place that stands elsewhere. */
export const MenuHostProvider = HostContext.Provider

/** Not modal: what is around it stays for those who listen, and a press elsewhere closes it. */
export function Menu(props: ComponentProps<typeof DropdownMenu.Root>) {
  return <DropdownMenu.Root modal={false} {...props} />
}

export const MenuTrigger = DropdownMenu.Trigger
export const MenuRadioGroup = DropdownMenu.RadioGroup

const ITEM =
  'flex min-h-8 touch:min-h-10 w-full items-center gap-2.5 rounded-md px-2 py-1 text-sm -outline-offset-2 select-none data-highlighted:bg-hover data-disabled:opacity-50'

export function MenuContent({ children, className, ...rest }: ComponentProps<typeof DropdownMenu.Content>) {
  return (
    <DropdownMenu.Portal container={use(HostContext) ?? undefined}>
      <DropdownMenu.Content
        sideOffset={6}
        collisionPadding={8}
        {...rest}
        className={cx(
          'animate-appear z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-float',
          className,
        )}
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  )
}

export function MenuItem({
  icon,
  danger,
  children,
  ...rest
}: ComponentProps<typeof DropdownMenu.Item> & { icon?: ReactNode; danger?: boolean }) {
  return (
    <DropdownMenu.Item {...rest} className={cx(ITEM, danger && 'text-danger')}>
      {icon && <span className={danger ? 'text-danger' : 'text-faint'}>{icon}</span>}
      <span className="min-w-0 flex-1">{children}</span>
    </DropdownMenu.Item>
  )
}

/** One choice of several; the chosen one has a bar at its side, not colour alone. */
export function MenuRadioItem({
  icon,
  hint,
  children,
  ...rest
}: ComponentProps<typeof DropdownMenu.RadioItem> & { icon?: ReactNode; hint?: ReactNode }) {
  return (
    <DropdownMenu.RadioItem {...rest} className={cx(ITEM, 'relative data-[state=checked]:bg-selected')}>
      {icon && <span className="text-faint">{icon}</span>}
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 [overflow-wrap:anywhere]">{children}</span>
        {hint && <span className="block truncate text-xs text-muted">{hint}</span>}
      </span>
      <DropdownMenu.ItemIndicator className="h-4 w-0.5 rounded-full bg-accent" />
    </DropdownMenu.RadioItem>
  )
}

export const MenuSeparator = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-xs text-faint">{children}</DropdownMenu.Label>
}
