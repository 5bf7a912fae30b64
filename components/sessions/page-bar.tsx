'use client'

import { Menu as MenuIcon, PanelLeftOpen } from 'lucide-react'
import type { ReactNode } from 'react'
import { usePanels } from '@/components/sessions/app-shell'
import { IconButton } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'

/** Where the sidebar is not shown, on narrow screens and when it is hidden: the way to it, and what stands beside. */
export function PageBar({ children }: { children?: ReactNode }) {
  const { sidebarOpen, toggleSidebar, openDrawer } = usePanels()
  return (
    <div
      className={cx(
        'flex h-13 shrink-0 items-center gap-1 border-b border-line px-2 sm:px-3',
        sidebarOpen && 'md:hidden',
      )}
    >
      <IconButton label="Open the sidebar" className="md:hidden" onClick={openDrawer} data-testid="open-drawer">
        <MenuIcon size={18} aria-hidden />
      </IconButton>
      <IconButton label="Show the sidebar" className="max-md:hidden" onClick={toggleSidebar}>
        <PanelLeftOpen size={17} aria-hidden />
      </IconButton>
      {children}
    </div>
  )
}
