'use client'

import { Ellipsis } from 'lucide-react'
import { useClient } from '@/components/chat/live'
import { CommandItems } from '@/components/commands/command-items'
import { useCommands } from '@/components/commands/commands-provider'
import { subjectShown } from '@/components/commands/context'
import { sessionCommands } from '@/components/commands/registry/session-commands'
import { useWorkspace } from '@/components/sessions/workspace'
import { Menu, MenuContent, MenuTrigger } from '@/components/ui/menu'

/** What can be done with the session that is shown. */
export function SessionMenu({ sessionId }: { sessionId: string }) {
  return (
    <Menu>
      <MenuTrigger
        aria-label="What can be done with this session"
        data-testid="session-menu"
        className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
      >
        <Ellipsis size={17} aria-hidden />
      </MenuTrigger>
      <MenuContent align="end">
        <SessionItems sessionId={sessionId} />
      </MenuContent>
    </Menu>
  )
}

/** Made when the menu opens, from what is known of the session then. */
function SessionItems({ sessionId }: { sessionId: string }) {
  const client = useClient()
  const workspace = useWorkspace()
  const { sessions } = useCommands()
  const subject = subjectShown(client, workspace, sessionId)
  return subject && <CommandItems commands={sessionCommands(subject, sessions, workspace.current.organisation.name)} />
}
