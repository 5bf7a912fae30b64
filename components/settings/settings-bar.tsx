'use client'

import { Menu as MenuIcon, PanelLeftOpen } from 'lucide-react'
import { usePathname, useRouter } from 'next/navigation'
import { usePanels } from '@/components/sessions/app-shell'
import { useWorkspace } from '@/components/sessions/workspace'
import { settingsPageOfPath, settingsPagesFor, settingsPath } from '@/components/settings/navigation'
import { groupPages } from '@/components/settings/settings-navigation'
import { IconButton } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { leaving } from '@/components/ui/unsaved'

/** The way to the other settings pages where the sidebar is not: on narrow screens, and when it is hidden. */
export function SettingsBar() {
  const { current } = useWorkspace()
  const { sidebarOpen, toggleSidebar, openDrawer } = usePanels()
  const router = useRouter()
  const open = settingsPageOfPath(usePathname())
  const pages = settingsPagesFor(current.role)
  const known = pages.some(({ name }) => name === open)

  return (
    <div
      className={cx(
        'flex h-13 shrink-0 items-center gap-1 border-b border-line px-2 sm:px-3',
        sidebarOpen && 'md:hidden',
      )}
    >
      <IconButton label="Open the sidebar" className="md:hidden" onClick={openDrawer} data-testid="open-drawer">
        <MenuIcon size={18} aria-hidden />
      </IconButton>
      <IconButton label="Show the sidebar" className="max-md:hidden" onClick={toggleSidebar}>
        <PanelLeftOpen size={17} aria-hidden />
      </IconButton>
      <select
        aria-label="Settings page"
        data-testid="settings-select"
        value={known ? (open ?? '') : ''}
        onChange={(event) => {
          const name = event.currentTarget.value
          leaving(() => router.push(settingsPath(current.organisation.slug, name)))
        }}
        className="h-9 min-w-0 flex-1 rounded-md border border-line bg-surface px-2 text-sm font-medium md:max-w-72"
      >
        {!known && <option value="">Settings</option>}
        {groupPages(pages).map(({ group, pages: inGroup }) => (
          <optgroup key={group} label={group}>
            {inGroup.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  )
}
