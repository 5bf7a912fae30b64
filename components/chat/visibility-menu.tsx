'use client'

import { ChevronDown, Lock, Users } from 'lucide-react'
import { useState } from 'react'
import { useClient } from '@/components/chat/live'
import type { SessionInfo } from '@/components/chat/live/types'
import { useWorkspace } from '@/components/sessions/workspace'
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from '@/components/ui/menu'
import { toastError } from '@/components/ui/toaster'

/** Who may see the session. Only its owner may change that. */
export function VisibilityMenu({ session, isOwner }: { session: SessionInfo; isOwner: boolean }) {
  const client = useClient()
  const { current } = useWorkspace()
  const [busy, setBusy] = useState(false)
  const isPrivate = session.visibility === 'private'
  const Icon = isPrivate ? Lock : Users
  const word = isPrivate ? 'Private' : current.organisation.name

  const choose = async (visibility: string) => {
    setBusy(true)
    try {
      await client.setVisibility(session.id, visibility === 'organisation' ? 'organisation' : 'private')
    } catch (error) {
      toastError('Not changed', error)
    }
    setBusy(false)
  }

  const look = 'inline-flex h-7 max-w-44 shrink-0 items-center gap-1.5 rounded-md px-2 text-xs text-muted'
  if (!isOwner) {
    return (
      <span className={look}>
        <Icon size={13} aria-hidden />
        <span className="truncate">{word}</span>
      </span>
    )
  }
  return (
    <Menu>
      <MenuTrigger
        disabled={busy}
        data-testid="visibility"
        data-visibility={session.visibility}
        aria-label={`Visible to: ${isPrivate ? 'only you' : word}`}
        className={`${look} hover:bg-hover hover:text-ink`}
      >
        <Icon size={13} aria-hidden />
        <span className="truncate max-sm:hidden">{word}</span>
        <ChevronDown size={12} aria-hidden />
      </MenuTrigger>
      <MenuContent align="end" className="w-64">
        <MenuRadioGroup value={session.visibility} onValueChange={choose}>
          <MenuRadioItem value="private" icon={<Lock size={15} aria-hidden />} hint="Only you see it">
            Private
          </MenuRadioItem>
          <MenuRadioItem value="organisation" icon={<Users size={15} aria-hidden />} hint="Members read, editors act">
            {current.organisation.name}
          </MenuRadioItem>
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  )
}
