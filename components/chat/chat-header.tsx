'use client'

import { Menu as MenuIcon, PanelLeftOpen } from 'lucide-react'
import { useEffect } from 'react'
import { useMaybeHead } from '@/components/chat/use-maybe-session'
import { VisibilityMenu } from '@/components/chat/visibility-menu'
import { usePanels } from '@/components/sessions/app-shell'
import { rightsIn } from '@/components/sessions/permissions'
import { useWorkspace } from '@/components/sessions/workspace'
import { SessionMenu } from '@/components/sharing/session-menu'
import { IconButton } from '@/components/ui/button'
import { LiveDot } from '@/components/ui/live-dot'

/** The session's title and who sees it. */
export function ChatHeader({ sessionId }: { sessionId: string | null }) {
  const head = useMaybeHead(sessionId)
  const workspace = useWorkspace()
  const { sidebarOpen, toggleSidebar, openDrawer } = usePanels()
  const session = head?.session ?? null
  const title = sessionId === null ? 'New chat' : session ? session.title || 'New session' : ''

  useEffect(() => {
    if (title) document.title = `${title} · Longwatch`
  }, [title])

  return (
    <header className="flex h-13 shrink-0 items-center gap-1 border-b border-line px-2 sm:px-3">
      <IconButton
        label="Open the list of sessions"
        className="md:hidden"
        onClick={openDrawer}
        data-testid="open-drawer"
      >
        <MenuIcon size={18} aria-hidden />
      </IconButton>
      {!sidebarOpen && (
        <IconButton label="Show the sidebar" className="max-md:hidden" onClick={toggleSidebar}>
          <PanelLeftOpen size={17} aria-hidden />
        </IconButton>
      )}
      {title === '' ? (
        <span className="flex-1" />
      ) : (
        <h1 className="flex min-w-0 flex-1 items-center gap-2 px-1.5 text-sm font-semibold">
          {head?.activeRun && head.activeRun.status !== 'queued' && <LiveDot />}
          <span className="truncate" title={title}>
            {title}
          </span>
        </h1>
      )}
      {session && <VisibilityMenu session={session} isOwner={rightsIn(session, workspace).isOwner} />}
      {session && <SessionMenu sessionId={session.id} />}
    </header>
  )
}
