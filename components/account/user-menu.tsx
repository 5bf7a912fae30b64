'use client'

import { ChevronsUpDown, Settings } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { CommandItems } from '@/components/commands/command-items'
import { useCommands } from '@/components/commands/commands-provider'
import { commandsNow } from '@/components/commands/registry'
import { useWorkspace } from '@/components/sessions/workspace'
import { settingsPagesFor, settingsPath } from '@/components/settings/navigation'
import { Menu, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from '@/components/ui/menu'
import { ThemeItems } from '@/components/ui/theme'
import { leaving } from '@/components/ui/unsaved'

const initials = (name: string) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('')

/** Who is signed in, with which role here; theme and the way out. */
export function UserMenu() {
  const { user, current } = useWorkspace()
  const router = useRouter()
  const pages = settingsPagesFor(current.role)
  const open = (name?: string) => leaving(() => router.push(settingsPath(current.organisation.slug, name)))

  return (
    <Menu>
      <MenuTrigger
        data-testid="user-menu"
        aria-label={`${user.name}, ${current.role}`}
        className="flex h-11 w-full items-center gap-2.5 rounded-md px-2 text-left hover:bg-hover"
      >
        <span
          aria-hidden
          className="inline-flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-2xs font-semibold text-accent"
        >
          {initials(user.name)}
        </span>
        <span className="min-w-0 flex-1">
          <span className="block truncate text-sm leading-4 font-medium">{user.name}</span>
          <span className="block truncate text-xs leading-4 text-muted">{current.role}</span>
        </span>
        <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-faint" />
      </MenuTrigger>
      <MenuContent align="start" side="top" className="w-60">
        <MenuLabel>
          <span className="block truncate">{user.email}</span>
          <span className="block truncate">
            {current.role} in {current.organisation.name}
          </span>
        </MenuLabel>
        <MenuSeparator />
        <ThemeItems />
        <MenuSeparator />
        {pages
          .filter(({ group }) => group === 'You')
          .map(({ name, label }) => (
            <MenuItem key={name} data-testid={`menu-${name}`} onSelect={() => open(name)}>
              {label}
            </MenuItem>
          ))}
        {pages.length > 0 && (
          <MenuItem data-testid="menu-settings" icon={<Settings size={15} aria-hidden />} onSelect={() => open()}>
            Settings
          </MenuItem>
        )}
        <MenuSeparator />
        <HelpAndExit />
      </MenuContent>
    </Menu>
  )
}

/** The keyboard map and the way out, as the palette has them. */
function HelpAndExit() {
  const commands = commandsNow(useCommands().contextNow())
  return <CommandItems commands={commands.filter(({ id }) => ['palette', 'keys', 'sign-out'].includes(id))} />
}
