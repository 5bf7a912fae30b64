'use client'

import { Ellipsis, Users } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import type { SessionSummary } from '@/components/chat/live/types'
import { CommandItems } from '@/components/commands/command-items'
import { useCommands } from '@/components/commands/commands-provider'
import { subjectOf } from '@/components/commands/context'
import { sessionCommands } from '@/components/commands/registry/session-commands'
import { sessionState } from '@/components/sessions/grouping'
import { sessionPath } from '@/components/sessions/paths'
import { RenameSession } from '@/components/sessions/rename-session'
import { SessionStateSign } from '@/components/sessions/session-state'
import { useWorkspace } from '@/components/sessions/workspace'
import { cx } from '@/components/ui/cx'
import { Menu, MenuContent, MenuTrigger } from '@/components/ui/menu'

/** One line of the list: title, whether it is running, and what can be done with it. */
export function SessionLink({
  session,
  slug,
  open,
  onNavigate,
}: {
  session: SessionSummary
  slug: string
  open: boolean
  onNavigate: () => void
}) {
  const [mode, setMode] = useState<'idle' | 'renaming'>('idle')
  const workspace = useWorkspace()
  const { sessions } = useCommands()
  const title = session.title || 'New session'
  const actions = sessionCommands(
    subjectOf(session, workspace),
    { ...sessions, rename: () => setMode('renaming') },
    workspace.current.organisation.name,
  )

  if (mode === 'renaming') {
    return <RenameSession sessionId={session.id} title={session.title} onDone={() => setMode('idle')} />
  }
  return (
    <div className={cx('group relative flex items-center rounded-md text-sm', open ? 'bg-selected' : 'hover:bg-hover')}>
      <Link
        href={sessionPath(slug, session.id)}
        onClick={onNavigate}
        aria-current={open ? 'page' : undefined}
        data-testid="session-link"
        data-session={session.id}
        data-active={session.activeRunId !== null}
        data-state={sessionState(session)}
        title={title}
        className="flex h-8.5 touch:h-10 min-w-0 flex-1 items-center gap-2 rounded-md pr-8 touch:pr-10 pl-2"
      >
        <SessionStateSign session={session} />
        <span className={cx('min-w-0 flex-1 truncate', session.unread && !open && 'font-semibold')}>{title}</span>
        {session.visibility === 'organisation' && (
          <Users size={13} aria-label="Visible to the organisation" className="shrink-0 text-faint" />
        )}
      </Link>
      <Menu>
        <MenuTrigger
          aria-label={`Actions for ${title}`}
          className={cx(
            'absolute right-0.5 touch:right-0 inline-flex size-7 items-center justify-center rounded-md text-muted hover:text-ink',
            'pointer-fine:opacity-0 pointer-fine:group-focus-within:opacity-100 pointer-fine:group-hover:opacity-100 data-[state=open]:opacity-100',
          )}
        >
          <Ellipsis size={16} aria-hidden />
        </MenuTrigger>
        <MenuContent align="start">
          <CommandItems commands={actions} />
        </MenuContent>
      </Menu>
    </div>
  )
}
