'use client'

import { Command as List } from 'cmdk'
import { Search } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useEffect, useRef, useState } from 'react'
import { useClient, useSessionList } from '@/components/chat/live'
import type { SessionSummary } from '@/components/chat/live/types'
import { useModels } from '@/components/chat/models'
import { useMaybeHead, useMaybeRun } from '@/components/chat/use-maybe-session'
import type { Command } from '@/components/commands/command'
import type { Commands } from '@/components/commands/commands-provider'
import { ShortcutCaps } from '@/components/commands/key-caps'
import { rankCommands } from '@/components/commands/rank'
import { commandsNow } from '@/components/commands/registry'
import { openSessionCommand } from '@/components/commands/registry/place-commands'
import { sessionIdOfPath } from '@/components/sessions/paths'
import { cx } from '@/components/ui/cx'
import { giveFocus, lastFocused } from '@/components/ui/focus'
import { isComposing } from '@/components/ui/keyboard'
import { toastError } from '@/components/ui/toaster'

/** Typing settles before the server is asked. */
const PAUSE = 200
const RECENT = 5

/** All that can be done now, and every session by its title: found by typing, chosen with Enter. */
export default function Palette({ commands, onClose }: { commands: Commands; onClose: () => void }) {
  const [words, setWords] = useState('')
  const [origin] = useState(lastFocused)
  const chosen = useRef<Command | null>(null)
  const context = useContextNow(commands)
  const found = useSessions(context.workspace.current.organisation.id, words)
  const openId = sessionIdOfPath(context.path)
  const sessions = found.sessions
    .filter(({ id }) => id !== openId)
    .map((session) => openSessionCommand(session, context))
  const groups: { heading: string; commands: Command[] }[] = [
    ...rankCommands(commandsNow(context), words).map((group) => ({
      ...group,
      commands: group.commands.filter(({ id }) => id !== 'palette'),
    })),
  ]
  if (sessions.length > 0)
    groups.splice(words.trim() === '' ? 1 : groups.length, 0, { heading: 'Sessions', commands: sessions })

  const choose = (command: Command) => {
    chosen.current = command
    onClose()
  }
  const onCloseAutoFocus = (event: Event) => {
    event.preventDefault()
    // Run once the palette is gone: what opens then finds the focus where it was, to give it back there.
    if (!chosen.current?.leads) giveFocus(origin)
    void chosen.current?.run()
  }

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={onCloseAutoFocus}
          data-testid="palette"
          className="animate-appear fixed inset-x-2 top-2 z-40 flex max-h-[calc(100dvh-1rem)] flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-float sm:inset-x-auto sm:top-[12dvh] sm:left-1/2 sm:max-h-[70dvh] sm:w-[min(36rem,calc(100vw-3rem))] sm:-translate-x-1/2"
        >
          <Dialog.Title className="sr-only">Commands</Dialog.Title>
          <List
            label="Commands and sessions"
            shouldFilter={false}
            loop
            vimBindings={false}
            className="flex min-h-0 flex-col"
            onKeyDown={(event) => {
              // Its Enter chooses a word of the input method, not a command.
              if (isComposing(event)) event.stopPropagation()
            }}
          >
            <div className="flex shrink-0 items-center gap-2.5 border-b border-line px-3.5">
              <Search size={16} aria-hidden className="shrink-0 text-faint" />
              <List.Input
                value={words}
                onValueChange={setWords}
                placeholder="What shall be done, or which session"
                className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
              />
            </div>
            <List.List className="min-h-0 flex-1 overflow-y-auto p-1.5" label="Found">
              {groups.length === 0 && (
                <List.Empty className="px-3 py-6 text-center text-sm text-muted">
                  {found.asking ? 'Searching…' : 'Nothing is called so.'}
                </List.Empty>
              )}
              {groups.map(({ heading, commands: inGroup }) => (
                <List.Group
                  key={heading}
                  heading={heading}
                  className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
                >
                  {inGroup.map((command) => (
                    <PaletteLine key={command.id} command={command} onChoose={choose} />
                  ))}
                </List.Group>
              ))}
            </List.List>
          </List>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteLine({ command, onChoose }: { command: Command; onChoose: (command: Command) => void }) {
  const { id, title, icon: Icon, shortcut, danger } = command
  return (
    <List.Item
      value={id}
      onSelect={() => onChoose(command)}
      data-command={id}
      className={cx(
        'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 py-1 text-sm data-[selected=true]:bg-selected data-[selected=true]:ring-1 data-[selected=true]:ring-(--focus) data-[selected=true]:ring-inset',
        danger && 'text-danger',
      )}
    >
      <Icon size={15} aria-hidden className={cx('shrink-0', danger ? 'text-danger' : 'text-muted')} />
      <span className="min-w-0 flex-1 truncate">{title}</span>
      {shortcut && <ShortcutCaps shortcut={shortcut} className="max-sm:hidden" />}
    </List.Item>
  )
}

/** The context, made anew when something of the session changes that commands hang on. */
function useContextNow(commands: Commands) {
  const { path, workspace } = commands.contextNow()
  const sessionId = sessionIdOfPath(path)
  useMaybeHead(sessionId)
  useMaybeRun(sessionId)
  const models = useModels(workspace.current.organisation.id)
  return commands.contextNow(models.state === 'ready' ? models.models : [])
}

/** The newest sessions; with words, those whose titles hold them, as the server finds them among all. */
function useSessions(organisationId: string, words: string): { sessions: readonly SessionSummary[]; asking: boolean } {
  const client = useClient()
  const { sessions } = useSessionList(organisationId)
  const [found, setFound] = useState<{ words: string; sessions: SessionSummary[] } | null>(null)
  const wanted = words.trim()

  useEffect(() => {
    if (wanted === '') return
    let ended = false
    const timer = setTimeout(() => {
      client.loadSessions(organisationId, { q: wanted }).then(
        (page) => !ended && setFound({ words: wanted, sessions: page.sessions }),
        (error: unknown) => !ended && toastError('Not searched', error),
      )
    }, PAUSE)
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [client, organisationId, wanted])

  if (wanted === '') return { sessions: sessions.filter(({ archived }) => !archived).slice(0, RECENT), asking: false }
  // Until the answer is there, what is known already.
  if (found?.words === wanted) return { sessions: found.sessions, asking: false }
  const known = sessions.filter(({ title }) => title.toLowerCase().includes(wanted.toLowerCase()))
  return { sessions: known.slice(0, RECENT), asking: true }
}
