'use client'

import { Menu as MenuIcon, PanelLeftOpen } from 'lucide-react'
import { usePanels } from '@/components/sessions/app-shell'
import { Badge } from '@/components/ui/badge'
import { IconButton } from '@/components/ui/button'
import { When } from '@/components/ui/when'

/** The shared session's title, and that it is a picture of a moment. */
export function SharedHeader({ title, createdAt }: { title: string; createdAt: number }) {
  const { sidebarOpen, toggleSidebar, openDrawer } = usePanels()
  return (
    <header className="flex h-13 shrink-0 items-center gap-1 border-b border-line px-2 sm:px-3">
      <IconButton label="Open the list of sessions" className="md:hidden" onClick={openDrawer}>
        <MenuIcon size={18} aria-hidden />
      </IconButton>
      {!sidebarOpen && (
        <IconButton label="Show the sidebar" className="max-md:hidden" onClick={toggleSidebar}>
          <PanelLeftOpen size={17} aria-hidden />
        </IconButton>
      )}
      <h1 className="min-w-0 flex-1 truncate px-1.5 text-sm font-semibold">{title}</h1>
      <span className="hidden text-xs text-muted sm:inline">
        as it was <When time={createdAt} />
      </span>
      <Badge>shared, read-only</Badge>
    </header>
  )
}
