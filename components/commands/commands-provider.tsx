'use client'

import dynamic from 'next/dynamic'
import { usePathname, useRouter } from 'next/navigation'
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useLeave } from '@/components/account/use-leave'
import { useClient } from '@/components/chat/live'
import type { ModelChoice } from '@/components/chat/models'
import type { CommandContext } from '@/components/commands/command'
import { lastAnswerOf, subjectShown } from '@/components/commands/context'
import { ControlsProvider, useLentControls } from '@/components/commands/controls'
import { commandOfKey, commandsNow } from '@/components/commands/registry'
import { isApple } from '@/components/commands/shortcut'
import { newChatPath, sessionIdOfPath } from '@/components/sessions/paths'
import { createSessionActions, type SessionActions } from '@/components/sessions/session-actions'
import { useWorkspace } from '@/components/sessions/workspace'
import { storageKey } from '@/components/site'
import { useTheme } from '@/components/ui/theme'
import { toast } from '@/components/ui/toast'
import { toastError } from '@/components/ui/toaster'
import { leaving } from '@/components/ui/unsaved'
import { useStoredFlag } from '@/components/ui/use-stored'

const Palette = dynamic(() => import('@/components/commands/palette'), { ssr: false })
const KeyboardMap = dynamic(() => import('@/components/commands/keyboard-map'), { ssr: false })
const RenameDialog = dynamic(() => import('@/components/sessions/rename-dialog'), { ssr: false })
const ShareDialog = dynamic(() => import('@/components/sharing/share-dialog'), { ssr: false })

/** What lies above the page takes the keys for itself. */
const LAYERS = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]'

type Shown =
  | { kind: 'nothing' }
  | { kind: 'palette' }
  | { kind: 'keys' }
  | { kind: 'rename'; session: { id: string; title: string } }
  | { kind: 'share'; sessionId: string }
const NOTHING: Shown = { kind: 'nothing' }

export interface Commands {
  /** All that decides about the commands, as it is at this moment. */
  contextNow: (models?: readonly ModelChoice[]) => CommandContext
  sessions: SessionActions
  showPalette: () => void
  showKeys: () => void
}

interface Panels {
  sidebarOpen: boolean
  toggleSidebar: () => void
  openDrawer: () => void
  closeDrawer: () => void
}

const CommandsContext = createContext<Commands | null>(null)

export function useCommands(): Commands {
  const commands = use(CommandsContext)
  if (!commands) throw new Error('Commands are known inside the shell only.')
  return commands
}

/** Knows what can be done, listens to the keys that do it, and shows palette, key map and the sessions' dialogs. */
export function CommandsProvider({ panels, children }: { panels: Panels; children: ReactNode }) {
  const workspace = useWorkspace()
  const client = useClient()
  const router = useRouter()
  const path = usePathname()
  const { leave } = useLeave()
  const [theme, setTheme] = useTheme()
  const lent = useLentControls()
  const [shown, setShown] = useState<Shown>(NOTHING)
  const [lettersOff, setLettersOff] = useStoredFlag(storageKey('letter-keys-off'))
  const close = useCallback(() => setShown(NOTHING), [])
  const { slug } = workspace.current.organisation
  /** Read by what outlives a render: keys, toasts. */
  const now = useRef({ path, shown, lettersOff })
  now.current = { path, shown, lettersOff }

  const sessions = useMemo(
    () =>
      createSessionActions({
        client,
        onRemoved: (id) => {
          if (sessionIdOfPath(now.current.path) === id) router.replace(newChatPath(slug))
        },
        rename: (session) => setShown({ kind: 'rename', session }),
        share: (sessionId) => setShown({ kind: 'share', sessionId }),
      }),
    [client, router, slug],
  )

  const commands: Commands = useMemo(() => {
    const showPalette = () => {
      panels.closeDrawer()
      setShown({ kind: 'palette' })
    }
    const showKeys = () => {
      panels.closeDrawer()
      setShown({ kind: 'keys' })
    }
    return {
      sessions,
      showPalette,
      showKeys,
      contextNow: (models = []) => {
        const sessionId = sessionIdOfPath(path)
        return {
          workspace,
          path,
          subject: subjectShown(client, workspace, sessionId),
          sessions,
          controls: lent,
          lastAnswer: lastAnswerOf(client, sessionId),
          models,
          theme,
          setTheme,
          sidebarOpen: panels.sidebarOpen,
          toggleSidebar: () =>
            window.matchMedia('(width >= 48rem)').matches ? panels.toggleSidebar() : panels.openDrawer(),
          go: (to) => leaving(() => router.push(to)),
          copy,
          showPalette,
          showKeys,
          signOut: () => leaving(() => void leave()),
        }
      },
    }
  }, [client, lent, leave, panels, path, router, sessions, setTheme, theme, workspace])

  useEffect(() => {
    const apple = isApple(navigator.platform)
    const onKeyDown = (event: KeyboardEvent) => {
      const id = commandOfKey(event, { apple, letters: !now.current.lettersOff })
      if (!id) return
      if (id === 'palette' && now.current.shown.kind === 'palette') {
        event.preventDefault()
        return close()
      }
      if (document.querySelector(LAYERS)) return
      const command = commandsNow(commands.contextNow()).find((one) => one.id === id)
      if (!command) return
      event.preventDefault()
      void command.run()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [commands, close])

  return (
    <CommandsContext value={commands}>
      <ControlsProvider lent={lent}>
        {children}
        {shown.kind === 'palette' && <Palette commands={commands} onClose={close} />}
        {shown.kind === 'keys' && (
          <KeyboardMap letters={!lettersOff} onLetters={(on) => setLettersOff(!on)} onClose={close} />
        )}
        {shown.kind === 'rename' && <RenameDialog session={shown.session} onClose={close} />}
        {shown.kind === 'share' && <ShareDialog sessionId={shown.sessionId} onClose={close} />}
      </ControlsProvider>
    </CommandsContext>
  )
}

async function copy(text: string) {
  try {
    await navigator.clipboard.writeText(text)
    toast.message('Copied.')
  } catch (error) {
    toastError('Not copied', error)
  }
}
