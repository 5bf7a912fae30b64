'use client'

import { Dialog } from 'radix-ui'
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react'
import { ApprovalNotifier } from '@/components/approvals/notifier'
import { ChatClientProvider } from '@/components/chat/live'
import { rememberOrganisation } from '@/components/sessions/last-organisation'
import { Sidebar } from '@/components/sessions/sidebar'
import { type Workspace, WorkspaceProvider } from '@/components/sessions/workspace'
import { UnsavedGuard } from '@/components/ui/unsaved'
import { useStoredFlag } from '@/components/ui/use-stored'

interface Panels {
  sidebarOpen: boolean
  /** On a wide page: show or hide the sidebar. */
  toggleSidebar: () => void
  /** On a narrow page: the sidebar as a drawer. */
  openDrawer: () => void
  closeDrawer: () => void
}

const PanelsContext = createContext<Panels | null>(null)

export function usePanels(): Panels {
  const panels = use(PanelsContext)
  if (!panels) throw new Error('Panels are known inside the shell only.')
  return panels
}

const goToSignIn = () => {
  const { pathname, search } = window.location
  window.location.assign(`/sign-in?${new URLSearchParams({ next: pathname + search })}`)
}

/** Sidebar and the place beside it; the live connection lives as long as this. */
export function AppShell({ workspace, children }: { workspace: Workspace; children: ReactNode }) {
  const [collapsed, setCollapsed] = useStoredFlag('longwatch:sidebar-collapsed')
  const [drawer, setDrawer] = useState(false)
  const openDrawer = useCallback(() => setDrawer(true), [])
  const closeDrawer = useCallback(() => setDrawer(false), [])
  const panels = useMemo(
    () => ({ sidebarOpen: !collapsed, toggleSidebar: () => setCollapsed(!collapsed), openDrawer, closeDrawer }),
    [collapsed, setCollapsed, openDrawer, closeDrawer],
  )
  rememberOrganisation(workspace.current.organisation.slug)

  return (
    <WorkspaceProvider workspace={workspace}>
      <ChatClientProvider identity={workspace.user.id} onSignedOut={goToSignIn}>
        <PanelsContext value={panels}>
          <a
            href="#main"
            className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-raised px-3 py-2 text-sm shadow-float focus:translate-y-0"
          >
            Skip to the content
          </a>
          {/* Clipped, not hidden: what is hidden can still be scrolled, by a script or by the focus. */}
          <div className="flex h-dvh overflow-clip">
            {!collapsed && (
              <aside className="hidden w-66 shrink-0 border-r border-line bg-sunken md:block" aria-label="Sidebar">
                <Sidebar onNavigate={closeDrawer} onHide={() => setCollapsed(true)} />
              </aside>
            )}
            <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
              {children}
            </main>
          </div>
          <Dialog.Root open={drawer} onOpenChange={setDrawer}>
            <Dialog.Portal>
              <Dialog.Overlay className="fixed inset-0 z-40 bg-veil md:hidden" />
              <Dialog.Content
                aria-describedby={undefined}
                className="animate-drawer fixed inset-y-0 left-0 z-40 w-[min(19rem,86vw)] border-r border-line bg-sunken shadow-float md:hidden"
              >
                <Dialog.Title className="sr-only">Sidebar</Dialog.Title>
                <Sidebar onNavigate={closeDrawer} onHide={closeDrawer} />
              </Dialog.Content>
            </Dialog.Portal>
          </Dialog.Root>
          <UnsavedGuard />
          <ApprovalNotifier />
        </PanelsContext>
      </ChatClientProvider>
    </WorkspaceProvider>
  )
}
