import { Building2, Hand, type LucideIcon, MessageSquare, Settings } from 'lucide-react'
import { approvalsPath } from '@/components/approvals/paths'
import type { Command, CommandSource } from '@/components/commands/command'
import { newChatPath, sessionPath } from '@/components/sessions/paths'
import { settingsPagesFor, settingsPath } from '@/components/settings/navigation'

const IN = { group: 'Go to', leads: true } as const

/** The pages of this organisation that the role may open, and the other organisations. */
export const placeCommands: CommandSource = ({ workspace, path, go }) => {
  const { current, memberships } = workspace
  const { slug } = current.organisation
  const approvals = approvalsPath(slug)
  const page = (id: string, title: string, icon: LucideIcon, to: string, more: Partial<Command> = {}): Command[] =>
    to === path ? [] : [{ ...IN, id, title, icon, run: () => go(to), ...more }]
  return [
    ...page('approvals', 'Approvals', Hand, approvals, { keywords: ['waiting', 'decide'] }),
    ...settingsPagesFor(current.role).flatMap(({ name, label }) =>
      page(`settings-${name}`, `Settings: ${label}`, Settings, settingsPath(slug, name)),
    ),
    ...memberships
      .filter(({ organisation }) => organisation.id !== current.organisation.id)
      .flatMap(({ organisation }) =>
        page(
          `organisation-${organisation.slug}`,
          `Switch to ${organisation.name}`,
          Building2,
          newChatPath(organisation.slug),
          { keywords: ['organisation', organisation.slug] },
        ),
      ),
  ]
}

/** A command that opens a session, for the palette's list of them. */
export const openSessionCommand = (
  { id, title }: { id: string; title: string },
  { workspace, go }: Parameters<CommandSource>[0],
): Command => ({
  ...IN,
  id: `session-${id}`,
  title: title || 'New session',
  icon: MessageSquare,
  run: () => go(sessionPath(workspace.current.organisation.slug, id)),
})
