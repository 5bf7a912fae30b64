'use client'

import { usePathname } from 'next/navigation'
import { Dialog } from 'radix-ui'
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Announcer } from '@/components/announcements/announcer'
import { AttentionKeeper } from '@/components/attention/attention-keeper'
import { tidyDrafts } from '@/components/chat/drafts'
import { ChatClientProvider } from '@/components/chat/live'
import { CommandsProvider } from '@/components/commands/commands-provider'
import { FocusKeeper } from '@/components/focus/focus-keeper'
import { rememberOrganisation } from '@/components/sessions/last-organisation'
import { sessionIdOfPath } from '@/components/sessions/paths'
import { Sidebar } from '@/components/sessions/sidebar'
import { type Workspace, WorkspaceProvider } from '@/components/sessions/workspace'
import { loadPage, storageKey } from '@/components/site'
import { isFocusLost, useFocusReturn } from '@/components/ui/focus'
import { MenuHost, MenuHostProvider } from '@/components/ui/menu'
import { SkipLinks } from '@/components/ui/skip-links'
import { UnsavedGuard } from '@/components/ui/unsaved'
import { useStoredFlag } from '@/components/ui/use-stored'
import { BASE_PATH, withoutBasePath } from '@/lib/base-path'

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
  loadPage(`/sign-in?${new URLSearchParams({ next: withoutBasePath(pathname) + search })}`)
}

/** Sidebar and the place beside it; the live connection lives as long as this. */
export function AppShell({ workspace, children }: { workspace: Workspace; children: ReactNode }) {
  const [collapsed, setCollapsed] = useStoredFlag(storageKey('sidebar-collapsed'))
  const sessionId = sessionIdOfPath(usePathname())
  const [drawer, setDrawer] = useState(false)
  const [menuHost, setMenuHost] = useState<HTMLElement | null>(null)
  const returnFocus = useFocusReturn(drawer)
  const openDrawer = useCallback(() => setDrawer(true), [])
  const closeDrawer = useCallback(() => setDrawer(false), [])
  const toggleSidebar = useSidebarToggle(collapsed, setCollapsed)
  const panels = useMemo(
    () => ({ sidebarOpen: !collapsed, toggleSidebar, openDrawer, closeDrawer }),
    [collapsed, toggleSidebar, openDrawer, closeDrawer],
  )
  tidyDrafts(workspace.user.id)
  rememberOrganisation(workspace.current.organisation.slug)

  return (
    <WorkspaceProvider workspace={workspace}>
      <ChatClientProvider baseUrl={BASE_PATH} identity={workspace.user.id} onSignedOut={goToSignIn}>
        <PanelsContext value={panels}>
          <CommandsProvider panels={panels}>
            <SkipLinks>
              <MenuHostProvider value={menuHost}>
                {/* Clipped, not hidden, and the frame of all within: nothing scrolls the page itself, no script and no focus. */}
                <div className="relative flex h-dvh overflow-clip">
                  {!collapsed && (
                    <aside
                      className="hidden w-66 shrink-0 border-r border-line bg-sunken md:block"
                      aria-label="Sidebar"
                    >
                      <Sidebar onNavigate={closeDrawer} onHide={toggleSidebar} />
                    </aside>
                  )}
                  <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col -outline-offset-2">
                    {children}
                    <div ref={setMenuHost} />
                  </main>
                </div>
              </MenuHostProvider>
            </SkipLinks>
            <Dialog.Root open={drawer} onOpenChange={setDrawer}>
              <Dialog.Portal>
                <Dialog.Overlay className="fixed inset-0 z-40 bg-veil md:hidden" />
                <Dialog.Content
                  aria-describedby={undefined}
                  onCloseAutoFocus={returnFocus}
                  className="animate-drawer fixed inset-y-0 left-0 z-40 w-[min(19rem,86vw)] border-r border-line bg-sunken shadow-float md:hidden"
                >
                  <Dialog.Title className="sr-only">Sidebar</Dialog.Title>
                  <MenuHost>
                    <Sidebar onNavigate={closeDrawer} onHide={closeDrawer} />
                  </MenuHost>
                </Dialog.Content>
              </Dialog.Portal>
            </Dialog.Root>
            <UnsavedGuard />
            <AttentionKeeper />
            <Announcer organisationId={workspace.current.organisation.id} sessionId={sessionId} />
            <FocusKeeper />
          </CommandsProvider>
        </PanelsContext>
      </ChatClientProvider>
    </WorkspaceProvider>
  )
}

const TOGGLES = 'button[aria-label="Hide the sidebar"], button[aria-label="Show the sidebar"]'

/** Shows or hides the sidebar. The button that did it goes with it: the focus moves on to the one that undoes it. */
function useSidebarToggle(collapsed: boolean, setCollapsed: (collapsed: boolean) => void): () => void {
  const wasToggled = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that moves the focus
  useEffect(() => {
    if (!wasToggled.current) return
    wasToggled.current = false
    const toggle = [...document.querySelectorAll<HTMLElement>(TOGGLES)].find((one) => one.offsetParent !== null)
    if (isFocusLost()) toggle?.focus()
  }, [collapsed])
  return useCallback(() => {
    wasToggled.current = true
    setCollapsed(!collapsed)
  }, [collapsed, setCollapsed])
}
