'use client'

import { ArrowLeft, Command, PanelLeftClose, Settings, SquarePen } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { UserMenu } from '@/components/account/user-menu'
import { ApprovalsLink } from '@/components/approvals/approvals-link'
import { useCommands } from '@/components/commands/commands-provider'
import { ShortcutCaps } from '@/components/commands/key-caps'
import { KEYS } from '@/components/commands/keys'
import { OrganisationSwitch } from '@/components/sessions/organisation-switch'
import { SessionList } from '@/components/sessions/session-list'
import { useWorkspace } from '@/components/sessions/workspace'
import { settingsPageOfPath, settingsPagesFor, settingsPath } from '@/components/settings/navigation'
import { SettingsNavigation } from '@/components/settings/settings-navigation'
import { IconButton } from '@/components/ui/button'
import { Logo } from '@/components/ui/logo'

const FOOT_LINK =
  'flex h-8 touch:h-10 items-center gap-2.5 rounded-md px-2 text-sm text-muted hover:bg-hover hover:text-ink'

/** Where one is, what one has asked, and who one is. */
export function Sidebar({ onNavigate, onHide }: { onNavigate: () => void; onHide: () => void }) {
  const { current } = useWorkspace()
  const { slug } = current.organisation
  const { showPalette } = useCommands()
  const inSettings = settingsPageOfPath(usePathname()) !== null
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-13 shrink-0 items-center gap-2 pr-2 pl-3.5">
        <Logo />
        <span className="flex-1 text-sm font-semibold tracking-tight">Longwatch</span>
        <IconButton small label="Hide the sidebar" onClick={onHide}>
          <PanelLeftClose size={16} aria-hidden />
        </IconButton>
      </div>
      <div className="grid gap-1 px-2 pb-2">
        <OrganisationSwitch />
        <Link
          href={`/o/${slug}`}
          onClick={onNavigate}
          data-testid="new-chat"
          className="flex h-9 touch:h-10 items-center gap-2.5 rounded-md px-2 text-sm font-medium text-accent hover:bg-hover"
        >
          <SquarePen size={16} aria-hidden />
          New chat
        </Link>
        <ApprovalsLink onNavigate={onNavigate} />
        <button
          type="button"
          onClick={showPalette}
          data-testid="open-palette"
          className="flex h-9 items-center gap-2.5 rounded-md px-2 text-left text-sm text-muted hover:bg-hover hover:text-ink"
        >
          <Command size={16} aria-hidden />
          <span className="flex-1">Commands</span>
          {KEYS.palette && <ShortcutCaps shortcut={KEYS.palette} className="max-md:hidden" />}
        </button>
      </div>
      {inSettings ? <SettingsNavigation onNavigate={onNavigate} /> : <SessionList onNavigate={onNavigate} />}
      <div className="grid shrink-0 gap-1 border-t border-line p-2">
        {inSettings ? (
          <Link href={`/o/${slug}`} onClick={onNavigate} className={FOOT_LINK}>
            <ArrowLeft size={15} aria-hidden className="text-faint" />
            Back to sessions
          </Link>
        ) : (
          settingsPagesFor(current.role).length > 0 && (
            <Link href={settingsPath(slug)} onClick={onNavigate} data-testid="open-settings" className={FOOT_LINK}>
              <Settings size={15} aria-hidden className="text-faint" />
              Settings
            </Link>
          )
        )}
        <UserMenu />
      </div>
    </div>
  )
}
