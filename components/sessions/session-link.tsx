'use client'

import { Archive, ArchiveRestore, Ellipsis, PencilLine, Pin, PinOff, Trash2, Users } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { useClient } from '@/components/chat/live'
import type { SessionSummary } from '@/components/chat/live/types'
import { sessionState } from '@/components/sessions/grouping'
import { newChatPath, sessionPath } from '@/components/sessions/paths'
import { RenameSession } from '@/components/sessions/rename-session'
import { SessionStateSign } from '@/components/sessions/session-state'
import { useWorkspace } from '@/components/sessions/workspace'
import { cx } from '@/components/ui/cx'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu'
import { toastError } from '@/components/ui/toaster'

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
  const client = useClient()
  const { user, current } = useWorkspace()
  const router = useRouter()
  const title = session.title || 'New session'

  const act = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      toastError(what, error)
    }
  }
  const remove = () =>
    act('Not deleted', async () => {
      await client.deleteSession(session.id)
      if (open) router.replace(newChatPath(slug))
      toast(`“${title}” was deleted.`, {
        duration: 12_000,
        action: {
          label: 'Undo',
          onClick: () => void act('Not taken back', () => client.restoreSession(session.id)),
        },
      })
    })
  const mark = (marks: { pinned?: boolean; archived?: boolean }) =>
    act('Not changed', () => client.markSession(session.id, marks))
  const isMine = session.owner === `user:${user.id}`

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
        className="flex h-8.5 min-w-0 flex-1 items-center gap-2 rounded-md pr-8 pl-2"
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
            'absolute right-0.5 inline-flex size-7 items-center justify-center rounded-md text-muted hover:text-ink',
            'pointer-fine:opacity-0 pointer-fine:group-focus-within:opacity-100 pointer-fine:group-hover:opacity-100 data-[state=open]:opacity-100',
          )}
        >
          <Ellipsis size={16} aria-hidden />
        </MenuTrigger>
        <MenuContent align="start">
          <MenuItem icon={<PencilLine size={15} aria-hidden />} onSelect={() => setMode('renaming')}>
            Rename
          </MenuItem>
          <MenuItem
            icon={session.pinned ? <PinOff size={15} aria-hidden /> : <Pin size={15} aria-hidden />}
            onSelect={() => mark({ pinned: !session.pinned })}
          >
            {session.pinned ? 'Unpin' : 'Pin'}
          </MenuItem>
          <MenuItem
            icon={session.archived ? <ArchiveRestore size={15} aria-hidden /> : <Archive size={15} aria-hidden />}
            onSelect={() => mark({ archived: !session.archived })}
          >
            {session.archived ? 'Take out of the archive' : 'Archive'}
          </MenuItem>
          {isMine && session.visibility === 'private' && (
            <MenuItem
              icon={<Users size={15} aria-hidden />}
              onSelect={() => act('Not changed', () => client.setVisibility(session.id, 'organisation'))}
            >
              Hand over to {current.organisation.name}
            </MenuItem>
          )}
          {(isMine || current.role === 'admin') && (
            <MenuItem danger icon={<Trash2 size={15} aria-hidden />} onSelect={remove}>
              Delete
            </MenuItem>
          )}
        </MenuContent>
      </Menu>
    </div>
  )
}
