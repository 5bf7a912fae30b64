'use client'

import { Ellipsis, Hand, PencilLine, Trash2, Users } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useClient } from '@/components/chat/live'
import type { SessionSummary } from '@/components/chat/live/types'
import { newChatPath, sessionPath } from '@/components/sessions/paths'
import { RenameSession } from '@/components/sessions/rename-session'
import { Confirm } from '@/components/ui/confirm'
import { cx } from '@/components/ui/cx'
import { LiveDot } from '@/components/ui/live-dot'
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
  const [mode, setMode] = useState<'idle' | 'renaming' | 'confirming' | 'deleting'>('idle')
  const client = useClient()
  const router = useRouter()
  const title = session.title || 'New session'

  const remove = async () => {
    setMode('deleting')
    try {
      await client.deleteSession(session.id)
      if (open) router.replace(newChatPath(slug))
    } catch (error) {
      toastError('Not deleted', error)
    }
    setMode('idle')
  }

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
        title={title}
        className="flex h-8.5 min-w-0 flex-1 items-center gap-2 rounded-md pr-8 pl-2"
      >
        {session.activeRunId && !session.waiting && <LiveDot />}
        {session.waiting && (
          <Hand
            size={14}
            data-testid="session-waiting"
            data-mine={(session.waitingForMe ?? []).length > 0}
            aria-label={(session.waitingForMe ?? []).length > 0 ? 'Waits for your approval' : 'Waits for an approval'}
            className={cx('shrink-0', (session.waitingForMe ?? []).length > 0 ? 'text-warn' : 'text-faint')}
          />
        )}
        <span className="min-w-0 flex-1 truncate">{title}</span>
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
          <MenuItem danger icon={<Trash2 size={15} aria-hidden />} onSelect={() => setMode('confirming')}>
            Delete…
          </MenuItem>
        </MenuContent>
      </Menu>
      <Confirm
        open={mode === 'confirming' || mode === 'deleting'}
        onOpenChange={(next) => !next && setMode('idle')}
        title="Delete this session?"
        description={`“${title}” and all its answers are removed${session.activeRunId ? ', and what is running is stopped' : ''}.`}
        action="Delete"
        busy={mode === 'deleting'}
        onConfirm={remove}
      />
    </div>
  )
}
