import type { ReactNode } from 'react'
import { SettingsBar } from '@/components/settings/settings-bar'
import { SwitchBanner } from '@/components/switches/switch-banner'

/** The pages authorise for themselves; their navigation is the sidebar's, or the bar where that is not shown. */
export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <SettingsBar />
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto" data-testid="settings-page">
        <SwitchBanner className="mx-4 mt-3 sm:mx-6" />
        {children}
      </div>
    </div>
  )
}
