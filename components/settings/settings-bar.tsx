'use client'

import { usePathname, useRouter } from 'next/navigation'
import { PageBar } from '@/components/sessions/page-bar'
import { useWorkspace } from '@/components/sessions/workspace'
import { settingsPageOfPath, settingsPagesFor, settingsPath } from '@/components/settings/navigation'
import { groupPages } from '@/components/settings/settings-navigation'
import { leaving } from '@/components/ui/unsaved'

/** The way to the other settings pages where the sidebar is not: on narrow screens, and when it is hidden. */
export function SettingsBar() {
  const { current } = useWorkspace()
  const router = useRouter()
  const open = settingsPageOfPath(usePathname())
  const pages = settingsPagesFor(current.role)
  const known = pages.some(({ name }) => name === open)

  return (
    <PageBar>
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
    </PageBar>
  )
}
